package githubtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// refusal is an answer's only error, as "TYPE path: message".
func (sc *scene) refusal(out reply) string {
	sc.t.Helper()
	if len(out.Errors) != 1 {
		sc.t.Fatalf("got errors %+v, want exactly one", out.Errors)
	}
	e := out.Errors[0]
	return fmt.Sprintf("%s %s: %s", e.Type, strings.Trim(fmt.Sprint(e.Path), "[]"), e.Message)
}

func TestMissingPermissionsAreForbidden(t *testing.T) {
	const noAccess = "Resource not accessible by integration"
	for _, c := range []struct{ permission, query, want string }{
		{"administration", `{ repository(owner: "acme", name: "prod") { name defaultBranchRef { branchProtectionRule { pattern } } } }`,
			"FORBIDDEN repository defaultBranchRef branchProtectionRule: " + noAccess},
		{"members", `{ organization(login: "acme") { team(slug: "ops") { slug } } }`, "FORBIDDEN organization team: " + noAccess},
		{"pull_requests", `{ repository(owner: "acme", name: "prod") { pullRequest(number: 1) { title } } }`, "FORBIDDEN repository pullRequest: " + noAccess},
		{"contents", `{ repository(owner: "acme", name: "prod") { object(expression: "main") { oid } } }`, "FORBIDDEN repository object: " + noAccess},
		{"checks", `{ repository(owner: "acme", name: "prod") { pullRequest(number: 1) { statusCheckRollup { state } } } }`,
			"FORBIDDEN repository pullRequest statusCheckRollup: " + noAccess},
		{"statuses", `{ repository(owner: "acme", name: "prod") { object(expression: "main") { ... on Commit { status { state } } } } }`,
			"FORBIDDEN repository object status: " + noAccess},
	} {
		t.Run(c.permission, func(t *testing.T) {
			sc := newScene(t, Options{})
			sc.repo.Protect(sc.ann, Protection{Pattern: "main"})
			if out := sc.post(c.query, nil); len(out.Errors) > 0 {
				t.Fatalf("with the permission: got %+v", out.Errors)
			}
			sc.install.Permit(c.permission, "")
			if got := sc.refusal(sc.post(c.query, nil)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			sc.clean()
		})
	}
}

func TestWhatIsHiddenDoesNotExist(t *testing.T) {
	sc := newScene(t, Options{})
	other := must[*Repo](t)(sc.s.Repo(sc.s.User("dan"), "secret"))
	for _, c := range []struct {
		name  string
		who   *Account
		query string
		want  string
	}{
		{"another account's repository", nil, `{ repository(owner: "dan", name: "secret") { id } }`,
			"NOT_FOUND repository: Could not resolve to a Repository with the name 'dan/secret'."},
		{"by its id", nil, `{ node(id: "` + nodeID("R", other.ID) + `") { id } }`,
			"NOT_FOUND node: Could not resolve to a node with the global id of '" + nodeID("R", other.ID) + "'"},
		{"a person without a role", sc.eve, `{ repository(owner: "acme", name: "prod") { id } }`,
			"NOT_FOUND repository: Could not resolve to a Repository with the name 'acme/prod'."},
		{"no such pull request", nil, `{ repository(owner: "acme", name: "prod") { pullRequest(number: 99) { id } } }`,
			"NOT_FOUND repository pullRequest: Could not resolve to a PullRequest with the number of 99."},
		{"no such user", nil, `{ user(login: "nobody") { id } }`, "NOT_FOUND user: Could not resolve to a User with the login of 'nobody'."},
		{"an organization is no user", nil, `{ user(login: "acme") { id } }`, "NOT_FOUND user: Could not resolve to a User with the login of 'acme'."},
		{"no such organization", nil, `{ organization(login: "bob") { id } }`, "NOT_FOUND organization: Could not resolve to an Organization with the login of 'bob'."},
		{"an id that is none", nil, `{ node(id: "x") { id } }`, "NOT_FOUND node: Could not resolve to a node with the global id of 'x'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sc.refusal(sc.postAs(c.who, c.query, nil)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			sc.clean()
		})
	}
}

