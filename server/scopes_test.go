package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// yes answers every question about keys.
type yes struct{}

func (yes) Ask(context.Context, pull.KeyAsk) (pull.KeyAnswer, error) {
	return pull.KeyAnswer{Valid: true}, nil
}
func (yes) Prompt(context.Context, int64) (pull.KeyAnswer, error) { return pull.KeyAnswer{}, nil }
func (yes) Check(context.Context, pull.KeyQuery) (pull.KeyAnswer, error) {
	return pull.KeyAnswer{Valid: true}, nil
}
func (yes) Thaw(context.Context, string, pull.Holder) (bool, error) { return true, nil }
func (yes) MayAskAbout(pull.Holder, string) bool                    { return true }

// endpoint is one of the API's: the scope that it asks for, "" for none, and a call that is answered so.
type endpoint struct {
	scope, path, body string
	status            int
}

// endpoints are all of them. Whoever adds one has to say here what it asks of its callers.
var endpoints = map[string]endpoint{
	"GET /api/v1/pulls/{owner}/{repo}/{number}":          {"read", "/api/v1/pulls/acme/infra/3", "", 200},
	"POST /api/v1/pulls/{owner}/{repo}/{number}/confirm": {"push", "/api/v1/pulls/acme/infra/3/confirm", `{"login": "ana", "merge": "` + shownMerge + `", "factor": "push"}`, 200},
	"POST /api/v1/simulate/{owner}/{repo}/{number}":      {"read", "/api/v1/simulate/acme/infra/3", `{}`, 200},
	"POST /api/v1/validate":                              {"check", "/api/v1/validate", "version: 1", 200},
	"GET /api/v1/ledger":                                 {"audit", "/api/v1/ledger", "", 200},
	"DELETE /api/v1/duo/freezes/{user}":                  {"admin", "/api/v1/duo/freezes/ana", "", 200},
	"GET /api/v1/freezes/{owner}/{repo}":                 {"read", "/api/v1/freezes/acme/infra", "", 200},
	"POST /api/v1/freezes/{owner}/{repo}/{branch...}":    {"freeze", "/api/v1/freezes/acme/infra/main", `{"reason": "an outage"}`, 201},
	"DELETE /api/v1/freezes/{owner}/{repo}/{branch...}":  {"freeze", "/api/v1/freezes/acme/infra/other", "", 404},
	"POST /v1/push/{key}":                                {"push", "/v1/push/release?user=ana", "", 200},
	"POST /v1/phone/{key}":                               {"push", "/v1/phone/release?user=ana", "", 200},
	"POST /v1/sms/{key}":                                 {"push", "/v1/sms/release?user=ana", "", 200},
	"POST /v1/passcode/{key}":                            {"push", "/v1/passcode/release?user=ana", "passcode=123456", 200},
	"GET /v1/check/{key}":                                {"check", "/v1/check/release", "", 200},
	"GET /v1/health":                                     {"", "/v1/health", "", 200},
}

var scopes = []string{"push", "check", "read", "audit", "freeze", "admin"}

// wholeServer has every route that there is. A token is the list of its scopes; "unknown" is none.
func wholeServer(t *testing.T) *Server {
	t.Helper()
	rec := owing("ana")
	c := config(guarded(rec))
	a := &asking{}
	asked := a.config(rec)
	c.Validate, c.Simulate, c.Now = asked.Validate, asked.Simulate, asked.Now
	c.Keys, c.Ledger, c.Freezes = yes{}, &rows{}, &ice{}
	c.Factors = []pull.Factor{pull.FactorPush}
	c.Confirm = func(context.Context, pull.Wish) (pull.Confirmation, error) {
		return pull.Confirmation{State: pull.PromptAllowed}, nil
	}
	c.Tokens = func(token string) (pull.Holder, bool) {
		return pull.Holder{Name: token, Scopes: strings.Split(token, "+")}, token != "unknown"
	}
	return newServer(t, c)
}

func TestEveryEndpointAsksForItsScope(t *testing.T) {
	s := wholeServer(t)
	var there []string // but for GitHub's own, where the webhook's signature and the browser's state vouch
	for _, pattern := range append(s.routes().patterns, s.keyRoutes().patterns...) {
		if _, path, _ := strings.Cut(pattern, " "); (strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/v1/")) && !strings.HasPrefix(path, "/api/github/") {
			there = append(there, pattern)
		}
	}
	for pattern := range endpoints {
		if !slices.Contains(there, pattern) {
			t.Errorf("%s is in the table and not served", pattern)
		}
	}
	for _, pattern := range there {
		e, ok := endpoints[pattern]
		if !ok {
			t.Errorf("%s is served and not in the table: what does it ask of its callers?", pattern)
			continue
		}
		t.Run(pattern, func(t *testing.T) { e.hold(t, s, pattern) })
	}
}

// What docs/api.md says of the scopes is what is asked for.
func TestDocsNameEveryEndpointAndItsScope(t *testing.T) {
	page, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.NewReplacer("{owner}", "OWNER", "{repo}", "REPO", "{number}", "N", "{branch...}", "BRANCH", "{user}", "USER")
	for pattern, e := range endpoints {
		row := fmt.Sprintf("\n| `%s` | %s |", words.Replace(pattern), e.scope)
		if strings.Contains(pattern, "/api/v1/") && !strings.Contains(string(page), row) {
			t.Errorf("docs/api.md lacks %q", row[1:])
		}
	}
}

func (e endpoint) hold(t *testing.T, s *Server, pattern string) {
	method, _, _ := strings.Cut(pattern, " ")
	call := func(authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, e.path, strings.NewReader(e.body))
		r.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(e.body, "passcode=") {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		return serve(s, r)
	}
	if e.scope == "" {
		if w := call(""); w.Code != e.status {
			t.Errorf("without a token: got %d %s, want %d", w.Code, w.Body, e.status)
		}
		return
	}
	for what, authorization := range map[string]string{"no token": "", "an empty one": "Bearer ", "one that nobody gave out": "Bearer unknown", "another scheme": "Basic " + e.scope} {
		w := call(authorization)
		if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") || !strings.Contains(w.Body.String(), "A valid token is required.") {
			t.Errorf("%s: got %d %q %s, want 401 and how to come back", what, w.Code, w.Header().Get("WWW-Authenticate"), w.Body)
		}
	}
	others := slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return scope == e.scope })
	if w := call("Bearer " + strings.Join(others, "+")); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), fmt.Sprintf("does not hold the scope %s.", e.scope)) {
		t.Errorf("every scope but %s: got %d %s, want 403 that names it", e.scope, w.Code, w.Body)
	}
	if w := call("Bearer " + e.scope); w.Code != e.status {
		t.Errorf("the scope %s alone: got %d %s, want %d", e.scope, w.Code, w.Body, e.status)
	}
}
