package config

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

const wholeBulldozer = `version: 1
merge:
  trigger:
    labels: ["merge when ready"]
    comments: ["Please merge this pull request!"]
    comment_substrings: ["==MERGE_WHEN_READY=="]
    pr_body_substrings: ["==MERGE_FROM_BODY=="]
    branches: ["develop"]
    branch_patterns: ["feature/.*"]
    max_commits: 3
    auto_merge: true
  ignore: {labels: ["do not merge"], comment_substrings: ["==DO_NOT_MERGE=="]}
  method: squash
  merge_method:
    - {method: rebase, trigger: {labels: [rebase], max_commits: 1}}
    - {method: ff-only, trigger: {branches: [release]}}
  branch_method: {develop: squash, "master*": merge}
  options:
    squash: {title: first_commit_title, body: pull_request_body, message_delimiter: ==COMMIT_MSG==}
  required_statuses: ["ci/circleci: ete-tests"]
  allow_merge_with_no_checks: true
  delete_after_merge: true
update:
  trigger: {labels: ["wip", "update me"]}
  ignore: {labels: ["do not update"]}
  ignore_drafts: true
  required_statuses: [lint]
`

func labels(names ...string) *automerge.Match {
	return &automerge.Match{Signals: automerge.Signals{Labels: names}}
}

var sameExpressions = cmp.Comparer(func(a, b *regexp.Regexp) bool { return a.String() == b.String() })

func TestBulldozerWhole(t *testing.T) {
	got, problems := ParseBulldozer(BulldozerFile, []byte(wholeBulldozer))
	if problems != nil {
		t.Fatal(problems)
	}
	want := &automerge.Policy{
		Method: "squash",
		Methods: []automerge.Choice{
			{Method: "rebase", If: automerge.Match{All: true, Signals: automerge.Signals{Labels: []string{"rebase"}, CommitsAtMost: 1}}},
			{Method: "ff-only", If: automerge.Match{All: true, Signals: automerge.Signals{Target: []string{"release"}}}},
			{Method: "squash", If: automerge.Match{Signals: automerge.Signals{Target: []string{"develop"}}}},
			{Method: "merge", If: automerge.Match{Signals: automerge.Signals{Target: []string{`master\*`}}}},
		},
		If: &automerge.Match{Signals: automerge.Signals{
			Labels: []string{"merge when ready"}, Comments: []string{"Please merge this pull request!"},
			CommentContains: []string{"==MERGE_WHEN_READY=="}, BodyContains: []string{"==MERGE_FROM_BODY=="},
			Target: []string{"develop"}, TargetMatches: []*regexp.Regexp{regexp.MustCompile("^(?:feature/.*)$")}, AutoMerge: true}},
		Unless:        &automerge.Match{Signals: automerge.Signals{Labels: []string{"do not merge"}, CommentContains: []string{"==DO_NOT_MERGE=="}}},
		Checks:        []automerge.RequiredCheck{{Name: "ci/circleci: ete-tests"}},
		AllowNoChecks: true, DeleteBranch: true,
		Squash: automerge.Text{Title: automerge.TitleFirstCommit, Body: automerge.BodyPull, Delimiter: "==COMMIT_MSG=="},
		Update: &automerge.Update{If: labels("wip", "update me"), Unless: labels("do not update")},
	}
	if diff := cmp.Diff(want, got.Landing, sameExpressions); diff != "" {
		t.Error(diff)
	}
}

