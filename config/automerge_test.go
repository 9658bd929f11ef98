package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/automerge"
)

func parseAutomerge(text string) (*automerge.Policy, *Problems) {
	p, problems := ParsePolicy("p", []byte("version: 1\nrules: [{name: a, paths: [a], require: {}}]\nautomerge:\n"+text))
	return p.Automerge, problems
}

func TestTheWholeAutomergeSection(t *testing.T) {
	got, problems := parseAutomerge(`
  method: exact
  methods:
    - {method: squash, if: {labels: squash}}
    - {method: ff-only, if: {all: [{source: "release/**"}, {any: {commits_at_most: 3, auto_merge: true}}]}}
  if: {any: {labels: [go], comments: [ship it], comment_contains: [go], body_contains: [b], target: [main], source: ["x/*"]}}
  unless: {labels: [stop]}
  checks: [test, {name: e2e, app: 15368, accept: [neutral, skipped]}]
  allow_no_checks: true
  check_deadline: 15m
  squash: {title: first_commit_title, body: pull_request_body, delimiter: "%%"}
  merge: {title: github_default, body: empty_body}
  delete_branch: true
`)
	if problems != nil {
		t.Fatal(problems)
	}
	signals := func(s automerge.Signals) automerge.Match { return automerge.Match{Signals: s} }
	asks := signals(automerge.Signals{Labels: []string{"go"}, Comments: []string{"ship it"}, CommentContains: []string{"go"},
		BodyContains: []string{"b"}, Target: []string{"main"}, Source: []string{"x/*"}})
	stops := signals(automerge.Signals{Labels: []string{"stop"}})
	want := &automerge.Policy{
		Method: "exact",
		Methods: []automerge.Choice{
			{Method: "squash", If: signals(automerge.Signals{Labels: []string{"squash"}})},
			{Method: "ff-only", If: automerge.Match{All: true, Parts: []automerge.Match{
				signals(automerge.Signals{Source: []string{"release/**"}}), signals(automerge.Signals{CommitsAtMost: 3, AutoMerge: true})}}},
		},
		If: &asks, Unless: &stops,
		Checks:        []automerge.RequiredCheck{{Name: "test"}, {Name: "e2e", App: 15368, Accept: []string{"neutral", "skipped"}}},
		AllowNoChecks: true, CheckDeadline: 15 * time.Minute,
		Squash: automerge.Text{Title: automerge.TitleFirstCommit, Body: automerge.BodyPull, Delimiter: "%%"},
		Merge:  automerge.Text{Title: automerge.TitleGitHub, Body: automerge.BodyEmpty}, DeleteBranch: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAutomergeFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an empty trigger would be every pull request", "  if: {}", "if has no condition"},
		{"an empty list of labels", "  if: {labels: []}", "labels is an empty list"},
		{"any beside signals", "  unless: {any: {labels: [a]}, labels: [b]}", "any and all stand alone"},
		{"any beside all", "  if: {any: {labels: [a]}, all: {labels: [b]}}", "any and all stand alone"},
		{"an unknown signal", "  if: {label: [a]}", `unknown key "label"`},
		{"auto_merge: false says nothing", "  if: {auto_merge: false}", "auto_merge can only be true"},
		{"no commits", "  if: {commits_at_most: 0}", "commits_at_most is 0"},
		{"a method without condition", "  methods: [{method: squash}]", "the entry has no if"},
		{"a condition without method", "  methods: [{if: {labels: [a]}}]", "the entry has no method"},
		{"failure is no way to pass", "  checks: [{name: a, accept: [failure]}]", `an entry of accept is "failure"`},
		{"an app is a number", "  checks: [{name: a, app: jenkins}]", "app must be a whole number"},
		{"no app has the number", "  checks: [{name: a, app: 0}]", "app is 0, less than 1"},
		{"a check without name", "  checks: [{accept: [skipped]}]", "the check has no name"},
		{"a delimiter of something else", "  squash: {body: empty_body, delimiter: x}", "a delimiter marks a part"},
		{"a merge has no first commit's title", "  merge: {title: first_commit_title}", `title is "first_commit_title"`},
		{"a deadline that is no period", "  check_deadline: soon", "is not a period"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := parseAutomerge(tt.text)
			if problems == nil || got != nil || !strings.Contains(problems.List()[0].String(), tt.want) {
				t.Errorf("got %+v, %v; want a problem with %q", got, problems, tt.want)
			}
		})
	}
}

// Threat 79: whoever may write can set a status of any name.
func TestThreat79ACheckOfAnybodysIsWarnedOf(t *testing.T) {
	policy, problems := ParsePolicy("p", []byte("version: 1\nrules: [{name: a, paths: [a], require: {}}]\nautomerge:\n  checks: [{name: a, app: 3}, b,\n    {name: c}]\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	var got []string
	for _, w := range policy.Warnings {
		text, _, _ := strings.Cut(w.String(), " counts")
		got = append(got, text+" | "+w.Excerpt)
	}
	want := []string{`p:4:31: the check "b" |   checks: [{name: a, app: 3}, b,`, `p:5:5: the check "c" |     {name: c}]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
