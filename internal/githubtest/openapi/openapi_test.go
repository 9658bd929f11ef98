package openapi

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

var jsonHeader = http.Header{"Content-Type": {"application/json; charset=utf-8"}}

func validator(t testing.TB) *Validator {
	t.Helper()
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wants checks an error against a fragment of its text; "" wants none.
func wants(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want no error", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got error %v, want one with %q", err, want)
	}
}

func TestRequest(t *testing.T) {
	sha := strings.Repeat("a", 40)
	for _, c := range []struct{ name, method, path, body, want string }{
		{"create check run", "POST", "/repos/o/r/check-runs", `{"name":"x","head_sha":"` + sha + `","status":"in_progress"}`, ""},
		{"nameless check run", "POST", "/repos/o/r/check-runs", `{"head_sha":"` + sha + `"}`, `property "name" is missing`},
		{"invented status", "POST", "/repos/o/r/check-runs", `{"name":"x","head_sha":"` + sha + `","status":"busy"}`, "at /status"},
		{"summary too long", "POST", "/repos/o/r/check-runs",
			`{"name":"x","head_sha":"` + sha + `","output":{"title":"t","summary":"` + strings.Repeat("x", 65536) + `"}}`, "at /output/summary"},
		{"label of a button too long", "POST", "/repos/o/r/check-runs",
			`{"name":"x","head_sha":"` + sha + `","actions":[{"label":"` + strings.Repeat("x", 21) + `","description":"d","identifier":"i"}]}`, "at /actions/0/label"},
		{"merge under an enterprise prefix", "PUT", "/api/v3/repos/o/r/pulls/1/merge", `{"sha":"` + sha + `","merge_method":"squash"}`, ""},
		{"merge without a body", "PUT", "/repos/o/r/pulls/1/merge", "", ""},
		{"invented merge method", "PUT", "/repos/o/r/pulls/1/merge", `{"merge_method":"octopus"}`, "at /merge_method"},
		{"number that is none", "GET", "/repos/o/r/pulls/one", "", "pull_number"},
		{"query that is no number", "GET", "/repos/o/r/rules/branches/main?per_page=many", "", "per_page"},
		{"bare list of labels", "POST", "/repos/o/r/issues/5/labels", `["one","two"]`, ""},
		{"no labels left", "PUT", "/repos/o/r/issues/5/labels", `[]`, ""},
		{"labels as a word", "POST", "/repos/o/r/issues/5/labels", `"one"`, "at /"},
		{"the root folder", "GET", "/repos/o/r/contents/", "", ""},
		{"documented elsewhere", "GET", "/repos/o/r/activity?ref=refs/heads/main", "", ""},
		{"unknown route", "GET", "/repos/o/r/secrets-of-others", "", "not a route"},
		{"unknown method", "POST", "/repos/o/r/pulls/1/merge", "", "not a route"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			wants(t, validator(t).Request(r, []byte(c.body)), c.want)
		})
	}
}

func TestUnknownRouteIsDistinct(t *testing.T) {
	v := validator(t)
	if err := v.Request(httptest.NewRequest("GET", "/nowhere", nil), nil); !errors.Is(err, ErrUnknownRoute) {
		t.Errorf("got %v, want ErrUnknownRoute", err)
	}
	if err := v.Request(httptest.NewRequest("GET", "/repos/o/r/pulls/one", nil), nil); err == nil || errors.Is(err, ErrUnknownRoute) {
		t.Errorf("got %v, want another error than ErrUnknownRoute", err)
	}
}

