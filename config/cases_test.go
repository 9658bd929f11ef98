package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sallyport/sallyport/pull"
)

func TestACaseInFull(t *testing.T) {
	cases, problems := ParseCases("cases.yml", []byte(`- name: in full
  policy: other.yml
  title: Raise it
  source: raise
  target: release
  draft: true
  labels: [urgent]
  size: {added: 3, deleted: 1}
  change: [a, {path: b, was: c}, {path: d, mode: removed}, {path: e, mode: executable}]
  author: {login: dev, role: maintain, teams: [Acme/SRE]}
  pusher: eve
  people: [{login: bo, role: admin}]
  reviews:
    - ana
    - {by: {login: cy, role: none}, state: changes-requested}
    - {by: bo, state: dismissed, on: earlier}
  commits:
    - {author: dev, committer: eve, co_authors: [bo], signed: true}
    - {unattributed: true}
    - {author: dev, key: abcd}
  checks: [{name: ci, app: 7}, {name: lint, kind: status, conclusion: failure}, {name: plan, conclusion: running}]
  workflows: [{path: .github/workflows/ci.yml, conclusion: skipped}]
  expect:
    approval: wait
    code: [one, two]
    duo: both
    signatures: required
    by_rule: {some rule: not-governing}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	dev := CasePerson{Login: "dev", Role: pull.Maintain, Teams: []string{"acme/sre"}}
	write := func(login string) CasePerson { return CasePerson{Login: login, Role: pull.Write} }
	bo := CasePerson{Login: "bo", Role: pull.Admin}
	cy := CasePerson{Login: "cy"}
	plain := func(path string) pull.File {
		return pull.File{Path: path, OldMode: pull.Regular, NewMode: pull.Regular}
	}
	want := Case{
		Name: "in full", Line: 1, Policy: "other.yml", Title: "Raise it", Source: "raise", Target: "release", Draft: true,
		Labels: []string{"urgent"}, Size: &pull.Size{Added: 3, Deleted: 1},
		Files: []pull.File{plain("a"), {Path: "c", OldMode: pull.Regular}, {Path: "b", NewMode: pull.Regular},
			{Path: "d", OldMode: pull.Regular}, {Path: "e", OldMode: pull.Regular, NewMode: pull.Executable}},
		Author: dev, Pusher: write("eve"), People: []CasePerson{bo}, Named: []CasePerson{dev, bo, write("eve"), write("ana"), cy},
		Reviews: []CaseReview{{By: write("ana"), State: pull.Approved}, {By: cy, State: pull.ChangesRequested},
			{By: bo, State: pull.Dismissed, Earlier: true}},
		Commits: []CaseCommit{
			{Author: dev, Committer: write("eve"), CoAuthors: []CasePerson{bo}, Signed: true, SignedBy: dev},
			{Unattributed: true}, {Author: dev, Committer: dev, Signed: true, SignedBy: dev, Key: "ABCD"},
		},
		Checks: []pull.Check{
			{Kind: pull.CheckRun, Name: "ci", App: 7, Status: "completed", Conclusion: "success"},
			{Kind: pull.CommitStatus, Name: "lint", Status: "completed", Conclusion: "failure"},
			{Kind: pull.CheckRun, Name: "plan", Status: "in_progress"},
		},
		Workflows: []pull.Workflow{{Path: ".github/workflows/ci.yml", Status: "completed", Conclusion: "skipped"}},
		Expect: Expect{Approval: "wait", Codes: []string{"one", "two"}, Duo: "both", Signatures: Required,
			Rules: []ExpectRule{{"some rule", NotGoverning}}},
	}
	if diff := cmp.Diff([]Case{want}, cases, cmpopts.IgnoreUnexported(CasePerson{})); diff != "" {
		t.Errorf("the case (-want +got):\n%s", diff)
	}
}

func TestCaseProblems(t *testing.T) {
	const rest = ", author: dev, expect: {approval: pass}}"
	for name, tt := range map[string]struct{ text, want string }{
		"no list":          {"name: a", "cases.yml:1:1: a file of policy tests must be a list, not a mapping"},
		"no case":          {"- a", "cases.yml:1:3: a case must be a mapping of keys to values, not text"},
		"an unknown key":   {"- {name: a, chnage: [x]" + rest, `cases.yml:1:13: unknown key "chnage" in a case`},
		"no change":        {"- {name: a" + rest, "the case has no change"},
		"no name":          {"- {change: [x]" + rest, "the case has no name"},
		"a name twice":     {"- {name: a, change: [x]" + rest + "\n- {name: a, change: [x]" + rest, `cases.yml:2:3: a case named "a" is there already, on line 1`},
		"nothing expected": {"- {name: a, change: [x], author: dev, expect: {}}", "cases.yml:1:47: expect is empty"},
		"a state":          {"- {name: a, change: [x], author: dev, expect: {approval: passes}}", `approval is "passes", not pass, wait or block`},
		"a rule's state":   {"- {name: a, change: [x], author: dev, expect: {by_rule: {r: yes}}}", `r is "yes", not pass, wait, block or not-governing`},
		"a rule twice":     {"- {name: a, change: [x], author: dev, expect: {by_rule: {r: pass, r: wait}}}", `the rule "r" is there twice`},
		"a path":           {"- {name: a, change: [/x]" + rest, `"/x" is not a path as git writes it`},
		"a path twice":     {"- {name: a, change: [x, {path: y, was: x}]" + rest, `the path "x" is there twice`},
		"a mode":           {"- {name: a, change: [{path: x, mode: link}]" + rest, `mode is "link", not text, executable, symlink, submodule or removed`},
		"no path":          {"- {name: a, change: [{mode: text}]" + rest, "the change has no path"},
		"a login":          {"- {name: a, change: [x], author: '@dev', expect: {approval: pass}}", `"@dev" is not a GitHub login`},
		"a role":           {"- {name: a, change: [x], author: {login: dev, role: owner}, expect: {approval: pass}}", `role is "owner", not admin, maintain, write, triage, read or none`},
		"a team":           {"- {name: a, change: [x], author: {login: dev, teams: [sre]}, expect: {approval: pass}}", `"sre" is not a team`},
		"two roles":        {"- {name: a, change: [x], reviews: [{by: dev, role: admin}], author: {login: Dev, role: read}, expect: {approval: pass}}", "dev has another role or other teams further up in this case"},
		"a review":         {"- {name: a, change: [x], reviews: [{state: approved}]" + rest, "the review has no by"},
		"a review's word":  {"- {name: a, change: [x], reviews: [{by: b, state: aproved}]" + rest, `did you mean "approved"?`},
		"a review's head":  {"- {name: a, change: [x], reviews: [{by: b, on: base}]" + rest, `on is "base", not head or earlier`},
		"a commit":         {"- {name: a, change: [x], commits: [{signed: true}]" + rest, "the commit has no author"},
		"a check":          {"- {name: a, change: [x], checks: [{conclusion: success}]" + rest, "the check has no name"},
		"a conclusion":     {"- {name: a, change: [x], workflows: [{path: w, conclusion: good}]" + rest, `conclusion is "good", not success`},
		"an alias":         {"- {name: a, change: &x [y]" + rest, "anchors (&) are not allowed"},
		"a comment":        {"- {name: a, change: [x], comments: [{by: b}]" + rest, "the comment has no text"},
		"a repository":     {"- {name: a, change: [x], repository: jobs" + rest, `"jobs" is not a repository`},
		"too many":         {strings.Repeat("- a\n", casesMost+1), fmt.Sprintf("more than %d cases", casesMost)},
	} {
		t.Run(name, func(t *testing.T) {
			cases, problems := ParseCases("cases.yml", []byte(tt.text+"\n"))
			if problems == nil || !strings.Contains(problems.Error(), tt.want) || cases != nil {
				t.Errorf("got %d cases, %v; want none, %q", len(cases), problems, tt.want)
			}
		})
	}
}

func FuzzParseCases(f *testing.F) {
	f.Add("- {name: a, change: [x], author: dev, expect: {approval: pass}}\n")
	f.Add("- name: a\n  change: [{path: x, was: y}]\n  reviews: [{by: {login: ana, teams: [a/b]}}]\n  author: dev\n  expect: {by_rule: {r: pass}}\n")
	f.Add("- {author: , reviews: [{by: }], commits: [{}], checks: [x], expect: {by_rule: x}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		cases, problems := ParseCases("cases.yml", []byte(text))
		if problems != nil && cases != nil {
			t.Errorf("cases in spite of %v", problems)
		}
		for _, c := range cases {
			if c.Name == "" || len(c.Files) == 0 || c.Author.Login == "" {
				t.Errorf("half a case: %+v", c)
			}
		}
	})
}
