package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func post(s *Server, path, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Authorization", "Bearer "+token)
	return serve(s, r)
}

// asking is a server whose judges note what they are asked.
type asking struct {
	path, text string
	simulation Simulation
	trusted    bool
	err        error
}

func (a *asking) server(t *testing.T) *Server {
	return newServer(t, a.config(waitingRecord()))
}

func (a *asking) config(rec pull.Record) Config {
	c := config(guarded(rec))
	c.Now = func() time.Time { return testNow }
	c.Tokens = func(token string) (pull.Holder, bool) {
		return pull.Holder{Name: token, Scopes: strings.Split(token, "+")}, true
	}
	c.Validate = func(path string, text []byte) (problems, warnings []PolicyProblem) {
		if a.path, a.text = path, string(text); a.text == "good" {
			return nil, []PolicyProblem{{File: path, Line: 1, Col: 1, Text: "idle"}}
		}
		return []PolicyProblem{{File: path, Line: 2, Col: 3, Text: "wrong", Excerpt: "  x", Mend: "mend it"}}, nil
	}
	c.Simulate = func(_ context.Context, rec pull.Record, s Simulation, trusted bool) (Simulated, error) {
		a.simulation, a.trusted = s, trusted
		return Simulated{Verdicts: rec.Verdicts[:1], Next: "Ask bo.", Unknown: []string{"eve"}, Assumed: []string{"It is so."}}, a.err
	}
	return c
}

func TestAPIValidate(t *testing.T) {
	a := &asking{}
	s := a.server(t)
	for _, tt := range []struct {
		path, token, body string
		status            int
		want              string
	}{
		{"/api/v1/validate", "check", "good", 200, `{"good":true,"problems":[],"warnings":[{"file":".sallyport.yml","line":1,"col":1,"text":"idle","excerpt":"","mend":""}]}`},
		{"/api/v1/validate?path=x.yml", "check", "bad", 200,
			`{"good":false,"problems":[{"file":"x.yml","line":2,"col":3,"text":"wrong","excerpt":"  x","mend":"mend it"}],"warnings":[]}`},
		{"/api/v1/validate", "read+push", "good", 403, "scope check"},
		{"/api/v1/validate", "check", strings.Repeat("x", bodyMost+1), 413, "longer than 320 KiB"},
	} {
		w := post(s, tt.path, tt.token, tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s by %s: got %d %s, want %d %s", tt.path, tt.token, w.Code, w.Body, tt.status, tt.want)
		}
	}
	if w := get(s, "/api/v1/validate", "Authorization", "Bearer check"); w.Code != 404 && w.Code != 405 {
		t.Errorf("GET: got %d", w.Code)
	}
}

const simulatePath = "/api/v1/simulate/acme/infra/3"

func TestAPISimulate(t *testing.T) {
	a := &asking{}
	w := post(a.server(t), simulatePath, "read",
		`{"add_reviews": [{"login": "bo"}, {"login": "cy", "state": "changes_requested"}], "ignore_reviews": ["ana"], "target": "release"}`)
	want := `{"ref":"acme/infra#3","gates":[{"name":"automerge","state":"wait","reasons":[{"code":"gate-approval","state":"wait",
		"message":"Waiting for approval.","evidence":{}}]}],"next":"Ask bo.","standing_unknown":[{"login":"eve",
		"message":"Standing unknown: the review was left out."}],"assumed":["It is so."],"as_of":"2026-03-14T09:26:41Z"}`
	if w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff(parse(t, want), parse(t, w.Body.String())); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	supposed := Simulation{AddReviews: []SimulatedReview{{"bo", pull.Approved}, {"cy", pull.ChangesRequested}},
		IgnoreReviews: []string{"ana"}, Target: "release"}
	if diff := cmp.Diff(supposed, a.simulation); diff != "" || a.trusted {
		t.Errorf("asked with trust %v, (-want +got):\n%s", a.trusted, diff)
	}
}

