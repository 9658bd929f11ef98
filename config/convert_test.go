package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

// exact are the options under which both languages mean the same by an approval.
const exact = "options: {invalidate_on_push: true, methods: {comments: []}}"

const convertible = `
approval_rules:
  - {name: an admin, requires: {count: 1, permissions: [admin]}, ` + exact + `}
  - {name: two writers, requires: {count: 2, permissions: [write]}, ` + exact + `}
  - {name: sre, requires: {count: 1, teams: [acme/sre], users: [ana]}, ` + exact + `}
  - {name: staging only, if: {only_changed_files: {paths: ["^staging/.*$"]}}}
  - {name: docs only, if: {only_changed_files: {paths: ["^docs/.*\\.md$", "^README\\.md$"]}}, requires: {count: 1, users: [eve]}, ` + exact + `}
  - {name: globbed docs, if: {only_changed_files: {paths: ["^README\\.md$"], globs: ["docs/*.{md,txt}", "[a-c]x"]}}, requires: {count: 1, users: [eve]}, ` + exact + `}
  - {name: globbed, if: {changed_files: {globs: ["{prod,live}/**", "oth?r"]}}, requires: {count: 1, teams: [acme/sre]}, ` + exact + `}
  - {name: prod, if: {changed_files: {paths: ["^prod/"]}}, requires: {count: 1, teams: [acme/sre]}, ` + exact + `}
`

// TestConvertedPoliciesJudgeAlike judges a body of cases in both languages.
func TestConvertedPoliciesJudgeAlike(t *testing.T) {
	for _, tree := range []string{
		"[an admin]", "[an admin, sre]", "[{or: [an admin, two writers]}]", "[{or: [staging only, an admin]}]",
		"[{or: [docs only, an admin]}, prod, {or: [staging only, sre]}]", "[{or: [{and: [an admin, sre]}, two writers]}, prod]",
		"[prod, {or: [staging only, sre]}, two writers]", "[globbed, an admin]", "[{or: [globbed docs, an admin]}]",
	} {
		t.Run(tree, func(t *testing.T) {
			bot, problems := ParsePolicyBot(".policy.yml", []byte("policy: {approval: "+tree+"}"+convertible))
			if problems != nil {
				t.Fatal(problems)
			}
			c := Convert(".policy.yml", *bot)
			native, problems := ParsePolicy(".sallyport.yml", []byte(c.Text))
			if problems != nil || len(c.Refused) > 0 {
				t.Fatalf("%v %v\n%s", c.Refused, problems, c.Text)
			}
			alike(t, *bot, native.Approval, c.Text)
		})
	}
}

func alike(t *testing.T, bot policybot.Policy, native approval.Policy, text string) {
	t.Helper()
	passed := 0
	paths := []string{"staging/a", "prod/b", "docs/c.md", "README.md", "other", "docs/x", ".policy.yml"}
	for set := range 1 << len(paths) {
		for who := range 1 << 4 {
			r := convertCase(paths, set, who)
			a := policybot.Judge(bot, r, nil)
			b, _ := approval.Judge(native, r, nil, pull.Pass)
			tier := slices.ContainsFunc(r.Files, func(f pull.File) bool { return f.Path == ".policy.yml" })
			if tier && a.State == pull.Pass && b.Lead().Evidence["rule"] == "what decides landings, and no rule names" {
				continue // stricter, as the notes say
			}
			if (a.State == pull.Pass) != (b.State == pull.Pass) {
				t.Fatalf("paths %v, reviews %v: policy-bot's %s %q, ours %s %q\n%s", r.Files, r.Reviews, a.State, a.Lead().Message, b.State, b.Lead().Message, text)
			}
			if a.State == pull.Pass {
				passed++
			}
		}
	}
	if passed == 0 {
		t.Error("no case passed; the comparison says nothing")
	}
}