func TestBulldozerOldNamesAndFormats(t *testing.T) {
	update := &automerge.Update{If: labels("update me", "update-me", "update_me")}
	commits := automerge.Text{Body: automerge.BodyCommits}
	tests := []struct {
		name, text string
		want       Bulldozer
	}{
		{"nothing but a version: every pull request", "version: 1\n", Bulldozer{Landing: &automerge.Policy{Method: "merge"}}},
		{"whitelist and blacklist", "version: 1\nmerge: {whitelist: {labels: [a]}, blacklist: {labels: [b]}}\n",
			Bulldozer{Landing: &automerge.Policy{Method: "merge", If: labels("a"), Unless: labels("b")}}},
		{"the new trigger counts, and both that ignore", "version: 1\nmerge: {trigger: {labels: [n]}, whitelist: {labels: [a]}, ignore: {labels: [m]}, blacklist: {labels: [b]}}\n",
			Bulldozer{Landing: &automerge.Policy{Method: "merge", If: labels("n"), Unless: &automerge.Match{Parts: []automerge.Match{*labels("m"), *labels("b")}}}}},
		{"v0 whitelist", "mode: whitelist\nstrategy: squash\ndeleteAfterMerge: true\n", Bulldozer{Landing: &automerge.Policy{
			Method: "squash", If: labels("merge when ready", "merge-when-ready", "merge_when_ready"), DeleteBranch: true, Squash: commits, Update: update}}},
		{"v0 blacklist", "mode: blacklist\nignoreSquashedMessages: false\n", Bulldozer{Landing: &automerge.Policy{
			Method: "merge", Unless: labels("wip", "do not merge", "do-not-merge", "do_not_merge"), Squash: commits, Update: update}}},
		{"v0 pr_body", "mode: pr_body\nstrategy: squash\n", Bulldozer{Landing: &automerge.Policy{
			Method: "squash", If: &automerge.Match{Signals: automerge.Signals{CommentContains: []string{"==MERGE_WHEN_READY=="}}},
			Squash: automerge.Text{Body: automerge.BodyPull, Delimiter: "==COMMIT_MSG=="}, Update: update}}},
		{"max_commits asks for nothing and holds nothing", "version: 1\nmerge: {trigger: {labels: [a], max_commits: 1}, ignore: {labels: [b], max_commits: 1}}\n",
			Bulldozer{Landing: &automerge.Policy{Method: "merge", If: labels("a"), Unless: labels("b")}}},
		{"empty words are the defaults", "version: 1\nmerge: {method: \"\", options: {squash: {title: \"\", body: \"\", message_delimiter: \"\"}}}\n",
			Bulldozer{Landing: &automerge.Policy{Method: "merge"}}},
		{"the title as its documentation spells it", "version: 1\nmerge: {options: {squash: {title: github_default_title}}}\n",
			Bulldozer{Landing: &automerge.Policy{Method: "merge", Squash: automerge.Text{Title: automerge.TitleGitHub}}}},
		{"what holds back does so by either reading of an expression", "version: 1\nmerge: {ignore: {branch_patterns: [\"main|release\"]}}\n",
			Bulldozer{Landing: &automerge.Policy{Method: "merge", Unless: &automerge.Match{Signals: automerge.Signals{
				TargetMatches: []*regexp.Regexp{regexp.MustCompile("^(?:main|release)$"), regexp.MustCompile("^main|release$")}}}}}},
		{"kept elsewhere", "remote: acme/shared\npath: land.yml\nref: main\n", Bulldozer{Remote: &policybot.Remote{Repo: "acme/shared", Path: "land.yml", Ref: "main"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := ParseBulldozer(BulldozerFile, []byte(tt.text))
			if diff := cmp.Diff(tt.want, got, sameExpressions); problems != nil || diff != "" {
				t.Errorf("%v\n%s", problems, diff)
			}
		})
	}
}

// What bulldozer logs and shrugs off holds everything back here, with its place.
func TestBulldozerFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no version", "merge: {}\n", "has no version"},
		{"another version", "version: 2\n", "not known"},
		{"an unknown key", "version: 1\nmerge: {triger: {labels: [a]}}\n", `:2:9: unknown key "triger"`},
		{"a method that does not exist", "version: 1\nmerge: {method: sqaush}\n", `method is "sqaush"`},
		{"an empty trigger", "version: 1\nmerge: {trigger: {labels: []}}\n", "trigger names no signal"},
		{"an empty list to ignore", "version: 1\nmerge: {ignore: {}}\n", "ignore names no signal"},
		{"a method without trigger", "version: 1\nmerge: {merge_method: [{method: squash}]}\n", "the entry has no trigger"},
		{"an expression that is none", "version: 1\nmerge: {trigger: {branch_patterns: [\"(\"]}}\n", "not a regular expression"},
		{"an unknown mode", "mode: greylist\n", `mode is "greylist"`},
		{"a number of commits that holds nothing back by itself", "version: 1\nmerge: {ignore: {max_commits: 1}}\n", "ignore names no signal"},
		{"a key that the first format never had", "mode: blacklist\nallow_merge_with_no_checks: true\n", "unknown key"},
		{"remote beside a version", "version: 1\nremote: a/b\n", "version stands beside remote"},
		{"remote beside merge", "remote: a/b\nmerge: {}\n", "stands beside remote"},
		{"a branch twice", "version: 1\nmerge: {branch_method: {a: merge, a: squash}}\n", `the branch "a" is there twice`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := ParseBulldozer(BulldozerFile, []byte(tt.text))
			if problems == nil || got.Landing != nil || !strings.Contains(problems.List()[0].String(), tt.want) {
				t.Errorf("got %+v, %v; want a problem with %q", got, problems, tt.want)
			}
		})
	}
}

