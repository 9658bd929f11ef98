package server

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// keyAnswer is an answer of duo-bot's API. Valid and Code are there always, and only Valid is a yes.
type keyAnswer struct {
	Valid       bool       `json:"valid"`
	Code        string     `json:"code"`
	Message     string     `json:"message"`
	Next        string     `json:"next,omitempty"`
	Key         string     `json:"key,omitempty"`
	Prompt      *keyPrompt `json:"prompt,omitempty"`
	Replaces    *keyPrompt `json:"replaces,omitempty"` // what stood for the key before
	ValidUntil  time.Time  `json:"valid_until,omitzero"`
	Pull        *keyPull   `json:"pull_request,omitempty"`
	ConfirmedBy []string   `json:"confirmed_by,omitempty"` // Duo names of those who confirmed the landing
}

type keyPrompt struct {
	ID          int64       `json:"id"`
	State       string      `json:"state"`
	User        string      `json:"user"` // Duo name
	Person      string      `json:"person"`
	Factor      pull.Factor `json:"factor"`
	RequestedBy string      `json:"requested_by"` // name of a token
	Info        string      `json:"info,omitempty"`
	Txid        string      `json:"txid,omitempty"`
	Duo         string      `json:"duo,omitempty"` // what Duo said
	AskedAt     time.Time   `json:"asked_at"`
	EndedAt     time.Time   `json:"ended_at,omitzero"`
}

type keyPull struct {
	Ref        string `json:"ref"`
	Repository string `json:"repository"`
	Number     int    `json:"number"`
	URL        string `json:"url"` // its page here
	Branch     string `json:"branch"`
	State      string `json:"state"` // landed, landing or open
	HeadSHA    string `json:"head_sha"`
	MergeSHA   string `json:"merge_sha,omitempty"`
	LandedSHA  string `json:"landed_sha,omitempty"`
}

func writeKey(w http.ResponseWriter, status int, a keyAnswer) { writeJSON(w, status, a) }

func tellMisread(m *misread) keyAnswer {
	return keyAnswer{Code: m.code, Message: m.message, Next: m.next}
}

func (s *Server) tellKey(key string, a pull.KeyAnswer) keyAnswer {
	told := keyAnswer{Valid: a.Valid, Code: a.Code, Message: a.Message, Next: a.Next, Key: key,
		Prompt: tellPrompt(a.Prompt), Replaces: tellPrompt(a.Before), ValidUntil: a.Until}
	if p := a.Pull; p != nil {
		told.Pull = &keyPull{Ref: fmt.Sprintf("%s#%d", p.Repo.FullName(), p.Number), Repository: p.Repo.FullName(), Number: p.Number,
			URL:    fmt.Sprintf("%s/%s/pull/%d", strings.TrimRight(s.PublicURL, "/"), p.Repo.FullName(), p.Number),
			Branch: p.Branch, State: p.State, HeadSHA: p.Head, MergeSHA: p.Merge, LandedSHA: p.Landed}
	}
	for _, c := range a.People {
		told.ConfirmedBy = append(told.ConfirmedBy, c.DuoUser)
	}
	return told
}

// tellPrompt gives the doubtful state a name, since the empty word says nothing to a script.
func tellPrompt(c pull.Confirmation) *keyPrompt {
	if c.ID == 0 {
		return nil
	}
	state := string(c.State)
	if c.State == pull.PromptUnknown {
		state = "unknown"
	}
	return &keyPrompt{ID: c.ID, State: state, User: c.DuoUser, Person: c.Person, Factor: c.Keyed.Factor, RequestedBy: c.Keyed.Token,
		Info: c.Keyed.Info, Txid: c.Txid, Duo: c.Detail, AskedAt: c.AskedAt, EndedAt: c.EndedAt}
}
