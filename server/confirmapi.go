package server

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport/pull"
)

// apiWish is a wish as the API takes it.
type apiWish struct {
	Login    string `json:"login"`
	Factor   string `json:"factor"`
	Passcode string `json:"passcode"`
	Merge    string `json:"merge"`
}

// apiConfirm acknowledges in the name of a person: the token's holder must not be believed to be them, and is not. Duo
// asks the person.
func (s *Server) apiConfirm(w http.ResponseWriter, r *http.Request) {
	a, ok := addressOf(r)
	if !ok || !s.mayTell(r, a) {
		unknownPull(w)
		return
	}
	wanted, ok := readWish(w, r)
	if !ok {
		return
	}
	if holder, _ := s.token(r); !s.mayAskAbout(holder, "github:"+wanted.Login) {
		writeProblem(w, http.StatusForbidden, "The token may not ask about "+show(wanted.Login)+".", "Add github:LOGIN to the token's users in the tokens file.")
		return
	}
	rec, _, ok, err := s.record(r.Context(), a)
	if err == nil && !ok {
		unknownPull(w)
		return
	}
	if err != nil {
		s.confirmTrouble(w, r, err)
		return
	}
	wish := s.wish(rec, wanted.Login, wanted.Factor, wanted.Passcode, wanted.Merge, "api")
	if no := s.misread(wish); no != nil {
		writeRefusal(w, http.StatusBadRequest, no)
		return
	}
	c, err := s.Confirm(r.Context(), wish)
	if err != nil {
		s.confirmTrouble(w, r, err)
		return
	}
	writeConfirmation(w, c)
}

func readWish(w http.ResponseWriter, r *http.Request) (wanted apiWish, ok bool) {
	text, ok := readBody(w, r, maxWish)
	if !ok {
		return wanted, false
	}
	if err := strictly(text, &wanted); err != nil || wanted.Login == "" {
		writeProblem(w, http.StatusBadRequest, "The body is not a wish.",
			`Send {"login": "who", "factor": "push, phone or passcode", "passcode": "123456", "merge": "the merge SHA"}.`)
		return wanted, false
	}
	return wanted, true
}

// mayAskAbout is what duo-bot's calls go by too: a token that may ring somebody's phone there may do so here.
func (s *Server) mayAskAbout(holder pull.Holder, user string) bool {
	return len(holder.Users) == 0 || s.Keys != nil && s.Keys.MayAskAbout(holder, user)
}

func (s *Server) confirmTrouble(w http.ResponseWriter, r *http.Request, err error) {
	var no *pull.Refusal
	if errors.As(err, &no) {
		writeRefusal(w, http.StatusConflict, no)
		return
	}
	s.Log.ErrorContext(r.Context(), "api could not confirm", "route", route(r), "error", err)
	writeProblem(w, http.StatusServiceUnavailable, "Duo cannot be asked at the moment.", "Try again in a few seconds.")
}

// writeRefusal says why as every refusal does, with a code. It says it as message too, as it did before it said error.
func writeRefusal(w http.ResponseWriter, status int, no *pull.Refusal) {
	writeJSON(w, status, map[string]string{"error": no.Reason.Message, "message": no.Reason.Message, "code": no.Reason.Code, "next": no.Reason.Next})
}

func writeConfirmation(w http.ResponseWriter, c pull.Confirmation) {
	if c.State == pull.PromptOpen {
		writeJSON(w, http.StatusAccepted, map[string]string{"state": string(c.State)})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"state": orDefault(string(c.State), "unknown"), "detail": c.Detail})
}