func convertCase(paths []string, set, who int) pull.Request {
	accounts := []pull.Account{{ID: 1, Login: "ana", Kind: pull.User}, {ID: 2, Login: "cy", Kind: pull.User},
		{ID: 3, Login: "eve", Kind: pull.User}, {ID: 4, Login: "dee", Kind: pull.User}}
	dee := accounts[3]
	r := pull.Request{Author: dee, Pusher: dee, Test: pull.TestMerge{State: pull.Clean}, Content: "now", Head: pull.Head{SHA: "h"},
		Commits: []pull.Commit{{SHA: "h", Author: dee, Committer: dee}}, CommitsTotal: 1,
		Standing: pull.Standing{Roles: map[int64]pull.Role{1: pull.Admin, 2: pull.Write, 3: pull.Write, 4: pull.Write},
			Members: map[string][]int64{"acme/sre": {2}}}}
	for i, path := range paths {
		if set&(1<<i) != 0 {
			r.Files = append(r.Files, pull.File{Path: path, OldMode: pull.Regular, NewMode: pull.Regular})
		}
	}
	for i, a := range accounts {
		if who&(1<<i) != 0 {
			r.Reviews = append(r.Reviews, pull.Review{ID: int64(i + 1), Author: a, State: pull.Approved, Commit: "h"})
		}
	}
	return r
}