func TestTemplate(t *testing.T) {
	for path, want := range map[string]string{
		"/repos/o/r/git/ref/heads/a/b":                  "/repos/{owner}/{repo}/git/ref/{ref}",
		"/repos/o/r/contents/":                          "/repos/{owner}/{repo}/contents/{path}",
		"/repos/o/r/contents/prod/job.hcl":              "/repos/{owner}/{repo}/contents/{path}",
		"/repos/o/r/compare/main...fork:feature/x":      "/repos/{owner}/{repo}/compare/{basehead}",
		"/repos/o/r/branches/release%2F1/protection":    "/repos/{owner}/{repo}/branches/{branch}/protection",
		"/repos/o/r/rules/branches/release/1":           "/repos/{owner}/{repo}/rules/branches/{branch}",
		"/api/v3/repos/o/r/pulls/7":                     "/repos/{owner}/{repo}/pulls/{pull_number}",
		"/repos/o/r/commits/" + strings.Repeat("a", 40): "/repos/{owner}/{repo}/commits/{ref}",
		"/repos/o/r/activity":                           "/repos/{owner}/{repo}/activity",
		"/repos/o/r/nothing/like/it":                    "",
	} {
		got, ok := validator(t).Template(httptest.NewRequest("GET", path, nil))
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", path, got, ok, want)
		}
	}
}

func TestResponse(t *testing.T) {
	const rules = `[{"type":"required_status_checks","ruleset_id":5,"ruleset_source_type":"Repository","ruleset_source":"o/r","parameters":
		{"required_status_checks":[{"context":"ci","integration_id":7}],"strict_required_status_checks_policy":true}}]`
	for _, c := range []struct {
		name, method, path string
		status             int
		body, want         string
	}{
		{"merged", "PUT", "/repos/o/r/pulls/1/merge", 200, `{"sha":"x","merged":true,"message":"done"}`, ""},
		{"merged without a sha", "PUT", "/repos/o/r/pulls/1/merge", 200, `{"merged":true,"message":"done"}`, `"sha" is missing`},
		{"success that is not described", "PUT", "/repos/o/r/pulls/1/merge", 202, `{}`, "status is not supported"},
		{"described error", "PUT", "/repos/o/r/pulls/1/merge", 405, `{"message":"not mergeable","documentation_url":"https://docs.github.com"}`, ""},
		{"error that is not described", "PUT", "/repos/o/r/pulls/1/merge", 502, `{"message":"bad gateway"}`, ""},
		{"error without a message", "PUT", "/repos/o/r/pulls/1/merge", 502, `[]`, "not an error with a message"},
		{"rules", "GET", "/repos/o/r/rules/branches/main", 200, rules, ""},
		{"rules without parameters", "GET", "/repos/o/r/rules/branches/main", 200, `[{"type":"required_status_checks","parameters":{}}]`, "and "},
		{"nothing to say", "DELETE", "/repos/o/r/git/refs/heads/x", 204, "", ""},
		{"documented elsewhere", "GET", "/repos/o/r/activity", 200, `[{"anything":1}]`, ""},
		{"unknown route", "GET", "/nowhere", 200, `{}`, "not a route"},
		{"list that should be one", "GET", "/repos/o/r/check-runs/4", 200, `[]`, "must be an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.path, nil)
			wants(t, validator(t).Response(r, c.status, jsonHeader, []byte(c.body)), c.want)
		})
	}
}

func TestInstallationsOfAUser(t *testing.T) {
	text, err := os.ReadFile("testdata/installations.json")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, validator(t).Response(httptest.NewRequest("GET", "/app/installations", nil), 200, jsonHeader, text), "")
}

func TestResponseThatIsNotJSON(t *testing.T) {
	r := httptest.NewRequest("GET", "/repos/o/r/pulls/1", nil)
	err := validator(t).Response(r, 200, http.Header{"Content-Type": {"text/html"}}, []byte("<html>"))
	wants(t, err, "Content-Type")
}

func BenchmarkExchange(b *testing.B) {
	v := validator(b)
	const body = `{"sha":"x","merge_method":"merge"}`
	for b.Loop() {
		r := httptest.NewRequest("PUT", "/repos/o/r/pulls/1/merge", nil)
		if err := v.Request(r, []byte(body)); err != nil {
			b.Fatal(err)
		}
		if err := v.Response(r, 200, jsonHeader, []byte(`{"sha":"x","merged":true,"message":"done"}`)); err != nil {
			b.Fatal(err)
		}
	}
}
