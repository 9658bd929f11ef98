package approval

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// The people of the tests. ana and bo are admins, cy maintains, dee writes, eve triages, fay reads; gus has no access.
var (
	ana   = person(1, "ana")
	bo    = person(2, "bo")
	cy    = person(3, "cy")
	dee   = person(4, "dee")
	eve   = person(5, "eve")
	fay   = person(6, "fay")
	gus   = person(7, "gus")
	zoe   = person(8, "zoe") // nobody read her role
	robot = pull.Account{ID: 50, Login: "renovate", Kind: pull.Bot}
	flow  = person(90, "web-flow")
)

const (
	headSHA = "1111111111111111111111111111111111111111"
	oldSHA  = "0000000000000000000000000000000000000000"
)

func person(id int64, login string) pull.Account {
	return pull.Account{ID: id, Login: login, Kind: pull.User}
}

// request is a pull request by dee that changes one production file, clean, with everybody's standing read.
func request(changes ...func(*pull.Request)) pull.Request {
	r := pull.Request{
		Repo: pull.Repo{ID: 9, Owner: "acme", Name: "infra"}, Number: 7, Author: dee,
		Head: pull.Head{SHA: headSHA, Branch: "fix"}, Base: pull.Base{SHA: "b", Branch: "main"},
		Test:    pull.TestMerge{State: pull.Clean},
		Files:   files("prod/web.hcl"),
		Commits: []pull.Commit{{SHA: headSHA, Parents: []string{"b"}, Author: dee, Committer: dee}}, CommitsTotal: 1,
		Pusher: dee,
		Standing: pull.Standing{
			Roles: map[int64]pull.Role{1: pull.Admin, 2: pull.Admin, 3: pull.Maintain, 4: pull.Write, 5: pull.Triage,
				6: pull.Read, 7: pull.NoRole},
			Members:    map[string][]int64{"acme/sre": {cy.ID, fay.ID, gus.ID}},
			Candidates: []pull.Account{ana, bo, cy, dee, eve, fay},
		},
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func files(paths ...string) []pull.File {
	var out []pull.File
	for _, p := range paths {
		out = append(out, pull.File{Path: p, OldMode: pull.Regular, NewMode: pull.Regular})
	}
	return out
}

func changing(paths ...string) func(*pull.Request) {
	return func(r *pull.Request) { r.Files = files(paths...) }
}

func reviewed(by pull.Account, state pull.ReviewState) func(*pull.Request) {
	return reviewedAt(by, state, headSHA)
}

func reviewedAt(by pull.Account, state pull.ReviewState, commit string) func(*pull.Request) {
	return func(r *pull.Request) {
		r.Reviews = append(r.Reviews, pull.Review{ID: int64(len(r.Reviews) + 1), Author: by, State: state, Commit: commit})
	}
}

func approved(by pull.Account) func(*pull.Request) { return reviewed(by, pull.Approved) }

func commit(author, committer pull.Account, co ...pull.Account) func(*pull.Request) {
	return func(r *pull.Request) {
		sha := fmt.Sprintf("%040x", len(r.Commits)+100)
		r.Commits = append(r.Commits, pull.Commit{SHA: sha, Parents: []string{"p"}, Author: author, Committer: committer, CoAuthors: co})
		r.CommitsTotal++
	}
}

// byGitHub says of the last commit that GitHub's own key signed it.
func byGitHub(r *pull.Request) { r.Commits[len(r.Commits)-1].ByGitHub = true }

// policy is the one of the design's first page, with another requirement for production.
func policy(production Requirement) Policy {
	return Policy{Rules: []Rule{
		{Name: "staging is approved by default", Paths: []string{"staging/**"}, Line: 3},
		{Name: "production", Paths: []string{"prod/**", ".sallyport.yml", ".github/**"}, Require: production, Line: 6},
		{Name: "everything else", Paths: []string{"docs/**"}, Require: from(1, "write"), Line: 10},
	}}
}

func from(count int, words ...string) Requirement {
	return Requirement{Approvals: &Approvals{Count: count, From: words}}
}

// pairs is a people file: each entry is one human's logins.
type pairs [][]string

func (p pairs) Same(a, b string) bool {
	return slices.ContainsFunc(p, func(logins []string) bool { return slices.Contains(logins, a) && slices.Contains(logins, b) })
}

// story is one row of a judge's table: want is the state, codes must appear, never must not.
type story struct {
	name    string
	policy  Policy
	request pull.Request
	people  Humans
	sigs    pull.State
	want    pull.State
	lead    string   // the first reason's code
	codes   []string // somewhere in the tree
	never   []string
}

func (s story) run(t *testing.T) {
	t.Helper()
	t.Run(s.name, func(t *testing.T) {
		t.Helper()
		v, _ := Judge(s.policy, s.request, s.people, s.sigs)
		if v.State != s.want {
			t.Errorf("state: got %s, want %s\n%s", v.State, s.want, tree(v.Reasons, ""))
		}
		if got := v.Lead().Code; got != s.lead {
			t.Errorf("lead: got %s, want %s\n%s", got, s.lead, tree(v.Reasons, ""))
		}
		for _, code := range s.codes {
			if !v.Has(code) {
				t.Errorf("code %s is missing\n%s", code, tree(v.Reasons, ""))
			}
		}
		for _, code := range s.never {
			if v.Has(code) {
				t.Errorf("code %s is there\n%s", code, tree(v.Reasons, ""))
			}
		}
		checkProse(t, v.Reasons)
	})
}

func tree(reasons []pull.Reason, indent string) string {
	var b strings.Builder
	for _, r := range reasons {
		fmt.Fprintf(&b, "%s%s %s: %s [%s]\n%s", indent, r.State, r.Code, r.Message, r.Next, tree(r.Because, indent+"  "))
	}
	return b.String()
}

// checkProse holds every reason to the form that people and machines rely on.
func checkProse(t *testing.T, reasons []pull.Reason) {
	t.Helper()
	for _, r := range reasons {
		switch {
		case r.Code == "" || strings.ToLower(r.Code) != r.Code || strings.ContainsAny(r.Code, " _"):
			t.Errorf("code %q is not kebab-case", r.Code)
		case r.Message == "" || !strings.HasSuffix(r.Message, ".") || strings.Contains(r.Message, "%!"):
			t.Errorf("message of %s is no sentence: %q", r.Code, r.Message)
		}
		if r.State != pull.Pass && r.Next == "" {
			t.Errorf("%s says no and offers no next step", r.Code)
		}
		checkProse(t, r.Because)
	}
}