func TestPartialData(t *testing.T) {
	sc := newScene(t, Options{})
	out := sc.post(`{ a: user(login: "ann") { login } b: user(login: "nobody") { login } c: repository(owner: "acme", name: "prod") { name } }`, nil)
	want := map[string]any{"a": map[string]any{"login": "ann"}, "b": nil, "c": map[string]any{"name": "prod"}}
	if diff := cmp.Diff(want, out.Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if got := sc.refusal(out); !strings.HasPrefix(got, "NOT_FOUND b:") {
		t.Errorf("got %q", got)
	}
}

func TestOldNamesFollowRenames(t *testing.T) {
	sc := newScene(t, Options{})
	sc.repo.Rename("production")
	got := sc.ask(`{ repository(owner: "acme", name: "prod") { nameWithOwner databaseId } }`, nil)
	if diff := cmp.Diff(map[string]any{"nameWithOwner": "acme/production", "databaseId": float64(sc.repo.ID)}, got["repository"]); diff != "" {
		t.Errorf("repository (-want +got):\n%s", diff)
	}
	out := sc.post(`{ repository(owner: "acme", name: "prod", followRenames: false) { id } }`, nil)
	if got := sc.refusal(out); !strings.HasPrefix(got, "NOT_FOUND repository:") {
		t.Errorf("got %q", got)
	}
}

func TestDeletedPeopleAreNull(t *testing.T) {
	sc := newScene(t, Options{})
	must[*Review](t)(sc.pull.Review(sc.ann, pull.Approved, ""))
	sc.ann.Delete()
	sc.bob.Delete()
	pr := at(sc.ask(`{ repository(owner: "acme", name: "prod") { pullRequest(number: 1) { author { login }
		reviews(first: 1) { nodes { author { login } } } commits(first: 1) { nodes { commit { author { name user { login } } } } } } } }`, nil), "repository", "pullRequest")
	want := map[string]any{"author": nil, "reviews": map[string]any{"nodes": []any{map[string]any{"author": nil}}},
		"commits": map[string]any{"nodes": []any{map[string]any{"commit": map[string]any{"author": map[string]any{"name": "bob", "user": nil}}}}}}
	if diff := cmp.Diff(want, pr); diff != "" {
		t.Errorf("pull request (-want +got):\n%s", diff)
	}
}

func TestBotsHaveShorterLoginsThanInREST(t *testing.T) {
	sc := newScene(t, Options{})
	sc.pull.Comment(sc.s.Bot("renovate[bot]"), "Update.")
	got := at(sc.ask(`{ viewer { login databaseId } repository(owner: "acme", name: "prod") { pullRequest(number: 1) {
		comments(first: 1) { nodes { author { __typename login } } } } } }`, nil))
	if diff := cmp.Diff(map[string]any{"__typename": "Bot", "login": "renovate"},
		at(got, "repository", "pullRequest", "comments", "nodes", 0, "author")); diff != "" {
		t.Errorf("author (-want +got):\n%s", diff)
	}
	if at(got, "viewer", "login") != "sallyport[bot]" {
		t.Errorf("got viewer %v, want the app's bot", at(got, "viewer"))
	}
}

func TestInvalidDocumentsAreViolations(t *testing.T) {
	for name, query := range map[string]string{
		"unknown field":   `query Bad { repository(owner: "acme", name: "prod") { colour } }`,
		"not simulated":   `query Bad { securityAdvisory(ghsaId: "x") { id } }`,
		"missing a size":  `query Bad { repository(owner: "acme", name: "prod") { pullRequests { totalCount } } }`,
		"too many nodes":  `query Bad { repository(owner: "acme", name: "prod") { pullRequests(first: 100) { nodes { commits(first: 100) { nodes { commit { history(first: 100) { totalCount } } } } } } } }`,
		"wrong arguments": `query Bad { repository(owner: "acme") { id } }`,
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, Options{})
			if out := sc.post(query, nil); len(out.Errors) == 0 {
				t.Error("got no error")
			}
			if got := sc.s.Violations(); len(got) != 1 || !strings.HasPrefix(got[0], "graphql: ") {
				t.Errorf("got violations %q, want one", got)
			}
		})
	}
}

func TestPointsAreChargedAndRunOut(t *testing.T) {
	sc := newScene(t, Options{RateLimit: 3})
	const query = `query Count { rateLimit { cost limit remaining used nodeCount } }`
	got := sc.ask(query, nil)
	want := map[string]any{"cost": 1.0, "limit": 3.0, "remaining": 2.0, "used": 1.0, "nodeCount": 0.0}
	if diff := cmp.Diff(want, got["rateLimit"]); diff != "" {
		t.Errorf("rate limit (-want +got):\n%s", diff)
	}
	sc.ask(query, nil)
	sc.ask(query, nil)
	if got := sc.refusal(sc.post(query, nil)); !strings.HasPrefix(got, "RATE_LIMITED :") {
		t.Errorf("got %q, want RATE_LIMITED", got)
	}
	calls := sc.s.Calls()
	if len(calls) != 4 || calls[0].Operation != "Count" || calls[0].Points != 1 || calls[0].Write {
		t.Errorf("got calls %+v, want four of Count, one point each, no writes", calls)
	}
}
