package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

const botExample = `# everything that a rule may say
policy:
  approval:
    - or:
        - the devtools team has approved
        - and: [only staging files have changed]
  disapproval:
    if: {title: {matches: ["^BLOCKED"]}}
    options:
      methods:
        disapprove: {comments: [":-1:"], github_review: true}
    requires: {organizations: [Palantir]}
approval_rules:
  - name: the devtools team has approved
    description: in words
    options:
      allow_author: false
      invalidate_on_push: true
      ignore_commits_by: {users: ["bulldozer[bot]"]}
      request_review: {enabled: true, mode: teams}
      methods: {comments: [], github_review_comment_patterns: ['\b(?i)lgtm']}
    requires: {count: 1, teams: [Palantir/Devtools], permissions: [write], admins: true}
  - name: only staging files have changed
    if:
      only_changed_files:
        paths: ["^staging/.*$"]
    requires:
      count: 0
`

func TestPolicyBotFileIsReadByItsName(t *testing.T) {
	got, problems := ParsePolicy("x/.policy.yml", []byte(botExample))
	if problems != nil {
		t.Fatal(problems)
	}
	staging, _ := policybot.Compile("^staging/.*$")
	lgtm, _ := policybot.Compile(`\b(?i)lgtm`)
	blocked, _ := policybot.Compile("^BLOCKED")
	up, yes := policybot.DefaultMethods(true), policybot.Methods{Comments: []string{}, Review: true, ReviewPatterns: []policybot.Pattern{lgtm}}
	want := Policy{PolicyBot: &policybot.Policy{
		Approval: &policybot.Node{Op: "and", Parts: []policybot.Node{{Op: "or", Parts: []policybot.Node{
			{Op: "rule"}, {Op: "and", Parts: []policybot.Node{{Op: "rule", Rule: 1}}},
		}}}},
		Disapproval: &policybot.Disapproval{If: []policybot.Condition{policybot.Match{Matches: []policybot.Pattern{blocked}}},
			Requires: policybot.Actors{Organizations: []string{"palantir"}}, Disapprove: policybot.Methods{Comments: []string{":-1:"}, Review: true}, Revoke: up},
		Rules: []policybot.Rule{
			{Name: "the devtools team has approved", Description: "in words", Line: 14, Options: policybot.Options{InvalidateOnPush: true,
				IgnoreCommitsBy: policybot.Actors{Users: []string{"bulldozer[bot]"}},
				RequestReview:   policybot.RequestReview{Enabled: true, Mode: "teams"}, Methods: yes},
				Requires: policybot.Requires{Count: 1, Actors: policybot.Actors{Teams: []string{"palantir/devtools"}, Permissions: []pull.Role{pull.Write, pull.Admin}}}},
			{Name: "only staging files have changed", Line: 23, Options: policybot.Options{Methods: up},
				If: []policybot.Condition{policybot.OnlyChangedFiles{Paths: []policybot.Pattern{staging}}}},
		},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(policybot.Match{}, policybot.OnlyChangedFiles{})); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}

func TestPolicyBotRemote(t *testing.T) {
	got, problems := ParsePolicyBot(".policy.yml", []byte("remote: acme/policies\npath: a/policy.yml\nref: main\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	if want := (policybot.Remote{Repo: "acme/policies", Path: "a/policy.yml", Ref: "main"}); *got.Remote != want {
		t.Errorf("got %+v, want %+v", *got.Remote, want)
	}
}

// TestThreat11PolicyBotProblems shows where each kind of fault is reported.
func TestThreat11PolicyBotProblems(t *testing.T) {
	rule := func(more string) string { return "approval_rules:\n  - name: a\n" + more }
	for name, tc := range map[string]struct{ text, want string }{
		"unknown key":          {"policies: {}\n", `:1:1: unknown key "policies"`},
		"misspelt predicate":   {rule("    if: {changed_file: {paths: [a]}}\n"), `:3:10: unknown key "changed_file"`},
		"duplicate key":        {rule("    requires: {count: 1, count: 2}\n"), `:3:26: the key "count" is there twice`},
		"duplicate rule":       {rule("  - name: a\n"), `:3:11: a rule named "a" is there already, on line 2`},
		"undefined rule":       {"policy: {approval: [b]}\n" + rule(""), `:1:21: there is no rule named "b"`},
		"no name":              {"approval_rules:\n  - requires: {count: 1}\n", ":2:5: the rule has no name"},
		"bad expression":       {rule("    if: {targets_branch: {pattern: \"a(\"}}\n"), ":3:36: pattern is not a regular expression"},
		"no pattern":           {rule("    if: {from_branch: {}}\n"), ":3:23: from_branch has no pattern"},
		"no paths":             {rule("    if: {changed_files: {paths: []}}\n"), ":3:25: paths is an empty list"},
		"vacuous status":       {rule("    if: {has_status: {statuses: []}}\n"), ":3:33: statuses is an empty list"},
		"vacuous labels":       {rule("    if: {has_labels: []}\n"), ":3:22: has_labels is an empty list"},
		"vacuous title":        {rule("    if: {title: {}}\n"), ":3:17: title has no pattern"},
		"conclusion":           {rule("    if: {has_status: {statuses: [a], conclusions: [sucess]}}\n"), `"sucess" is not how a check can end`},
		"comparison":           {rule("    if: {modified_lines: {total: \">= 3\"}}\n"), `:3:34: ">= 3" is no comparison`},
		"permission":           {rule("    requires: {count: 1, permissions: [owner]}\n"), `:3:40: a permission is "owner"`},
		"team":                 {rule("    requires: {count: 1, teams: ['@acme/sre']}\n"), `"@acme/sre" is not a team`},
		"short key id":         {rule("    if: {has_valid_signatures_by_keys: {key_ids: [71567BD2]}}\n"), `"71567BD2" is not a key id`},
		"two conjunctions":     {"policy: {approval: [{or: [a], and: [a]}]}\n" + rule(""), "a conjunction must have exactly one key"},
		"empty conjunction":    {"policy: {approval: [{or: []}]}\n" + rule(""), ":1:26: or is an empty list"},
		"unknown key of globs": {rule("    if: {only_changed_files: {globs: [a], ignore_globs: [b]}}\n"), `:3:43: unknown key "ignore_globs" in only_changed_files`},
		"misspelt globs":       {rule("    if: {file_added: {glob: [a]}}\n"), `:3:23: unknown key "glob"`},
		"no paths added":       {rule("    if: {file_added: {}}\n"), ":3:22: file_added has no paths"},
		"no globs":             {rule("    if: {file_not_deleted: {globs: []}}\n"), ":3:28: globs is an empty list"},
		"bad glob":             {rule("    if: {changed_files: {globs: ['a/[']}}\n"), `:3:34: "a/[" is not a valid pattern`},
		"exploding glob":       {rule("    if: {changed_files: {globs: ['" + strings.Repeat("{a,b}", 7) + "']}}\n"), ":3:34: the braces stand for more than 64 patterns"},
		"long glob":            {rule("    if: {changed_files: {globs: [" + strings.Repeat("a", 2000) + "]}}\n"), ":3:34: the pattern is longer than 1024 bytes"},
		"brace in a class":     {rule("    if: {changed_files: {globs: ['a[{]b']}}\n"), "the class [{] holds a brace"},
		"too many globs":       {rule("    if: {changed_files: {globs: [" + strings.Repeat("'"+strings.Repeat("{a,b}", 6)+"', ", 63) + "a]}}\n"), "stand for more than 4000 patterns"},
		"files of lines":       {rule("    if: {modified_lines: {total: '> 1', files: {includes: [a]}}}\n"), `:3:49: unknown key "includes" in files`},
		"files alone":          {rule("    if: {modified_lines: {files: {include: [a]}}}\n"), "modified_lines compares nothing"},
		"defaults' own key":    {"approval_defaults: {option: {}}\n", `:1:21: unknown key "option" in approval_defaults`},
		"defaults' option":     {"approval_defaults: {options: {invalidate_on_pusch: true}}\n", `:1:31: unknown key "invalidate_on_pusch" in options`},
		"defaults misspelt":    {"approval_default: {options: {}}\n", `did you mean`},
		"defaults in a rule":   {rule("    approval_defaults: {}\n"), `:3:5: unknown key "approval_defaults" in a rule`},
		"remote and defaults":  {"remote: acme/x\napproval_defaults: {}\n", ":2:1: approval_defaults stands beside remote"},
		"remote beside policy": {"remote: acme/x\npolicy: {}\n", ":2:1: policy stands beside remote"},
		"remote path alone":    {"path: x\n", ":1:1: path is only understood beside remote"},
		"remote of nothing":    {"remote: acme\n", `remote is "acme", not a repository`},
		"negative count":       {rule("    requires: {count: -1}\n"), ":3:23: count is -1, less than 0"},
		"anchor":               {"policy: &a {}\n", ":1:9: anchors (&) are not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := ParsePolicyBot(".policy.yml", []byte(tc.text))
			if problems == nil || !strings.Contains(problems.Error(), tc.want) {
				t.Errorf("got %v, want %q", problems, tc.want)
			}
		})
	}
}

func TestPolicyBotNestingHasALimit(t *testing.T) {
	text := strings.Repeat("{or: [", 11) + "a" + strings.Repeat("]}", 11)
	_, problems := ParsePolicyBot(".policy.yml", []byte("policy: {approval: ["+text+"]}\napproval_rules: [{name: a}]\n"))
	if problems == nil || !strings.Contains(problems.Error(), "deep") {
		t.Errorf("got %v, want it refused as too deep", problems)
	}
}

func FuzzPolicyBot(f *testing.F) {
	f.Add(botExample)
	f.Add("remote: a/b\n")
	f.Add("policy: {approval: [{or: [a]}]}\napproval_rules: [{name: a, if: {modified_lines: {total: '> 1'}}}]\n")
	f.Add("approval_defaults: {options: {allow_author: true, methods: {comments: []}}}\napproval_rules: [{name: a, options: {methods: {github_review: false}}}]\n")
	f.Add("policy: {approval: [a]}\napproval_rules: [{name: a, if: {file_not_added: {globs: ['{a,b}/**/[c-d]?*']}, only_changed_files: {paths: [a], globs: ['**']}}}]\n")
	f.Add("policy: {approval: [a]}\napproval_rules: [{name: a, if: {modified_lines: {total: '< 9', files: {include_globs: ['a/*'], exclude: ['b']}}}}]\n")
	for _, bad := range badInput {
		f.Add(bad.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, problems := ParsePolicyBot(".policy.yml", []byte(text))
		if (p == nil) != (problems != nil) {
			t.Fatalf("got %v and %v; want exactly one", p, problems)
		}
		for _, problem := range problems.List() {
			if problem.Line > 0 && (problem.Col < 1 || problem.Text == "") {
				t.Errorf("a problem without a place or words: %+v", problem)
			}
		}
		if p == nil {
			return
		}
		if v := policybot.Judge(*p, pull.Request{}, nil); v.State == pull.Pass {
			t.Errorf("an empty pull request passed:\n%s", text)
		}
	})
}
