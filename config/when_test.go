package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/approval"
)

// everything is a rule that uses every key of the language.
const everything = `version: 1
rules:
  - name: all
    paths: ["**"]
    when:
      author: [ana, "@acme/sre", "renovate[bot]"]
      contributors: write
      only_contributors: [user:admin]
      author_is_only_contributor: false
      target: [main, "release/*"]
      source: "renovate/**"
      repository: [acme/*]
      labels: [small]
      title: {matches: ["^docs:"], not_matches: WIP}
      draft: false
      changed: [docs/**]
      not_changed: {paths: [prod/**], ignore: [prod/README.md]}
      only_changed: {paths: "docs/**"}
      size: [{added: "> 1", deleted: "< 5"}, {total: "= 7"}]
      checks: {names: [plan], conclusions: [success, neutral], app: 15368}
      workflows: {paths: .github/workflows/ci.yml}
      signatures: {valid: true, by: [admin], keys: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]}
    require:
      approvals:
        count: 2
        from: ["@acme/sre", "@acme/dba"]
        distinct_teams: 2
        author: ignored
        contributors: counts
        non_author_contributors: counts
        ignore_commits_by: ["renovate[bot]"]
        ignore_update_merges: true
        by: {reviews: true, comments: [":+1:", "/^lgtm/"], body: [agreed]}
      owners:
        count: 2
        files: [{paths: [prod/**], from: [ana]}]
      codeowners: {count: 2, unowned: allow}
    block: {from: [ana], comments: [/veto], lift: [admin]}
    request_reviews: {mode: random, count: 2}
`

func TestEveryKeyIsRead(t *testing.T) {
	got, problems := ParsePolicy("p", []byte(everything))
	if problems != nil {
		t.Fatal(problems)
	}
	no := false
	want := approval.Rule{
		Name: "all", Paths: []string{"**"}, Line: 3,
		When: approval.When{
			Author: []string{"ana", "@acme/sre", "renovate[bot]"}, Contributors: []string{"write"}, OnlyContributors: []string{"user:admin"},
			AuthorIsOnlyContributor: &no, Target: []string{"main", "release/*"}, Source: []string{"renovate/**"},
			Repository: []string{"acme/*"}, Labels: []string{"small"}, Draft: &no,
			Title:   &approval.Title{Matches: []string{"^docs:"}, NotMatches: []string{"WIP"}},
			Changed: &approval.Paths{Match: []string{"docs/**"}}, OnlyChanged: &approval.Paths{Match: []string{"docs/**"}},
			NotChanged: &approval.Paths{Match: []string{"prod/**"}, Ignore: []string{"prod/README.md"}},
			Size:       []approval.Size{{Added: "> 1", Deleted: "< 5"}, {Total: "= 7"}},
			Checks:     &approval.Results{Names: []string{"plan"}, Conclusions: []string{"success", "neutral"}, App: 15368},
			Workflows:  &approval.Results{Names: []string{".github/workflows/ci.yml"}, Conclusions: []string{"success"}},
			Signatures: &approval.Signatures{By: []string{"admin"}, Keys: []string{strings.Repeat("A", 40)}},
		},
		Require: approval.Requirement{
			Approvals: &approval.Approvals{
				Count: 2, From: []string{"@acme/sre", "@acme/dba"}, DistinctTeams: 2, Author: "ignored", Contributors: "counts",
				NonAuthorContributors: "counts", IgnoreCommitsBy: []string{"renovate[bot]"}, IgnoreUpdateMerges: true,
				By: &approval.Methods{Reviews: true, Comments: []string{":+1:", "/^lgtm/"}, Body: []string{"agreed"}},
			},
			Owners:     &approval.Owners{Count: 2, Files: []approval.Ownership{{Paths: []string{"prod/**"}, From: []string{"ana"}}}},
			Codeowners: &approval.Codeowners{Count: 2, Unowned: "allow"},
		},
		Block:     &approval.Block{From: []string{"ana"}, Comments: []string{"/veto"}, Lift: []string{"admin"}},
		Reviewers: &approval.ReviewRequests{Mode: "random", Count: 2},
	}
	if diff := cmp.Diff(want, got.Approval.Rules[0]); diff != "" {
		t.Errorf("rule (-want +got):\n%s", diff)
	}
	if err := got.Approval.Check(); err != nil {
		t.Errorf("the parser accepts what the judge refuses: %v", err)
	}
}

