package config

import (
	"testing"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

const conditional = `
approval_rules:
  - {name: an admin, requires: {count: 1, permissions: [admin]}, ` + exact + `}
  - {name: sre, requires: {count: 1, teams: [acme/sre]}, ` + exact + `}
  - {name: staging only, if: {only_changed_files: {paths: ["^staging/.*$"]}, has_labels: [Quick]}}
  - {name: prod, if: {changed_files: {paths: ["^prod/"]}, targets_branch: {pattern: "^(main|release/1)$"}}, requires: {count: 1, teams: [acme/sre]}, ` + exact + `}
  - {name: risky, if: {has_labels: [risky, quick]}, requires: {count: 2, permissions: [write]}, ` + exact + `}
  - {name: fixes, if: {title: {matches: ["^fix:"]}}, requires: {count: 1, users: [eve]}, ` + exact + `}
  - {name: finished, if: {title: {not_matches: ["(?i)wip"]}}}
  - {name: by dee, if: {has_author_in: {users: [dee], teams: [acme/sre]}, author_is_only_contributor: true}}
  - {name: large, if: {modified_lines: {additions: "> 100", total: "= 7"}}, requires: {count: 1, users: [ana]}, ` + exact + `}
  - {name: tiered, if: {custom_property_is_not_null: [tier], custom_property_is_null: [legacy]}, requires: {count: 1, permissions: [write]}, ` + exact + `}
`

// TestConvertedConditionsJudgeAlike judges pull requests that differ in everything that the conditions look at.
func TestConvertedConditionsJudgeAlike(t *testing.T) {
	for _, tree := range []string{
		"[risky]", "[{or: [staging only, an admin]}]", "[prod, an admin]", "[{or: [risky, an admin]}]", "[{and: [risky, fixes]}, {or: [by dee, sre]}]",
		"[{or: [finished, an admin]}, {or: [by dee, {and: [large, sre]}]}]", "[tiered, {or: [large, sre]}, risky]", "[{or: [fixes, {or: [risky]}]}]",
	} {
		t.Run(tree, func(t *testing.T) {
			native, bot, text := convertedBoth(t, "policy: {approval: "+tree+"}"+conditional)
			passed, held := 0, 0
			for _, r := range kinds() {
				a := policybot.Judge(bot, r, nil)
				b, _ := approval.Judge(native, r, nil, pull.Pass)
				if (a.State == pull.Pass) != (b.State == pull.Pass) {
					t.Fatalf("%q by %s into %s, labels %v, size %v, files %v, reviews %v: policy-bot's %s %q, ours %s %q\n%s", r.Title, r.Author.Login,
						r.Base.Branch, r.Labels, *r.Size, r.Files, r.Reviews, a.State, a.Lead().Message, b.State, b.Lead().Message, text)
				}
				if a.State == pull.Pass {
					passed++
				} else {
					held++
				}
			}
			if passed == 0 || held == 0 {
				t.Errorf("%d passed, %d did not: the comparison says nothing", passed, held)
			}
		})
	}
}

func convertedBoth(t *testing.T, text string) (approval.Policy, policybot.Policy, string) {
	t.Helper()
	bot, problems := ParsePolicyBot(".policy.yml", []byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	c := Convert(".policy.yml", *bot)
	native, problems := ParsePolicy(".sallyport.yml", []byte(c.Text))
	if problems != nil || len(c.Refused) > 0 {
		t.Fatalf("%v %v\n%s", c.Refused, problems, c.Text)
	}
	return native.Approval, *bot, c.Text
}

// kinds are pull requests of every combination of some title, size, labels, target, author, files, properties, reviews and co-author or pusher.
func kinds() []pull.Request {
	var all []pull.Request
	eve := pull.Account{ID: 3, Login: "eve", Kind: pull.User}
	for i := range 2 * 3 * 4 * 2 * 2 * 2 * 2 * 8 * 3 {
		next := func(n int) int { defer func() { i /= n }(); return i % n }
		title, size, labels := []string{"fix: WIP", "tidy"}[next(2)], []pull.Size{{Added: 101}, {Added: 3, Deleted: 4}, {Added: 1}}[next(3)],
			[][]string{nil, {"quick"}, {"RISKY", "quick"}, {"risky"}}[next(4)]
		branch, author := []string{"main", "dev"}[next(2)], next(2)
		files := [][]string{{"staging/a"}, {"staging/a", "prod/b"}}[next(2)]
		properties := []map[string]pull.Property{{}, {"tier": {Values: []string{"lab"}}}}[next(2)]
		r := convertCase(files, 1<<len(files)-1, next(8))
		switch next(3) {
		case 1:
			r.Commits[0].CoAuthors = []pull.Account{eve}
		case 2:
			r.Pusher = eve
		}
		if author == 1 {
			r.Author = pull.Account{ID: 5, Login: "fay", Kind: pull.User}
		}
		r.Title, r.Size, r.Labels, r.Base.Branch, r.Properties = title, &size, labels, branch, &pull.Properties{Values: properties}
		all = append(all, r)
	}
	return all
}

// TestConvertedOptionsCountTheSamePeople: dee opened the pull request, and eve wrote a commit of it.
func TestConvertedOptionsCountTheSamePeople(t *testing.T) {
	for _, options := range []string{"allow_author: true", "allow_contributor: true", "allow_non_author_contributor: true",
		"allow_author: true, allow_non_author_contributor: true", "allow_author: true, allow_contributor: true"} {
		native, bot, text := convertedBoth(t, "policy: {approval: [a]}\napproval_rules: [{name: a, requires: {count: 1, users: [ana, eve, dee]}, options: {"+
			options+", invalidate_on_push: true, methods: {comments: []}}}]\n")
		countTheSame(t, native, bot, options, text)
	}
}

// countTheSame has every set of reviewers judged by both policies: dee opened the pull request, and eve wrote a commit of it.
func countTheSame(t *testing.T, native approval.Policy, bot policybot.Policy, what, text string) {
	t.Helper()
	eve := pull.Account{ID: 3, Login: "eve", Kind: pull.User}
	for who := range 1 << 4 {
		r := convertCase([]string{"x"}, 1, who)
		r.Commits = append(r.Commits, pull.Commit{SHA: "g", Author: eve, Committer: eve})
		r.CommitsTotal = 2
		a := policybot.Judge(bot, r, nil)
		if b, _ := approval.Judge(native, r, nil, pull.Pass); (a.State == pull.Pass) != (b.State == pull.Pass) {
			t.Errorf("%s, reviews %v: policy-bot's %s %q, ours %s %q\n%s", what, r.Reviews, a.State, a.Lead().Message, b.State, b.Lead().Message, text)
		}
	}
}

// TestConvertedTrustForgetsTheSameCommits: ana approves, who also made a commit, alone or with somebody, proven or not.
func TestConvertedTrustForgetsTheSameCommits(t *testing.T) {
	ana, eve := pull.Account{ID: 1, Login: "ana", Kind: pull.User}, pull.Account{ID: 3, Login: "eve", Kind: pull.User}
	bot := pull.Account{ID: 50, Login: "renovate", Kind: pull.Bot}
	flow := pull.Account{ID: 90, Login: "web-flow", Kind: pull.User}
	for trusted, want := range map[string]int{"users: [ana]": 3, "users: ['renovate[bot]']": 0, "users: [eve], permissions: [admin]": 7, "teams: [acme/sre]": 0, "organizations: [acme]": 0} {
		native, compat, text := convertedBoth(t, "policy: {approval: [a]}\napproval_rules: [{name: a, requires: {count: 1, users: [ana]}, options: {ignore_commits_by: {"+
			trusted+"}, invalidate_on_push: true, methods: {comments: []}}}]\n")
		forgotten := 0
		for _, committer := range []pull.Account{ana, eve, bot, flow, {}} {
			for _, c := range []pull.Commit{{}, {ByGitHub: true}, {Signed: &pull.Signed{Good: true, By: ana}}, {Signed: &pull.Signed{Good: true}, CoAuthors: []pull.Account{eve}}} {
				r := convertCase([]string{"x"}, 1, 1)
				c.SHA, c.Author, c.Committer = "g", ana, committer
				r.Commits, r.CommitsTotal = append(r.Commits, c), 2
				a := policybot.Judge(compat, r, nil)
				b, _ := approval.Judge(native, r, nil, pull.Pass)
				if (a.State == pull.Pass) != (b.State == pull.Pass) && trusted != "organizations: [acme]" {
					t.Errorf("%s, commit %+v: policy-bot's %s %q, ours %s %q\n%s", trusted, c, a.State, a.Lead().Message, b.State, b.Lead().Message, text)
				}
				if b.State == pull.Pass {
					forgotten++
				}
			}
		}
		if forgotten != want {
			t.Errorf("%s: %d commits are forgotten, want %d", trusted, forgotten, want)
		}
	}
}

// TestConvertedDefaultsCountTheSamePeople says in approval_defaults what the rule leaves out: dee opened the pull request, and
// eve wrote a commit of it.
func TestConvertedDefaultsCountTheSamePeople(t *testing.T) {
	for _, options := range []string{"", "allow_author: false", "allow_contributor: false", "methods: {github_review: true}"} {
		native, bot, text := convertedBoth(t, "policy: {approval: [a]}\napproval_defaults: {options: {allow_author: true, allow_contributor: true, invalidate_on_push: true, methods: {comments: []}}}\n"+
			"approval_rules: [{name: a, requires: {count: 1, users: [ana, eve, dee]}, options: {"+options+"}}]\n")
		countTheSame(t, native, bot, options, text)
	}
}
