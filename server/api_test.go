package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

const (
	shaB = "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0"
	shaH = "aaaa1111aaaa1111aaaa1111aaaa1111aaaa1111"
	shaM = "cafe2222cafe2222cafe2222cafe2222cafe2222"
)

var infra = pull.Repo{ID: 7, Owner: "acme", Name: "infra", DefaultBranch: "main"}

// waitingRecord is a pull request whose approval waits.
func waitingRecord() pull.Record {
	return pull.Record{
		Key: pull.Key{Repo: 7, Number: 3}, State: "open", Next: "Ask bo to review acme/infra#3.",
		Request: pull.Request{
			Repo: infra, Number: 3, Title: "Raise the web count", State: pull.Open, Author: ana,
			Base: pull.Base{SHA: shaB, Branch: "main"}, Head: pull.Head{SHA: shaH, Branch: "web"},
			Test:  pull.TestMerge{State: pull.Clean, SHA: shaM},
			Files: []pull.File{{Path: "prod/web.nomad", OldMode: pull.Regular, NewMode: pull.Regular}},
			At:    testNow.Add(-12 * time.Second),
		},
		Verdicts: []pull.Verdict{
			{Gate: pull.GateAutomerge, State: pull.Wait, Reasons: []pull.Reason{{Code: "gate-approval", State: pull.Wait, Message: "Waiting for approval."}}},
			{Gate: pull.GateSignatures, State: pull.Pass, Reasons: []pull.Reason{{Code: "signatures-not-required", State: pull.Pass, Message: "Not required for these paths."}}},
			{Gate: pull.GateApproval, State: pull.Wait, Reasons: []pull.Reason{{
				Code: "no-admin-approval", State: pull.Wait, Message: "Waiting for 1 approval from an admin: bo.", Next: "Ask bo to review acme/infra#3.",
				Evidence: map[string]string{"rule": "production needs an admin"},
				Because:  []pull.Reason{{Code: "author-approval", State: pull.Block, Message: "ana wrote this."}},
			}}},
			{Gate: pull.GateDuo, State: pull.Wait, Reasons: []pull.Reason{{Code: "awaiting-other-gates", State: pull.Wait, Message: "Nobody is asked before the rest is green."}}},
		},
		At: testNow,
	}
}

func guarded(records ...pull.Record) *memory {
	return &memory{repos: []pull.Repo{infra}, records: records}
}

func apiServer(t *testing.T, m *memory) *Server {
	c := config(m)
	c.Now = func() time.Time { return testNow }
	return newServer(t, c)
}

func TestAPIPull(t *testing.T) {
	m := guarded(waitingRecord())
	m.turns = []pull.Turn{
		{Repo: 7, Branch: "main", Number: 2, Holds: true, Since: testNow.Add(-time.Hour)},
		{Repo: 7, Branch: "main", Number: 3, Since: testNow.Add(-time.Minute)},
		{Repo: 7, Branch: "release", Number: 9, Since: testNow},
	}
	w := get(apiServer(t, m), "/api/v1/pulls/Acme/Infra/3", "Authorization", "Bearer reader")
	if w.Code != 200 {
		t.Fatalf("got %d %s, want 200", w.Code, w.Body)
	}
	want := `{"ref":"acme/infra#3","title":"Raise the web count","url":"https://github.com/acme/infra/pull/3","state":"open","gates":[
		{"name":"approval","state":"wait","reasons":[{"code":"no-admin-approval","state":"wait","message":"Waiting for 1 approval from an admin: bo.",
			"evidence":{"rule":"production needs an admin"},"next":"Ask bo to review acme/infra#3.",
			"because":[{"code":"author-approval","state":"block","message":"ana wrote this.","evidence":{}}]}]},
		{"name":"duo","state":"wait","reasons":[{"code":"awaiting-other-gates","state":"wait","message":"Nobody is asked before the rest is green.","evidence":{}}]},
		{"name":"signatures","state":"pass","reasons":[{"code":"signatures-not-required","state":"pass","message":"Not required for these paths.","evidence":{}}]},
		{"name":"automerge","state":"wait","reasons":[{"code":"gate-approval","state":"wait","message":"Waiting for approval.","evidence":{}}]}],
		"next":"Ask bo to review acme/infra#3.","base_sha":"` + shaB + `","head_sha":"` + shaH + `","merge_sha":"` + shaM + `","landed_sha":"",
		"queue":{"branch":"main","position":2,"of":2,"holds":false},"as_of":"2026-03-14T09:26:41Z","age_seconds":12}`
	if diff := cmp.Diff(parse(t, want), parse(t, w.Body.String())); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// M is M only when it was seen to merge B and H.
func TestAPIKeepsUnprovenMergeToItself(t *testing.T) {
	rec := waitingRecord()
	rec.Request.Test.State = pull.Unsettled
	w := get(apiServer(t, guarded(rec)), "/api/v1/pulls/acme/infra/3", "Authorization", "Bearer reader")
	if !strings.Contains(w.Body.String(), `"merge_sha":""`) {
		t.Errorf("got %s, want an empty merge_sha", w.Body)
	}
}

func TestAPIStatuses(t *testing.T) {
	const path = "/api/v1/pulls/acme/infra/3"
	for _, tc := range []struct {
		name, path, auth string
		want             int
	}{
		{"read", path, "Bearer reader", 200},
		{"scheme in lower case", path, "bearer reader", 200},
		{"no token", path, "", 401},
		{"empty token", path, "Bearer ", 401},
		{"unknown token", path, "Bearer guess", 401},
		{"basic", path, "Basic cmVhZGVyOg==", 401},
		{"token in the query", path + "?token=reader", "", 401},
		{"without the scope", path, "Bearer pusher", 403},
		{"unknown pull request", "/api/v1/pulls/acme/infra/4", "Bearer reader", 404},
		{"unknown repository", "/api/v1/pulls/acme/other/3", "Bearer reader", 404},
		{"no number", "/api/v1/pulls/acme/infra/x", "Bearer reader", 404},
		{"huge number", "/api/v1/pulls/acme/infra/99999999999999999999", "Bearer reader", 404},
		{"negative number", "/api/v1/pulls/acme/infra/-3", "Bearer reader", 404},
		{"dots", "/api/v1/pulls/acme/%2e%2e/3", "Bearer reader", 404},
		{"unknown route", "/api/v1/nothing", "Bearer reader", 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := get(apiServer(t, guarded(waitingRecord())), tc.path, "Authorization", tc.auth)
			if w.Code != tc.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, tc.want)
			}
			if w.Code >= 400 {
				var p problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Error == "" || p.Next == "" {
					t.Errorf("got %s (%v), want an error and a next step", w.Body, err)
				}
			}
			if w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Error("a 401 must say how to authenticate")
			}
		})
	}
}

