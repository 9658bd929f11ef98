package policybot_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// The people of the tests: ana administers, cy is in acme/sre, dee wrote the change, eve only writes, gus reads.
var (
	ana     = person(1, "ana")
	cy      = person(3, "cy")
	dee     = person(4, "dee")
	eve     = person(5, "eve")
	gus     = person(7, "gus")
	robot   = pull.Account{ID: 50, Login: "renovate", Kind: pull.Bot}
	actions = pull.Account{ID: 41898282, Login: "github-actions[bot]", Kind: pull.Bot}
	flow    = person(90, "web-flow")
	ghost   pull.Account
)

const (
	head  = "1111111111111111111111111111111111111111"
	older = "0000000000000000000000000000000000000000"
	base  = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func person(id int64, login string) pull.Account {
	return pull.Account{ID: id, Login: login, Kind: pull.User}
}

type change func(*pull.Request)

// request is dee's change of one production file on one commit, with everybody's standing read.
func request(changes ...change) pull.Request {
	r := pull.Request{
		Repo: pull.Repo{ID: 9, Owner: "acme", Name: "infra"}, Number: 7, Title: "fix: raise the API", Author: dee, Pusher: dee,
		Head: pull.Head{SHA: head, Branch: "raise", Repo: 9, Owner: "acme"}, Base: pull.Base{SHA: base, Branch: "main"},
		Test: pull.TestMerge{State: pull.Clean}, Content: "now", Size: &pull.Size{Added: 10, Deleted: 3}, Labels: []string{"Ready"},
		Files:   []pull.File{{Path: "prod/api.nomad", OldMode: pull.Regular, NewMode: pull.Regular}},
		Commits: []pull.Commit{{SHA: head, Parents: []string{base}, Author: dee, Committer: dee}}, CommitsTotal: 1,
		Standing: pull.Standing{
			Roles:   map[int64]pull.Role{1: pull.Admin, 3: pull.Write, 4: pull.Write, 5: pull.Write, 7: pull.Read},
			Members: map[string][]int64{"acme/sre": {cy.ID}, "acme": {ana.ID, cy.ID, dee.ID}},
		},
	}
	for _, c := range changes {
		c(&r)
	}
	return r
}

func changing(paths ...string) change {
	return func(r *pull.Request) {
		r.Files = nil
		for _, p := range paths {
			r.Files = append(r.Files, pull.File{Path: p, OldMode: pull.Regular, NewMode: pull.Regular})
		}
	}
}

func reviewed(by pull.Account, state pull.ReviewState) change { return said(by, state, head, "") }

// objected says that the last review had requested changes, and who dismissed it.
func objected(dismissedBy pull.Account) change {
	return func(r *pull.Request) {
		last := &r.Reviews[len(r.Reviews)-1]
		last.Objected, last.DismissedBy = true, dismissedBy
	}
}

func approves(by pull.Account) change { return reviewed(by, pull.Approved) }

// approvesNow is about the head as the changes before made it.
func approvesNow(by pull.Account) change {
	return func(r *pull.Request) { said(by, pull.Approved, r.Head.SHA, "")(r) }
}

func said(by pull.Account, state pull.ReviewState, on, body string) change {
	return func(r *pull.Request) {
		n := len(r.Reviews) + len(r.Comments)
		r.Reviews = append(r.Reviews, pull.Review{ID: int64(n + 1), Author: by, State: state, Commit: on, Body: body, At: noon.Add(time.Duration(n) * time.Minute)})
	}
}

func comments(by pull.Account, text string) change {
	return func(r *pull.Request) {
		n := len(r.Reviews) + len(r.Comments)
		r.Comments = append(r.Comments, pull.Comment{ID: int64(n + 1), Author: by, Body: text, Content: "now", At: noon.Add(time.Duration(n) * time.Minute)})
	}
}

func describes(text string) change {
	return func(r *pull.Request) {
		r.Comments = append(r.Comments, pull.Comment{Author: r.Author, Body: text, At: noon})
	}
}

// edited says that somebody changed the last comment.
func edited(by pull.Account) change {
	return func(r *pull.Request) {
		c := &r.Comments[len(r.Comments)-1]
		c.Edited, c.EditedBy = true, by
	}
}

func commit(author, committer pull.Account, more ...func(*pull.Commit)) change {
	return func(r *pull.Request) {
		c := pull.Commit{SHA: fmt.Sprintf("%040x", len(r.Commits)+100), Parents: []string{r.Head.SHA}, Author: author, Committer: committer}
		for _, m := range more {
			m(&c)
		}
		r.Commits, r.CommitsTotal, r.Head.SHA = append(r.Commits, c), r.CommitsTotal+1, c.SHA
	}
}

// pushed says who pushed the head, which is about to be covered.
func pushed(by pull.Account) change {
	return func(r *pull.Request) {
		r.Pushers = append(r.Pushers, pull.Pushed{SHA: r.Head.SHA, By: by})
	}
}

func byGitHub(c *pull.Commit) { c.ByGitHub = true }

// updates makes a commit a merge of the target branch, looked at.
func updates(c *pull.Commit) { c.Parents, c.Diffed = append(c.Parents, "cccc"), true }

func signed(by pull.Account, key string) change {
	return func(r *pull.Request) { r.Commits[0].Signed = &pull.Signed{Good: true, By: by, Key: key} }
}

func badlySigned(code string) change {
	return func(r *pull.Request) { r.Commits[0].Signed = &pull.Signed{Code: code} }
}

func checked(kind pull.CheckKind, name, conclusion string) change {
	return func(r *pull.Request) {
		c := pull.Check{Kind: kind, Name: name, Status: "completed", Conclusion: conclusion}
		if conclusion == "" {
			c.Status = "in_progress"
		}
		r.Checks = append(r.Checks, c)
	}
}

func worked(path, conclusion string) change {
	return func(r *pull.Request) {
		r.Workflows = append(r.Workflows, pull.Workflow{Path: path, Status: "completed", Conclusion: conclusion})
	}
}

// pairs is a people file: each entry is one human's logins.
type pairs [][]string

func (p pairs) Same(a, b string) bool {
	return slices.ContainsFunc(p, func(l []string) bool { return slices.Contains(l, a) && slices.Contains(l, b) })
}

func parse(t *testing.T, text string) policybot.Policy {
	t.Helper()
	p, problems := config.ParsePolicyBot(".policy.yml", []byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	return *p
}

// row is one case: the state that the verdict must have, a code that must appear in it, and one that must not.
type row struct {
	name    string
	changes []change
	want    pull.State
	code    string
	people  policybot.Humans
}

func run(t *testing.T, text string, rows ...row) {
	t.Helper()
	p := parse(t, text)
	for _, tc := range rows {
		t.Run(tc.name, func(t *testing.T) {
			t.Helper()
			v := policybot.Judge(p, request(tc.changes...), tc.people)
			if v.State != tc.want || tc.code != "" && !v.Has(tc.code) {
				t.Errorf("got %s, want %s with %q; because:\n%s", v.State, tc.want, tc.code, tree(v.Reasons, ""))
			}
		})
	}
}

func tree(reasons []pull.Reason, indent string) string {
	text := ""
	for _, r := range reasons {
		text += fmt.Sprintf("%s%s %s: %s\n", indent, r.State, r.Code, r.Message) + tree(r.Because, indent+"  ")
	}
	return text
}

// ifHolds is a policy whose only rule applies, and approves, when the predicate holds.
func ifHolds(predicate string) string {
	return "policy: {approval: [only]}\napproval_rules:\n  - name: only\n    if: {" + predicate + "}\n"
}

// holds and fails are what ifHolds comes to.
func holds(name string, changes ...change) row {
	return row{name: name, changes: changes, want: pull.Pass, code: "condition-holds"}
}

func fails(name string, changes ...change) row {
	return row{name: name, changes: changes, want: pull.Block, code: "no-rule-applies"}
}

func doubtful(name, code string, changes ...change) row {
	return row{name: name, changes: changes, want: pull.Block, code: code}
}

func diffOf(want, got any) string { return cmp.Diff(want, got) }