// bulldozer's ^a|b$ matches whatever begins with a; an expression means whole names here.
func TestBulldozerExpressionsAreAnchored(t *testing.T) {
	got, problems := ParseBulldozer(BulldozerFile, []byte("version: 1\nmerge: {trigger: {branch_patterns: [\"main|release\"]}}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	e := got.Landing.If.TargetMatches[0]
	for name, want := range map[string]bool{"main": true, "release": true, "mainline": false, "prerelease": false} {
		if e.MatchString(name) != want {
			t.Errorf("%s: got %v, want %v", name, !want, want)
		}
	}
}

func TestConvertBulldozerMeansTheSame(t *testing.T) {
	b, problems := ParseBulldozer(BulldozerFile, []byte(wholeBulldozer))
	if problems != nil {
		t.Fatal(problems)
	}
	c := ConvertBulldozer(BulldozerFile, b)
	if len(c.Refused) > 0 {
		t.Fatal(c.Refused)
	}
	got, problems := ParsePolicy(PolicyFile, []byte("version: 1\nrules: [{name: a, paths: [a], require: {}}]\n"+c.Text))
	if problems != nil {
		t.Fatal(c.Text, problems)
	}
	want := *b.Landing
	trigger := *want.If
	trigger.Target, trigger.TargetMatches = []string{"develop", "feature/*/**"}, nil
	want.If = &trigger
	if diff := cmp.Diff(&want, got.Automerge, sameExpressions); diff != "" {
		t.Errorf("%s\n%s", c.Text, diff)
	}
	for _, text := range []string{"remote: a/b\n", "version: 1\nmerge: {trigger: {branch_patterns: [\"(a|b)\"]}}\n"} {
		b, problems := ParseBulldozer(BulldozerFile, []byte(text))
		if c := ConvertBulldozer(BulldozerFile, b); problems != nil || len(c.Refused) == 0 || c.Text != "" {
			t.Errorf("%s: got %q, %v; want a refusal", text, c.Text, problems)
		}
	}
}

// A converted expression matches no other branch than the expression did, and each that it did.
func TestConvertedExpressionsMatchTheSameBranches(t *testing.T) {
	branches := []string{"release", "release/1", "release/1/x", "releases", "hotfix", "hotfix-", "hotfix-1", "hotfix-/1", "hotfix-/1/x", "hotfix-1/x", "main"}
	for _, pattern := range []string{"release/.*", "release/.+", "hotfix-.*", "hotfix-.+", "main", ".*"} {
		b, problems := ParseBulldozer(BulldozerFile, []byte("version: 1\nmerge: {ignore: {branch_patterns: ['"+pattern+"']}}\n"))
		if problems != nil {
			t.Fatal(problems)
		}
		got, problems := ParsePolicy(PolicyFile, []byte("version: 1\nrules: [{name: a, paths: [a], require: {}}]\n"+ConvertBulldozer(BulldozerFile, b).Text))
		if problems != nil {
			t.Fatal(problems)
		}
		for _, branch := range branches {
			if want, is := vetoes(b.Landing, branch), vetoes(got.Automerge, branch); is != want {
				t.Errorf("%s: converted, %s is held back: %v, want %v", pattern, branch, is, want)
			}
		}
	}
}

func vetoes(p *automerge.Policy, branch string) bool {
	v, _ := automerge.Judge(automerge.Case{Policy: p, Request: pull.Request{Base: pull.Base{Branch: branch}}})
	return slices.ContainsFunc(v.Reasons, func(r pull.Reason) bool { return r.Code == "vetoed" })
}

func FuzzBulldozer(f *testing.F) {
	f.Add(wholeBulldozer)
	f.Add("mode: pr_body\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, problems := ParseBulldozer(BulldozerFile, []byte(text))
		if problems == nil && b.Landing == nil && b.Remote == nil || problems != nil && b.Landing != nil {
			t.Errorf("got %+v with %v", b, problems)
		}
		if problems == nil {
			ConvertBulldozer(BulldozerFile, b)
		}
	})
}

func TestBulldozerUpdates(t *testing.T) {
	tests := []struct {
		name, text string
		want       *automerge.Update
	}{
		{"absent", "version: 1\nmerge: {}\n", nil},
		{"nothing in it", "version: 1\nupdate: {ignore: null}\n", nil},
		{"all but drafts", "version: 1\nupdate: {ignore_drafts: true}\n", &automerge.Update{IgnoreDrafts: true}},
		{"all", "version: 1\nupdate: {ignore_drafts: false}\n", &automerge.Update{}},
		{"all whose checks are green", "version: 1\nupdate: {required_statuses: [lint]}\n", &automerge.Update{Checks: []string{"lint"}}},
		{"a trigger passes over the rest", "version: 1\nupdate: {trigger: {labels: [a]}, ignore: {labels: [b]}, ignore_drafts: true, required_statuses: [lint]}\n",
			&automerge.Update{If: labels("a"), Unless: labels("b")}},
		{"all but what is ignored", "version: 1\nupdate: {ignore: {labels: [b]}, ignore_drafts: true, required_statuses: [lint]}\n",
			&automerge.Update{Unless: labels("b"), IgnoreDrafts: true, Checks: []string{"lint"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, problems := ParseBulldozer(BulldozerFile, []byte(tt.text))
			if problems != nil {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(tt.want, b.Landing.Update); diff != "" {
				t.Error(diff)
			}
			c := ConvertBulldozer(BulldozerFile, b)
			p, problems := ParsePolicy(PolicyFile, []byte("version: 1\nrules: [{name: a, paths: [a], require: {}}]\n"+c.Text))
			if problems != nil || len(c.Refused) > 0 {
				t.Fatal(c.Text, problems, c.Refused)
			}
			if diff := cmp.Diff(tt.want, p.Automerge.Update); diff != "" {
				t.Errorf("converted: %s", diff)
			}
		})
	}
}