func TestAPIStoreDown(t *testing.T) {
	m := guarded(waitingRecord())
	m.err = errors.New("dial tcp 10.1.2.3:5432: refused")
	w := get(apiServer(t, m), "/api/v1/pulls/acme/infra/3", "Authorization", "Bearer reader")
	if w.Code != 503 || strings.Contains(w.Body.String(), "10.1.2.3") || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %s, want 503 that says nothing of the inside", w.Code, w.Body)
	}
}

func TestAPIRateLimit(t *testing.T) {
	c := config(guarded(waitingRecord()))
	now := testNow
	c.Now = func() time.Time { return now }
	c.APIRate, c.APIBurst = 0.5, 2
	s := newServer(t, c)
	status := func() *http.Response {
		return get(s, "/api/v1/pulls/acme/infra/3", "Authorization", "Bearer reader").Result()
	}
	for i, want := range []int{200, 200, 429, 429} {
		res := status()
		if res.StatusCode != want {
			t.Errorf("request %d: got %d, want %d", i, res.StatusCode, want)
		}
		if want == 429 && res.Header.Get("Retry-After") != "2" {
			t.Errorf("request %d: got Retry-After %q, want 2", i, res.Header.Get("Retry-After"))
		}
	}
	now = now.Add(2 * time.Second)
	if got := status().StatusCode; got != 200 {
		t.Errorf("after waiting: got %d, want 200", got)
	}
	if w := get(s, "/api/v1/pulls/acme/infra/3", "Authorization", "Bearer guess"); w.Code != 401 {
		t.Errorf("a stranger: got %d, want 401", w.Code)
	}
}

// A token that is narrowed to other repositories learns nothing, not even that the pull request is known.
func TestANarrowTokenSeesItsRepositoriesOnly(t *testing.T) {
	s := apiServer(t, guarded(waitingRecord()))
	wide := get(s, "/api/v1/pulls/acme/infra/3", "Authorization", "Bearer reader")
	narrow := get(s, "/api/v1/pulls/acme/infra/3", "Authorization", "Bearer narrow")
	unknown := get(s, "/api/v1/pulls/acme/infra/99", "Authorization", "Bearer reader")
	if wide.Code != 200 || narrow.Code != 404 || narrow.Body.String() != unknown.Body.String() {
		t.Errorf("got %d with the wide token, %d with the narrow one (%s)", wide.Code, narrow.Code, narrow.Body)
	}
}

// An address that takes another method is answered as docs/api.md says: with what to check, and as what is not there.
func TestAnotherMethodIsNotThere(t *testing.T) {
	s := wholeServer(t)
	for _, call := range [][2]string{
		{"POST", "/api/v1/pulls/acme/infra/3"}, {"OPTIONS", "/api/v1/pulls/acme/infra/3"}, {"GET", "/v1/push/release"}, {"PUT", "/api/v1/freezes/acme/infra/main"},
	} {
		r := httptest.NewRequest(call[0], call[1], nil)
		r.Header.Set("Authorization", "Bearer "+strings.Join(scopes, "+"))
		if w := serve(s, r); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "Check the path and the method.") {
			t.Errorf("%v: got %d %s", call, w.Code, w.Body)
		}
	}
}
