package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Answer is what the server says of a key or a commit. Only Valid is a yes, and the zero value is none.
type Answer struct {
	Valid       bool      `json:"valid"`
	Code        string    `json:"code"`
	Message     string    `json:"message"`
	Next        string    `json:"next,omitempty"`
	Key         string    `json:"key"`
	Prompt      *Prompt   `json:"prompt,omitempty"`
	ValidUntil  time.Time `json:"valid_until,omitzero"`
	Pull        *Pull     `json:"pull_request,omitempty"`
	ConfirmedBy []string  `json:"confirmed_by,omitempty"`
}

// Prompt is the latest question to somebody about the key.
type Prompt struct {
	State string `json:"state"`
	User  string `json:"user"`
	Info  string `json:"info"`
}

// Pull is the pull request that a commit belongs to.
type Pull struct {
	Ref        string `json:"ref"`
	Repository string `json:"repository"`
	Number     int    `json:"number"`
	URL        string `json:"url"`
	Branch     string `json:"branch"`
	State      string `json:"state"`
	LandedSHA  string `json:"landed_sha,omitempty"`
}

// yes are the codes that may stand beside Valid, each with the status 200.
var yes = map[string]bool{"confirmed": true, "landed": true, "landing": true}

// believe holds an answer to what a server can have meant: whatever does not fit together is an error.
func (a Answer) believe(status int, key string) error {
	switch {
	case a.Code == "unavailable":
		return fmt.Errorf("the server cannot tell at the moment: %s", a.Message)
	case a.Code == "":
		return fmt.Errorf("the answer (HTTP %d) says nothing", status)
	case a.Valid != (status == http.StatusOK && yes[a.Code]) && status != http.StatusOK,
		a.Valid && !yes[a.Code], a.Valid && a.Key != key:
		return fmt.Errorf("the answer (HTTP %d, %s) contradicts itself", status, a.Code)
	}
	return nil
}

// Check asks whether the key was confirmed (by the user, where one is named), or the commit landed. With underWay, a
// commit that Sallyport is landing right now is a yes too.
func (c *Client) Check(ctx context.Context, key, user string, underWay bool) (Answer, error) {
	query := url.Values{}
	if user != "" {
		query.Set("user", user)
	}
	if underWay {
		query.Set("landing", "1")
	}
	var a Answer
	status, err := c.do(ctx, http.MethodGet, "/v1/check/"+url.PathEscape(key), query, nil, &a)
	if err == nil {
		err = a.believe(status, key)
	}
	if err == nil && !a.Valid && status == http.StatusOK {
		err = fmt.Errorf("the answer (HTTP 200, %s) contradicts itself", a.Code)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("asking about %.64s: %w", key, err)
	}
	return a, nil
}

// Push has the person asked about the key and does not wait for the answer. Info is shown on the phone.
func (c *Client) Push(ctx context.Context, key, user string, info string) (Answer, error) {
	var a Answer
	status, err := c.do(ctx, http.MethodPost, "/v1/push/"+url.PathEscape(key), url.Values{"user": {user}, "async": {"1"}},
		map[string]string{"duoPushInfo": info}, &a)
	if err == nil {
		err = a.believe(status, key)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("asking %s to confirm: %w", user, err)
	}
	return a, nil
}

// Standing is how a pull request stands.
type Standing struct {
	State string `json:"state"`
	Next  string `json:"next"`
	Gates []struct {
		Name    string `json:"name"`
		State   string `json:"state"`
		Reasons []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"reasons"`
	} `json:"gates"`
}

// Standing asks how a pull request stands; it needs the scope read.
func (c *Client) Standing(ctx context.Context, repository string, number int) (Standing, error) {
	var s Standing
	status, err := c.do(ctx, http.MethodGet, fmt.Sprintf("/api/v1/pulls/%s/%d", repository, number), nil, nil, &s)
	if err == nil && (status != http.StatusOK || s.State == "") {
		err = fmt.Errorf("the answer (HTTP %d) says nothing", status)
	}
	if err != nil {
		return Standing{}, fmt.Errorf("asking about %s#%d: %w", repository, number, err)
	}
	return s, nil
}

// Waits lists what holds the pull request back, a sentence each.
func (s Standing) Waits() []string {
	var all []string
	for _, gate := range s.Gates {
		if gate.State != "pass" && len(gate.Reasons) > 0 {
			all = append(all, gate.Name+": "+gate.Reasons[0].Message)
		}
	}
	return all
}