func TestConvertNotesWhereItIsStricter(t *testing.T) {
	bot, problems := ParsePolicyBot(".policy.yml", []byte("policy: {approval: [a]}\napproval_rules: [{name: a, requires: {count: 1, users: [admin]}}]\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	c := Convert(".policy.yml", *bot)
	for _, want := range []string{"# Stricter: Comments", "# Stricter: An approval counts for the content", `from: ["user:admin"]`} {
		if !strings.Contains(c.Text, want) {
			t.Errorf("%q is not in:\n%s", want, c.Text)
		}
	}
}

func TestConvertRefusesWhatItCannotSay(t *testing.T) {
	rule := func(more string) string {
		return "policy: {approval: [a]}\napproval_rules:\n  - name: a\n    " + more + "\n"
	}
	approve := func(options string) string {
		return rule("requires: {count: 1, users: [x]}\n    options: {" + options + "}")
	}
	for text, want := range map[string]string{
		rule("if: {file_added: {paths: [a]}}"):                                                              "conditional on file_added",
		rule("if: {file_not_added: {globs: [a]}}"):                                                          "conditional on file_not_added",
		rule("if: {file_deleted: {globs: [a]}}"):                                                            "conditional on file_deleted",
		rule("if: {file_not_deleted: {paths: [a]}}"):                                                        "conditional on file_not_deleted",
		rule("if: {changed_files: {globs: [a], ignore_globs: [b]}}"):                                        "conditional on changed_files: a rule that must hold may only be conditional on changed_files, without ignore",
		rule("if: {no_changed_files: {globs: [a]}}"):                                                        "conditional on no_changed_files",
		rule("if: {changed_files: {globs: ['a/**.md']}}"):                                                   "the glob a/**.md, which is no path pattern: in",
		rule("if: {changed_files: {globs: ['/a']}}"):                                                        "the glob /a, which is no path pattern",
		rule("if: {modified_lines: {total: '> 1', files: {exclude_globs: [a]}}}"):                           "conditional on modified_lines: files, which",
		rule("requires: {conditions: {file_deleted: {paths: [a]}}}"):                                        "the condition file_deleted",
		"approval_defaults: {options: {methods: {github_review: false}}}\n" + approve("allow_author: true"): "github_review: false",
		"policy: {approval: [c, a, b]}\napproval_rules:\n  - {name: a, if: {changed_files: {globs: ['a/?.md']}}}\n  - {name: b, if: {changed_files: {globs: ['a/{x,y}.md']}}}\n  - {name: c}\n":         "may apply to one path",
		"policy: {approval: [c, a, b]}\napproval_rules:\n  - {name: a, if: {changed_files: {globs: ['*.md']}}}\n  - {name: b, if: {changed_files: {paths: ['^b/']}}}\n  - {name: c}\n":                  "may apply to one path",
		"policy: {approval: [{or: [b, d, a]}]}\napproval_rules:\n  - {name: a}\n  - {name: b, if: {only_changed_files: {paths: ['^b/']}}}\n  - {name: d, if: {only_changed_files: {paths: ['^d/']}}}\n": "a second such alternative",
		"remote: acme/x\n":                                                                   "kept in another repository",
		"policy: {approval: []}\n":                                                           "approves nothing",
		rule("if: {has_author_in: {organizations: [acme]}}"):                                 "organisation acme",
		rule("if: {has_contributor_in: {users: [x]}}"):                                       "conditional on has_contributor_in",
		rule("if: {author_is_only_contributor: false}"):                                      "conditional on author_is_only_contributor",
		rule("if: {author_is_only_contributor: true}\n    requires: {count: 1, users: [x]}"): "conditional on author_is_only_contributor",
		rule("if: {from_branch: {pattern: '^x$'}}"):                                          "conditional on from_branch",
		rule("if: {targets_branch: {pattern: 'x'}}"):                                         "conditional on targets_branch",
		rule("if: {repository: {matches: [x]}}"):                                             "conditional on repository",
		rule("if: {title: {matches: [x], not_matches: [y]}}"):                                "conditional on title",
		"policy: {approval: [a, b, c]}\napproval_rules:\n  - {name: a, if: {title: {matches: [x]}}}\n  - {name: b, if: {title: {matches: [y]}}}\n  - {name: c}\n":                                                                                              "conditional on title, in different ways",
		"policy: {approval: [a, b, c, d, e]}\napproval_rules:\n  - {name: a, if: {has_labels: [a]}}\n  - {name: b, if: {has_labels: [b]}}\n  - {name: c, if: {has_labels: [c]}}\n  - {name: d, if: {has_labels: [d]}}\n  - {name: e, if: {has_labels: [e]}}\n": "5 different conditions",
		rule("if: {only_changed_files: {paths: [a]}}"):                                      "conditional on only_changed_files",
		rule("if: {changed_files: {paths: [a]}}"):                                           "has the expression a",
		rule("if: {changed_files: {paths: ['^a/']}}"):                                       "every rule is conditional",
		rule("requires: {conditions: {has_labels: [x]}}"):                                   "the condition has_labels",
		rule("requires: {count: 1, organizations: [acme]}"):                                 "organisation acme",
		rule("requires: {count: 1}"):                                                        "names nobody",
		approve("methods: {github_review: false}"):                                          "github_review: false",
		approve("ignore_edited_comments: true"):                                             "ignore_edited_comments",
		approve("methods: {github_review_comment_patterns: [x]}"):                           "github_review_comment_patterns",
		strings.Replace(rule(""), "[a]}", "[a], disapproval: {requires: {users: [x]}}}", 1): "disapproval",
		"policy: {approval: [c, a, b]}\napproval_rules:\n  - name: a\n    if: {changed_files: {paths: ['^a/']}}\n  - name: b\n    if: {changed_files: {paths: ['^a/b/']}}\n  - name: c\n": "may apply to one path",
	} {
		bot, problems := ParsePolicyBot(".policy.yml", []byte(text))
		if problems != nil {
			t.Fatal(problems)
		}
		c := Convert(".policy.yml", *bot)
		if got := fmt.Sprint(c.Refused); want != "" && (!strings.Contains(got, want) || c.Text != "") {
			t.Errorf("%s: got %s, want %q", text, got, want)
		}
	}
}

// TestConvertedFoldersHoldWhatIsBelowThem: an expression for a folder does not match a file of the folder's name.
func TestConvertedFoldersHoldWhatIsBelowThem(t *testing.T) {
	native, bot, text := convertedBoth(t, "policy: {approval: [{or: [staging only, an admin]}]}"+convertible)
	for path, free := range map[string]bool{"staging": false, "staging/a": true, "staging/a/b": true, "staging/.a": true, "a/staging/b": false} {
		r := convertCase([]string{path}, 1, 0)
		a := policybot.Judge(bot, r, nil)
		if b, _ := approval.Judge(native, r, nil, pull.Pass); (a.State == pull.Pass) != free || (b.State == pull.Pass) != free {
			t.Errorf("%s: policy-bot's %s, ours %s, is it free? %t\n%s", path, a.State, b.State, free, text)
		}
	}
}