func TestThreat11StrictLanguage(t *testing.T) {
	when := func(text string) string { return rule("paths: [a]", "when: "+text, ok) }
	require := func(text string) string { return rule("paths: [a]", "require: "+text) }
	approvals := func(text string) string { return require("{approvals: " + text + "}") }
	extra := func(text string) string { return rule("paths: [a]", ok, text) }
	for _, test := range []struct{ name, text, want string }{
		{"an empty when", when("{}"), "p:5:9: when has no condition"},
		{"when of nothing", when(""), "p:5:8: when must be a mapping of keys to values, not nothing"},
		{"a misspelt condition", when("{autor: [ana]}"), `p:5:10: unknown key "autor" in when`},
		{"a condition of nothing", when("{author: ~}"), "p:5:18: an entry of author must be text, not nothing"},
		{"an empty list", when("{author: []}"), "p:5:18: author is an empty list"},
		{"a role-like author", when("{author: [admins]}"), `p:5:19: "admins" looks like a role, but the roles are admin, maintain, write, triage and read`},
		{"an organisation", when("{author: [\"org:acme\"]}"), `p:5:19: "org:acme" is neither a role, nor a team, nor a GitHub login`},
		{"a flag as text", when(`{draft: "true"}`), "p:5:17: draft must be true or false, not text"},
		{"a bad branch", when("{target: [/main]}"), `p:5:19: "/main" begins with a slash and would match nothing: patterns are anchored at the root already`},
		{"a bad expression", when(`{title: {matches: "(a"}}`), "p:5:27: missing closing ): `(a`"},
		{"an expression of nothing", when(`{title: {not_matches: "x*"}}`), `p:5:31: "x*" matches the empty text, so it finds something in every text`},
		{"a huge expression", when(`{title: {matches: "` + strings.Repeat("a", 600) + `"}}`), "p:5:27: the expression is longer than 512 bytes"},
		{"an exploding expression", when(`{title: {matches: "((a{1,100}){1,100}){1,100}"}}`), "p:5:27: invalid repeat count: `{1,100}`"},
		{"an expression that repeats large classes", when(`{title: {matches: "\\pL{900}"}}`), "p:5:27: the expression repeats too much to be matched cheaply"},
		{"too many expressions", when("{title: {matches: [" + strings.Repeat("a, ", 200) + "b]}}"), "p:5:628: more than 200 expressions and phrases in one file"},
		{"a title of nothing", when("{title: {}}"), "p:5:17: title says nothing of the title"},
		{"a title as text", when("{title: docs}"), "p:5:17: title must be a mapping of keys to values, not text"},
		{"paths to ignore only", when("{changed: {ignore: [a]}}"), "p:5:19: changed has no paths"},
		{"a bad pattern to ignore", when("{changed: {paths: [a], ignore: [b/]}}"), `p:5:41: "b/" ends with a slash and would match nothing`},
		{"a size of nothing", when("{size: {}}"), "p:5:16: size compares nothing"},
		{"a size without operator", when(`{size: {added: "100"}}`), `p:5:24: "100" is no comparison`},
		{"a size as number", when(`{size: {added: 100}}`), "p:5:24: added must be text, not a number"},
		{"a size that is always there", when(`{size: {added: ">= 0"}}`), `p:5:24: ">= 0" is always the same, whatever changes`},
		{"checks without names", when("{checks: {conclusions: [success]}}"), "p:5:18: checks has no names"},
		{"our own check", when("{checks: {names: [sallyport/duo]}}"), "p:5:27: sallyport/duo is what this policy decides, so it cannot be a condition"},
		{"an unknown conclusion", when("{checks: {names: [a], conclusions: [sucess]}}"), `p:5:45: a conclusion is "sucess", not success, failure, neutral, skipped, cancelled, timed_out, action_required, stale, startup_failure or error`},
		{"a conclusion twice", when("{checks: {names: [a], conclusions: [success, success]}}"), `p:5:54: "success" is listed twice`},
		{"signatures of nothing", when("{signatures: {}}"), "p:5:22: signatures says nothing"},
		{"invalid signatures", when("{signatures: {valid: false}}"), "p:5:30: valid can only be true"},
		{"a short key id", when("{signatures: {keys: [DEADBEEF]}}"), `p:5:30: "DEADBEEF" is not a fingerprint`},
		{"more teams than named", approvals(`{count: 2, from: ["@a/b"], distinct_teams: 2}`), "p:5:67: distinct_teams is 2, but from names 1 teams"},
		{"more teams than people", approvals(`{from: ["@a/b", "@a/c"], distinct_teams: 2}`), "p:5:65: distinct_teams is 2, but count is 1"},
		{"one team", approvals(`{from: ["@a/b", "@a/c"], distinct_teams: 1}`), "p:5:65: distinct_teams is 1, less than 2"},
		{"an option that is neither", approvals("{author: true}"), "p:5:33: author must be text, not true or false"},
		{"contributors both ways", approvals("{contributors: counts, non_author_contributors: ignored}"), "p:5:47: contributors count and are ignored at once"},
		{"no method", approvals("{by: {reviews: false}}"), "p:5:29: by names no way to approve"},
		{"a phrase of two lines", approvals(`{by: {comments: ["a\nb"]}}`), "p:5:41: a phrase is one line without spaces around it"},
		{"owners without files", require("{owners: {count: 1}}"), "p:5:21: owners has no files"},
		{"owners of nobody", require("{owners: {files: [{paths: [a]}]}}"), "p:5:30: the entry has no from"},
		{"codeowners: false", require("{codeowners: false}"), "p:5:25: codeowners can only be true"},
		{"codeowners: unowned", require("{codeowners: {unowned: pass}}"), `p:5:35: unowned is "pass", not allow`},
		{"block without from", extra("block: {lift: [ana]}"), "p:6:10: block has no from"},
		{"request_reviews without mode", extra("request_reviews: {count: 1}"), "p:6:20: request_reviews has no mode"},
		{"request_reviews: count of all", extra("request_reviews: {mode: all, count: 1}"), "p:6:32: count is for mode: random only"},
		{"request_reviews of nothing", rule("paths: [a]", "require: {}", "request_reviews: {mode: all}"), "p:6:3: request_reviews asks for reviews that the rule does not require"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := ParsePolicy("p", []byte(test.text))
			if problems == nil {
				t.Fatalf("got no problem, want %q", test.want)
			}
			got, _, _ := strings.Cut(problems.Error(), "\n")
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if problems.List()[0].Mend == "" {
				t.Error("no mend is offered")
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	policy, problems := ParsePolicy("p", []byte(rule(`paths: ["**"]`, ok)+"- name: late\n  paths: [prod/**]\n  require: {}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	want := []Problem{{File: "p", Line: 6, Col: 1, Excerpt: "- name: late", Mend: "move it up, or delete it",
		Text: `the rule "late" can never match: every path that it names is governed by an earlier rule, at the latest by "all" on line 3`}}
	if diff := cmp.Diff(want, policy.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