// Only the scope admin may learn standing that no verdict shows.
func TestOnlyAnAdminTokenIsTrusted(t *testing.T) {
	for scopes, want := range map[string]bool{"read": false, "read+check+push": false, "read+admin": true} {
		a := &asking{}
		if w := post(a.server(t), simulatePath, scopes, `{}`); w.Code != 200 || a.trusted != want {
			t.Errorf("%s: got %d, trusted %v; want %v", scopes, w.Code, a.trusted, want)
		}
	}
}

// A token for other repositories learns nothing by supposing either, and nobody is asked for its sake.
func TestThreat68ANarrowTokenSimulatesNothingElsewhere(t *testing.T) {
	asked := 0
	c := config(guarded(waitingRecord()))
	c.Tokens = func(token string) (pull.Holder, bool) {
		return pull.Holder{Name: token, Scopes: []string{"read"}, Repositories: []string{"acme/" + token}}, true
	}
	c.Simulate = func(_ context.Context, rec pull.Record, _ Simulation, _ bool) (Simulated, error) {
		asked++
		return Simulated{Verdicts: rec.Verdicts}, nil
	}
	s := newServer(t, c)
	const body = `{"add_reviews": [{"login": "bo"}]}`
	narrow, absent := post(s, simulatePath, "other", body), post(s, "/api/v1/simulate/acme/infra/99", "infra", body)
	if narrow.Code != 404 || narrow.Body.String() != absent.Body.String() || asked != 0 {
		t.Errorf("got %d %s, want the same 404 as for what does not exist", narrow.Code, narrow.Body)
	}
	if w := post(s, simulatePath, "infra", body); w.Code != 200 || asked != 1 {
		t.Errorf("its own repository: got %d %s, want 200", w.Code, w.Body)
	}
}

func TestAPISimulateRefusals(t *testing.T) {
	down := &asking{err: errors.New("dial tcp 10.1.2.3: refused")}
	for name, tt := range map[string]struct {
		a           *asking
		path, token string
		body        string
		status      int
	}{
		"no scope":        {&asking{}, simulatePath, "check", `{}`, 403},
		"admin alone":     {&asking{}, simulatePath, "admin", `{}`, 403},
		"another number":  {&asking{}, "/api/v1/simulate/acme/infra/4", "read", `{}`, 404},
		"no number":       {&asking{}, "/api/v1/simulate/acme/infra/x", "read", `{}`, 404},
		"no JSON":         {&asking{}, simulatePath, "read", `approve`, 400},
		"nothing":         {&asking{}, simulatePath, "read", ``, 400},
		"a misspelt key":  {&asking{}, simulatePath, "read", `{"add_review": []}`, 400},
		"more than that":  {&asking{}, simulatePath, "read", `{} {}`, 400},
		"an odd state":    {&asking{}, simulatePath, "read", `{"add_reviews": [{"login": "bo", "state": "yes"}]}`, 400},
		"an odd login":    {&asking{}, simulatePath, "read", `{"add_reviews": [{"login": "../bo"}]}`, 400},
		"too many":        {&asking{}, simulatePath, "read", `{"ignore_reviews": [` + strings.Repeat(`"a",`, imaginedMost) + `"a"]}`, 400},
		"GitHub is away":  {down, simulatePath, "read", `{}`, 503},
		"a longer branch": {&asking{}, simulatePath, "read", `{"target": "` + strings.Repeat("x", branchBytes+1) + `"}`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := post(tt.a.server(t), tt.path, tt.token, tt.body)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), `"next":`) || strings.Contains(w.Body.String(), "10.1.2.3") {
				t.Errorf("got %d %s, want %d and a next step", w.Code, w.Body, tt.status)
			}
		})
	}
}

func TestWithoutJudgesThereAreNoSuchRoutes(t *testing.T) {
	s := newServer(t, config(guarded(waitingRecord())))
	for _, path := range []string{"/api/v1/validate", simulatePath} {
		if w := post(s, path, "reader", `{}`); w.Code != 404 {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
}
