package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// graphError is one entry of an answer's "errors".
type graphError struct {
	Type    string `json:"type"`
	Path    []any  `json:"path"`
	Message string `json:"message"`
	// Undefined is set where GitHub does not know a field that the query asks for.
	Undefined struct {
		Code  string `json:"code"`
		Type  string `json:"typeName"`
		Field string `json:"fieldName"`
	} `json:"extensions"`
}

// at reports whether the error is about the given place or something under it.
func (e graphError) at(path ...string) bool {
	if len(e.Path) < len(path) {
		return false
	}
	for i, step := range path {
		if e.Path[i] != step {
			return false
		}
	}
	return true
}

func (e graphError) missing() bool   { return e.Type == "NOT_FOUND" }
func (e graphError) forbidden() bool { return e.Type == "FORBIDDEN" }

// points is what an answer says of the hourly budget.
type points struct {
	RateLimit *struct {
		Cost      int       `json:"cost"`
		Remaining int       `json:"remaining"`
		ResetAt   time.Time `json:"resetAt"`
	} `json:"rateLimit"`
}

func (p points) cost() int {
	if p.RateLimit == nil {
		return 0
	}
	return p.RateLimit.Cost
}

// answer is what a query decodes into: a struct that embeds points.
type answer interface{ cost() int }

// envelope is the outer form of every GraphQL answer.
type envelope struct {
	Data   any          `json:"data"`
	Errors []graphError `json:"errors"`
}

// ask sends a query and decodes its data. Errors that tolerate accepts leave a hole in the data, which the caller
// must read as "not known"; every other error fails the whole query.
func (h *Hub) ask(ctx context.Context, installation int64, q query, into answer, tolerate func(graphError) bool) error {
	r := request{installation: installation, operation: q.operation, write: q.write}
	k := pauseKey{installation, "graphql"}
	if err := h.pausing(k); err != nil {
		return err
	}
	renewed := false
	for {
		fitted := h.fit(q)
		body, err := json.Marshal(map[string]any{"query": fitted.text, "variables": fitted.variables, "operationName": q.operation})
		if err != nil {
			return permanent(codeRefused, "writing query %s: %w", q.operation, err)
		}
		c, err := h.client(installation)
		if err != nil {
			return permanent(codeAuth, "signing in to GitHub: %w", err)
		}
		status, err := h.post(ctx, r, k, c, body, into, tolerate)
		if status == http.StatusUnauthorized && !renewed {
			h.forget(installation, c)
			renewed = true
			continue
		}
		var unknown *undefinedError
		if !errors.As(err, &unknown) {
			return err
		}
		if err := h.learn(unknown); err != nil {
			return err
		}
		if h.older.lacks(swapField) && q.write {
			return unknown
		}
		if h.fit(q).text == fitted.text {
			return permanent("github-too-old", "%w, although it was not asked for it", unknown)
		}
	}
}

func (h *Hub) post(ctx context.Context, r request, k pauseKey, c *client, body []byte, into answer, tolerate func(graphError) bool) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	if err := late(ctx); err != nil {
		return 0, lost(r, false, err)
	}
	ctx, j := withJourney(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.v4URL, bytes.NewReader(body))
	if err != nil {
		return 0, permanent(codeRefused, "addressing GitHub: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", c.rest.UserAgent)
	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		if j.sent.Load() {
			h.record(r, "graphql", nil, start, 0)
		}
		if failure, ok := h.tokenFailure(err, k); ok {
			return 0, failure
		}
		return 0, lost(r, j.sent.Load(), err)
	}
	defer resp.Body.Close()
	h.budgets.note(k, resp.Header)
	err = h.decode(r, k, resp, into, tolerate)
	h.record(r, "graphql", resp, start, into.cost())
	return resp.StatusCode, err
}

func (h *Hub) decode(r request, k pauseKey, resp *http.Response, into answer, tolerate func(graphError) bool) error {
	if resp.StatusCode != http.StatusOK {
		text := message(resp)
		if after, ok := limited(resp.StatusCode, resp.Header, text, h.now()); ok {
			return h.limit(k, after, text)
		}
		return answered(r, resp.StatusCode, text)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return lost(r, true, err)
	}
	e := envelope{Data: into}
	if err := json.Unmarshal(text, &e); err != nil {
		f := transient(codeTrouble, "reading GitHub's answer to %s: %w", r.operation, err)
		if r.write {
			f.Class, f.Code = pull.Unknown, codeUnknown
		}
		return f
	}
	if err := h.graphErrors(k, resp, e.Errors, tolerate); err != nil {
		return err
	}
	if e.Data == nil && !r.write {
		return transient(codeTrouble, "GitHub answered %s with nothing", r.operation)
	}
	return nil
}

// graphErrors finds the error that matters most: a limit, then whatever is not tolerated.
func (h *Hub) graphErrors(k pauseKey, resp *http.Response, list []graphError, tolerate func(graphError) bool) error {
	for _, e := range list {
		if e.Type == "RATE_LIMITED" || strings.Contains(strings.ToLower(e.Message), "rate limit") {
			after := minute
			switch {
			case resp.Header.Get("Retry-After") != "":
				after = retryAfter(resp.Header, h.now())
			case resp.Header.Get("X-RateLimit-Remaining") == "0":
				after = untilReset(resp.Header, h.now())
			}
			return h.limit(k, after, clip(e.Message, 500))
		}
	}
	var said, undefined []string
	for _, e := range list {
		if e.Undefined.Code == "undefinedField" {
			undefined = append(undefined, e.Undefined.Type+"."+e.Undefined.Field)
		}
	}
	if len(undefined) > 0 {
		slices.Sort(undefined)
		return &undefinedError{slices.Compact(undefined)}
	}
	for _, e := range list {
		switch {
		case tolerate != nil && tolerate(e):
		case e.forbidden():
			return permanent(codePermission, "GitHub forbids reading %s: %s", place(e), clip(e.Message, 500))
		case e.missing():
			return permanent(codeNotFound, "GitHub does not find %s, or the app may not see it: %s", place(e), clip(e.Message, 500))
		default:
			said = append(said, clip(e.Message, 500))
		}
	}
	if len(said) > 0 {
		return transient(codeTrouble, "GitHub answered with errors: %s", clip(strings.Join(said, "; "), 1000))
	}
	return nil
}

func place(e graphError) string {
	if len(e.Path) == 0 {
		return "the query"
	}
	steps := make([]string, len(e.Path))
	for i, step := range e.Path {
		steps[i] = fmt.Sprint(step)
	}
	return strings.Join(steps, ".")
}

// sameRepository refuses an answer about another repository: a name can be given to a new one, a number cannot.
func sameRepository(repo pull.Repo, id int64) error {
	if id == repo.ID {
		return nil
	}
	return permanent("repository-changed", "%s is repository %d now, not %d: it was renamed or replaced", repo.FullName(), id, repo.ID)
}
