package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// PolicyProblem is one fault of a policy text. Line and Col count from 1; Line 0 is the file as a whole.
type PolicyProblem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Text    string `json:"text"`
	Excerpt string `json:"excerpt"` // the offending line
	Mend    string `json:"mend"`    // what to do about it
}

// Validate says what is wrong with a policy text, nothing when it is good, and what does no harm but is hardly meant.
// The path is what problems call the file.
type Validate func(path string, text []byte) (problems, warnings []PolicyProblem)

type apiValidation struct {
	Good     bool            `json:"good"`
	Problems []PolicyProblem `json:"problems"`
	Warnings []PolicyProblem `json:"warnings"`
}

// bodyMost is a little more than the longest policy, so that one that is too long is told so by name.
const bodyMost = 320 << 10

func (s *Server) apiValidate(w http.ResponseWriter, r *http.Request) {
	text, ok := readBody(w, r, bodyMost)
	if !ok {
		return
	}
	path := r.URL.Query().Get("path")
	if path == "" {
		path = ".sallyport.yml"
	}
	problems, warnings := s.Validate(path, text)
	writeJSON(w, http.StatusOK, apiValidation{len(problems) == 0, append([]PolicyProblem{}, problems...), append([]PolicyProblem{}, warnings...)})
}

// readBody reads a body of at most so many bytes, or answers why not.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, bool) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		writeProblem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is longer than %d KiB.", most>>10), "Send less.")
	case err != nil:
		writeProblem(w, http.StatusBadRequest, "The body did not arrive whole.", "Send it again.")
	default:
		return text, true
	}
	return nil, false
}

// strictly reads one JSON value and takes nothing that it does not know: a misspelt key would seem to have been followed.
func strictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("the body goes on after the value")
	}
	return nil
}
