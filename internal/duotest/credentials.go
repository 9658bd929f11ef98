package duotest

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxSkew is how far a request's Date may be from the server's clock.
const maxSkew = 5 * time.Minute

// refusal is an answer with stat FAIL. Its HTTP status is the code's first three digits.
type refusal struct {
	Stat    string `json:"stat"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"message_detail,omitempty"`
}

func refuse(code int, message, detail string) *refusal {
	return &refusal{Stat: "FAIL", Code: code, Message: message, Detail: detail}
}

func missing(name string) *refusal {
	return refuse(40001, "Missing required request parameters", name)
}

func invalid(name string) *refusal {
	return refuse(40002, "Invalid request parameters", name)
}

// signed authenticates a request and returns its parameters.
func (s *Server) signed(r *http.Request) (url.Values, *refusal) {
	ikey, signature, ok := r.BasicAuth()
	switch {
	case !ok:
		return nil, refuse(40101, "Missing request credentials", "")
	case ikey != IKey:
		return nil, refuse(40102, "Invalid integration key in request credentials", "")
	}
	date := r.Header.Get("Date")
	sent, err := http.ParseTime(date)
	if err != nil {
		sent, err = time.Parse(time.RFC1123Z, date)
	}
	if err != nil {
		return nil, refuse(40104, "Missing or invalid request date", "")
	}
	if skew := s.now().Sub(sent).Abs(); skew > maxSkew {
		return nil, refuse(40105, "Bad request timestamp", fmt.Sprintf("off by %s", skew.Round(time.Second)))
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, refuse(40000, "Unreadable request", "")
	}
	params, ok := parameters(r, body)
	if !ok || !genuine(r, date, params, body, signature) {
		return nil, refuse(40103, "Invalid signature in request credentials", "")
	}
	return params, nil
}

func isJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

func parameters(r *http.Request, body []byte) (url.Values, bool) {
	if r.Method != http.MethodPost {
		return r.URL.Query(), true
	}
	if !isJSON(r) {
		params, err := url.ParseQuery(string(body))
		return params, err == nil
	}
	var object map[string]string
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, false
	}
	params := url.Values{}
	for name, value := range object {
		params.Set(name, value)
	}
	return params, true
}

// genuine recomputes the signature: version 2 over the parameters (HMAC-SHA1 or SHA-512), or version 5, which
// also covers the digest of a JSON body.
func genuine(r *http.Request, date string, params url.Values, body []byte, signature string) bool {
	lines := []string{date, r.Method, strings.ToLower(r.Host), r.URL.Path}
	v2 := append(lines, canonical(params))
	v5 := append(lines, canonical(params), digest(body), digest(nil))
	if isJSON(r) {
		v5 = append(lines, "", digest(body), digest(nil))
		return mac(sha512.New, v5, signature)
	}
	return mac(sha1.New, v2, signature) || mac(sha512.New, v2, signature) || mac(sha512.New, v5, signature)
}

func canonical(params url.Values) string {
	return strings.ReplaceAll(params.Encode(), "+", "%20")
}

func digest(body []byte) string {
	sum := sha512.Sum512(body)
	return hex.EncodeToString(sum[:])
}

func mac(algorithm func() hash.Hash, lines []string, signature string) bool {
	m := hmac.New(algorithm, []byte(SKey))
	m.Write([]byte(strings.Join(lines, "\n")))
	return hmac.Equal([]byte(hex.EncodeToString(m.Sum(nil))), []byte(signature))
}
