package graphql

import (
	"strings"
	"testing"
)

// The example of GitHub's own documentation: 5,101 requests make 51 points.
const documented = `query { viewer { login repositories(first: 100) { edges { node { id
  issues(first: 50) { edges { node { id labels(first: 60) { edges { node { id name } } } } } } } } } } }`

func costOf(t *testing.T, query, vars string) (Cost, Response) {
	t.Helper()
	_, out := run(t, New(Official()), query, vars)
	return out.Cost, out
}

func TestCost(t *testing.T) {
	for _, c := range []struct {
		name, query, vars string
		points, nodes     int
	}{
		{"documented example", documented, "", 51, 100 + 5000 + 300000},
		{"no connection", `{ viewer { login } }`, "", 1, 0},
		{"one connection", `{ viewer { repositories(first: 10) { nodes { id } } } }`, "", 1, 10},
		{"size in a variable", `query($n: Int = 100) { viewer { repositories(first: $n) { nodes { issues(last: 10) { totalCount } } } } }`, "", 1, 1100},
		{"size in a variable that is sent", `query($n: Int = 1) { viewer { repositories(first: $n) { nodes { issues(last: 10) { totalCount } } } } }`, `{"n":50}`, 1, 550},
		{"aliases count apart", `{ viewer { a: repositories(first: 100) { nodes { issues(first: 1) { totalCount } } } b: repositories(first: 100) { nodes { issues(first: 1) { totalCount } } } } }`, "", 2, 400},
		{"points are rounded, not cut", `{ viewer { a: repositories(first: 100) { nodes { issues(first: 1) { totalCount } } } b: repositories(first: 50) { nodes { issues(first: 1) { totalCount } } } } }`, "", 2, 300},
		{"skipped does not count", `query($s: Boolean = true) { viewer { login repositories(first: 100) @skip(if: $s) { nodes { issues(first: 100) { totalCount } } } } }`, "", 1, 0},
		{"fragments count", `{ viewer { ...f } } fragment f on User { repositories(first: 100) { nodes { issues(first: 2) { totalCount } } } }`, "", 1, 300},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := costOf(t, c.query, c.vars)
			if want := (Cost{c.points, c.nodes}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestTooManyNodesAreRefused(t *testing.T) {
	query := strings.NewReplacer("first: 50", "first: 100", "first: 60", "first: 100").Replace(documented)
	_, out := costOf(t, query, "")
	if len(out.Errors) != 1 || out.Errors[0].Type != TooManyNodes {
		t.Fatalf("got errors %+v, want one of type %s", out.Errors, TooManyNodes)
	}
	want := "This query requests up to 1,010,100 possible nodes which exceeds the maximum limit of 500,000."
	if got := out.Errors[0].Message; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCostDoesNotOverflow(t *testing.T) {
	query := "{ viewer { "
	for range 30 {
		query += "followers(first: 100) { nodes { "
	}
	query += "id" + strings.Repeat(" } }", 30) + " } }"
	_, out := costOf(t, query, "")
	if len(out.Errors) != 1 || out.Errors[0].Type != TooManyNodes {
		t.Errorf("got errors %+v, want one of type %s", out.Errors, TooManyNodes)
	}
}

func TestAdmission(t *testing.T) {
	e := newZoo()
	out := e.Do(t.Context(), Request{Query: `{cost}`, Admit: func(c Cost) *Fault {
		return Faultf(RateLimited, "No more than %d today.", c.Points)
	}}, nil)
	if len(out.Errors) != 1 || out.Errors[0].Type != RateLimited || out.Data != nil || len(out.Violations) > 0 {
		t.Errorf("got %+v, want one RATE_LIMITED error and no violation", out)
	}
	if got, _ := run(t, e, `{cost}`, ""); got != `{"data":{"cost":1}}` {
		t.Errorf("got %s, want the cost told to the resolver", got)
	}
}
