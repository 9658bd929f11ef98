package policybot_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// TestPolicyBot shows each predicate of policy-bot's language by its name.
func TestPolicyBot(t *testing.T) {
	fork := func(r *pull.Request) { r.Head.Repo, r.Head.Owner = 77, "stranger" }
	sized := func(added, deleted int, paths ...string) change {
		return func(r *pull.Request) {
			changing(paths...)(r)
			r.Size = &pull.Size{Added: added, Deleted: deleted}
		}
	}
	nobodyKnows := func(r *pull.Request) { r.Standing.Members = nil }
	for name, c := range map[string]struct {
		predicate string
		rows      []row
	}{
		"changed_files": {`changed_files: {paths: ["^prod/.*$", "\\.tf$"], ignore: ["^prod/README"]}`, []row{
			holds("a path matches"), holds("among others", changing("docs/x", "net.tf")),
			fails("none matches", changing("docs/x")), fails("ignored", changing("prod/README.md")),
		}},
		"no_changed_files": {`no_changed_files: {paths: ["^secret/"], ignore: ["^secret/docs/"]}`, []row{
			holds("none matches"), holds("only ignored ones", changing("secret/docs/a")), fails("one matches", changing("a", "secret/b")),
		}},
		"only_changed_files": {`only_changed_files: {paths: ["^prod/"]}`, []row{
			holds("all match"), fails("one does not", changing("prod/a", "docs/b")),
			doubtful("nothing changed", "no-rule-applies", changing()),
		}},
		"changed_files/globs": {`changed_files: {paths: ["\\.tf$"], globs: ["prod/**", "*.md"], ignore: ["/gen/"], ignore_globs: ["**/*_test.go"]}`, []row{
			holds("a folder's"), holds("deep in it", changing("prod/a/b/c.go")), holds("the folder's own name", changing("prod")),
			holds("an expression beside it", changing("x/net.tf")), holds("in the root", changing("a.md")),
			fails("a star does not span folders", changing("docs/a.md")), fails("case counts", changing("Prod/a", "A.MD")),
			fails("not anchored", changing("x/prod/a")), fails("ignored by a glob", changing("prod/a_test.go")),
			fails("ignored by an expression", changing("prod/gen/a.go")),
		}},
		"no_changed_files/globs": {`no_changed_files: {globs: ["secret/**"], ignore_globs: ["secret/docs/*"]}`, []row{
			holds("none matches"), holds("only ignored ones", changing("secret/docs/a")), fails("one matches", changing("a", "secret/docs/b/c")),
		}},
		"only_changed_files/globs": {`only_changed_files: {paths: ["^go\\.(mod|sum)$"], globs: ["{docs,site}/**", "[A-Z]*.md"]}`, []row{
			holds("all match", changing("docs/a", "site/b/c", "README.md", "go.sum")), fails("one does not", changing("docs/a", "readme.md")),
			doubtful("nothing changed", "no-rule-applies", changing()),
		}},
		"file_added": {`file_added: {paths: ["^migrations/"], globs: ["**/*.sql"]}`, []row{
			holds("added", added("migrations/1")), holds("added, by a glob", added("a/b.sql")), holds("renamed to it", added("migrations/1"), deleted("old/1")),
			fails("modified", changing("migrations/1")), fails("deleted", deleted("migrations/1")), fails("renamed from it", added("old/1"), deleted("migrations/1")),
			fails("another", added("docs/1")), doubtful("nothing changed", "no-rule-applies", changing()),
		}},
		"file_not_added": {`file_not_added: {paths: ["^migrations/"]}`, []row{
			holds("modified", changing("migrations/1")), holds("deleted", deleted("migrations/1")), holds("another", added("docs/1")),
			fails("added", changing("x"), added("migrations/1")), doubtful("nothing changed, it holds", "nothing-to-approve", changing()),
		}},
		"file_deleted": {`file_deleted: {paths: ["^migrations/"], globs: ["**/*.sql"]}`, []row{
			holds("deleted", deleted("migrations/1")), holds("deleted, by a glob", deleted("a/b.sql")), holds("renamed from it", added("old/1"), deleted("migrations/1")),
			fails("modified", changing("migrations/1")), fails("added", added("migrations/1")), fails("renamed to it", added("migrations/1"), deleted("old/1")),
			fails("another", deleted("docs/1")), doubtful("nothing changed", "no-rule-applies", changing()),
		}},
		"file_not_deleted": {`file_not_deleted: {globs: ["migrations/*"]}`, []row{
			holds("modified", changing("migrations/1")), holds("added", added("migrations/1")), holds("another", deleted("docs/1")),
			fails("deleted", changing("x"), deleted("migrations/1")), doubtful("nothing changed, it holds", "nothing-to-approve", changing()),
		}},
		"modified_lines/files": {`modified_lines: {total: "> 10", files: {include: ["^src/"], include_globs: ["*.go"], exclude: ["/gen/"], exclude_globs: ["**/*_test.go"]}}`, []row{
			holds("all count", sized(8, 3, "src/a", "b.go")), fails("all count, and are few", sized(8, 2, "src/a", "b.go")),
			fails("none is included", sized(80, 30, "docs/a", "x/b.go")), fails("all are excluded", sized(80, 30, "src/gen/a", "src/a_test.go")),
			fails("few in all, so few in those that count", sized(8, 2, "src/a", "docs/a")),
			doubtful("some count", "size-undivided", sized(8, 3, "src/a", "docs/a")), doubtful("some are excluded", "size-undivided", sized(8, 3, "src/a", "src/gen/a")),
			doubtful("not read", "size-unknown", func(r *pull.Request) { r.Size = nil }),
		}},
		"modified_lines/files/less": {`modified_lines: {additions: "< 5", files: {exclude: ["^gen/"]}}`, []row{
			holds("few in all, so few in those that count", sized(4, 90, "src/a", "gen/a")), holds("none counts", sized(70, 0, "gen/a")),
			doubtful("some count", "size-undivided", sized(5, 0, "src/a", "gen/a")),
		}},
		"modified_lines/files/equal": {`modified_lines: {deletions: "= 2", files: {exclude: ["^gen/"]}}`, []row{
			holds("all count", sized(0, 2, "src/a")), fails("too few in all", sized(9, 1, "src/a", "gen/a")),
			doubtful("as many in all", "size-undivided", sized(0, 2, "src/a", "gen/a")), doubtful("more in all", "size-undivided", sized(0, 3, "src/a", "gen/a")),
		}},
		"modified_lines/files/any": {`modified_lines: {additions: "> 5", deletions: "< 9", files: {exclude: ["^gen/"]}}`, []row{
			holds("one is sure", sized(6, 8, "src/a", "gen/a")), doubtful("one may be", "size-undivided", sized(6, 9, "src/a", "gen/a")),
		}},
		"modified_lines": {`modified_lines: {additions: "> 100", deletions: "<2", total: "= 13"}`, []row{
			holds("the total"), holds("the additions", func(r *pull.Request) { r.Size = &pull.Size{Added: 101, Deleted: 50} }),
			holds("the deletions", func(r *pull.Request) { r.Size = &pull.Size{Added: 5, Deleted: 1} }),
			fails("none", func(r *pull.Request) { r.Size = &pull.Size{Added: 100, Deleted: 2} }),
			doubtful("not read", "size-unknown", func(r *pull.Request) { r.Size = nil }),
		}},
		"has_author_in": {`has_author_in: {users: [DEE]}`, []row{
			holds("by name"), fails("another", func(r *pull.Request) { r.Author = eve }),
			fails("a recycled login", func(r *pull.Request) { r.Standing.Accounts = map[string]pull.Account{"DEE": person(99, "DEE")} }),
			doubtful("a ghost", "author-unknown", func(r *pull.Request) { r.Author = ghost }),
		}},
		"has_author_in/organizations": {`has_author_in: {organizations: [Acme]}`, []row{
			holds("a member"), fails("no member", func(r *pull.Request) { r.Author = eve }), doubtful("not read", "team-unknown", nobodyKnows),
		}},
		"has_author_in/permissions": {`has_author_in: {permissions: [maintain]}`, []row{
			holds("higher", func(r *pull.Request) { r.Author = ana }), fails("lower"),
			doubtful("not read", "role-unknown", func(r *pull.Request) { r.Standing.Roles = nil }),
		}},
		"has_author_in/bot": {`has_author_in: {users: ["renovate[bot]"]}`, []row{
			holds("the bot", func(r *pull.Request) { r.Author = robot }),
			fails("a person of the bot's name", func(r *pull.Request) { r.Author = person(60, "renovate") }),
		}},
		"has_contributor_in": {`has_contributor_in: {teams: [acme/sre]}`, []row{
			fails("only the author"), holds("an author of a commit", commit(cy, dee)), holds("a committer", commit(dee, cy)),
			doubtful("unattributed", "commit-unattributed", commit(ghost, dee)), doubtful("not read", "team-unknown", nobodyKnows),
			holds("one of them beside an unattributed commit", commit(ghost, dee), commit(cy, dee)),
		}},
		"only_has_contributors_in": {`only_has_contributors_in: {users: [dee, cy]}`, []row{
			holds("all"), fails("another committer", commit(dee, eve)), holds("on GitHub's pages", commit(cy, flow, byGitHub)),
			doubtful("unattributed", "commit-unattributed", commit(ghost, dee)),
			doubtful("GitHub's address in a commit of one's own", "commit-unattributed", commit(dee, flow)),
			doubtful("unseen", "commits-unseen", func(r *pull.Request) { r.CommitsTotal = 300 }),
			fails("another pusher", func(r *pull.Request) { r.Pusher = eve }),
			fails("another committer beside an unattributed commit", commit(ghost, dee), commit(dee, eve)),
			fails("another author, and nobody knows who pushed", func(r *pull.Request) { r.Author, r.Pusher = eve, ghost }),
			fails("GitHub's account as the author", commit(flow, flow, byGitHub)),
		}},
		"author_is_only_contributor/true": {`author_is_only_contributor: true`, []row{
			holds("alone"), fails("another author", commit(eve, dee)), doubtful("unattributed", "commit-unattributed", commit(dee, ghost)),
			fails("another author beside an unattributed commit", commit(dee, ghost), commit(eve, dee)),
			doubtful("GitHub's address in a commit of one's own", "commit-unattributed", commit(dee, flow)),
		}},
		"author_is_only_contributor/false": {`author_is_only_contributor: false`, []row{
			fails("alone"), holds("another author", commit(eve, dee)), holds("another author beside an unattributed commit", commit(dee, ghost), commit(eve, dee)),
		}},
		"targets_branch": {`targets_branch: {pattern: "^(main|release/.*)$"}`, []row{
			holds("it does"), fails("another", func(r *pull.Request) { r.Base.Branch = "domain" }),
		}},
		"from_branch": {`from_branch: {pattern: "^stranger:raise$"}`, []row{fails("the same repository"), holds("a fork", fork)}},
		"has_status": {`has_status: {conclusions: [success, skipped], statuses: [build, lint]}`, []row{
			holds("all", checked(pull.CheckRun, "build", "success"), checked(pull.CommitStatus, "lint", "skipped")),
			fails("one failed", checked(pull.CheckRun, "build", "success"), checked(pull.CheckRun, "lint", "failure")),
			fails("one is missing", checked(pull.CheckRun, "build", "success")),
			fails("one still runs", checked(pull.CheckRun, "build", "success"), checked(pull.CheckRun, "lint", "")),
			fails("a status beside a failed check run", checked(pull.CheckRun, "build", "success"),
				checked(pull.CheckRun, "lint", "failure"), checked(pull.CommitStatus, "lint", "success")),
		}},
		"has_successful_status": {`has_successful_status: [build]`, []row{
			holds("success", checked(pull.CheckRun, "build", "success")), fails("skipped", checked(pull.CheckRun, "build", "skipped")),
		}},
		"has_workflow_result": {`has_workflow_result: {workflows: [.github/workflows/ci.yml]}`, []row{
			holds("success", worked(".github/workflows/ci.yml", "success")), fails("it did not run"),
			fails("one event's run failed", worked(".github/workflows/ci.yml", "success"), worked(".github/workflows/ci.yml", "failure")),
		}},
		"has_labels": {`has_labels: [ready]`, []row{holds("in any case"), fails("missing", func(r *pull.Request) { r.Labels = nil })}},
		"repository": {`repository: {matches: ["^acme/infra$"]}`, []row{
			holds("it is"), fails("another", func(r *pull.Request) { r.Repo.Name = "docs" }),
		}},
		"title": {`title: {matches: ["^BREAKING"], not_matches: ["^docs: "]}`, []row{
			holds("not one of those"), fails("one of those", func(r *pull.Request) { r.Title = "docs: words" }),
			holds("it matches", func(r *pull.Request) { r.Title = "BREAKING docs: " }),
		}},
		"custom_property_is_null": {`custom_property_is_null: [tier, team]`, []row{
			holds("neither", tier()), fails("one", tier("lab")), doubtful("not read", "properties-unknown"), doubtful("not shown", "properties-unknown", unshown),
		}},
		"custom_property_is_not_null": {`custom_property_is_not_null: [tier]`, []row{
			holds("a text", tier("lab")), holds("a list", tier("lab", "prod")), fails("no value", tier()), doubtful("not read", "properties-unknown"),
		}},
		"custom_property_matches_any_of": {`custom_property_matches_any_of: {tier: ["^la", "^prod$"]}`, []row{
			holds("one", tier("lab")), fails("another", tier("test")), fails("no value", tier()), fails("a list", tier("lab", "prod")),
			doubtful("not read", "properties-unknown"),
		}},
		"custom_property_matches_none_of": {`custom_property_matches_none_of: {tier: ["^prod$"]}`, []row{
			holds("another", tier("lab")), holds("no value", tier()), fails("that one", tier("prod")), fails("one of a list", tier("lab", "prod")),
			doubtful("not read", "properties-unknown"),
		}},
		"has_valid_signatures/true": {`has_valid_signatures: true`, []row{
			holds("signed", signed(dee, "AB")), fails("unsigned", badlySigned("signature-missing")),
			fails("threat 40: SSH", badlySigned("signature-unsupported")), doubtful("nobody looked", "signature-unchecked"),
		}},
		"has_valid_signatures/false": {`has_valid_signatures: false`, []row{
			fails("signed", signed(dee, "AB")), holds("unsigned", badlySigned("signature-missing")),
		}},
		"has_valid_signatures_by": {`has_valid_signatures_by: {users: [dee]}`, []row{
			holds("by them", signed(dee, "AB")), fails("by another", signed(eve, "AB")), fails("unsigned", badlySigned("signature-missing")),
		}},
		"has_valid_signatures_by_keys": {`has_valid_signatures_by_keys: {key_ids: ["3aa5c34371567bd2"]}`, []row{
			holds("that key", signed(dee, "0123456789ABCDEF012345673AA5C34371567BD2")), fails("another", signed(dee, "0123456789ABCDEF012345673AA5C34371567BD3")),
		}},
	} {
		t.Run(name, func(t *testing.T) { run(t, ifHolds(c.predicate), c.rows...) })
	}
}

// A predicate that definitely fails settles a rule, whatever else is in doubt; a condition makes a rule wait.
func TestPredicatesAndConditions(t *testing.T) {
	run(t, "policy: {approval: [a, b]}\napproval_rules:\n  - name: a\n    if: {has_author_in: {teams: [acme/ghosts]}, title: {matches: [never]}}\n  - name: b\n    requires: {conditions: {has_labels: [ready], has_status: {statuses: [build]}}}\n",
		row{name: "pending", want: pull.Wait, code: "conditions-pending"},
		row{name: "holds", changes: []change{checked(pull.CheckRun, "build", "success")}, want: pull.Pass, code: "rule-skipped"},
	)
}

// tier gives the property its values; none leaves it without.
func tier(values ...string) func(*pull.Request) {
	return func(r *pull.Request) {
		r.Properties = &pull.Properties{Values: map[string]pull.Property{}}
		if len(values) > 0 {
			r.Properties.Values["tier"] = pull.Property{Values: values, Many: len(values) > 1}
		}
	}
}

func unshown(r *pull.Request) { r.Properties = &pull.Properties{Unread: "GitHub does not show it"} }

// TestAReviewCountsBesideAnUnknownPusher: a fork's pusher is often not known, and the change is certainly not the bot's.
func TestAReviewCountsBesideAnUnknownPusher(t *testing.T) {
	fork := func(r *pull.Request) { r.Head.Repo, r.Pusher = 77, ghost }
	text := "policy: {approval: [{or: [bot, review]}]}\napproval_rules:\n  - {name: bot, if: {only_has_contributors_in: {users: ['renovate[bot]']}}}\n" +
		"  - {name: review, options: {allow_contributor: true}, requires: {count: 1, users: [ana]}}\n"
	byBot := func(r *pull.Request) { r.Author, r.Commits[0].Author, r.Commits[0].Committer = robot, robot, robot }
	run(t, text, row{name: "approved", changes: []change{fork, approves(ana)}, want: pull.Pass, code: "approval-counted"},
		waits("not approved", "rule-pending", fork), doubtful("the bot's, as far as is known", "pusher-unknown", fork, byBot, approves(ana)))
	run(t, strings.ReplaceAll(text, "only_has_contributors_in: {users: ['renovate[bot]']}", "author_is_only_contributor: true"),
		row{name: "another author", changes: []change{fork, commit(eve, eve), approves(ana)}, want: pull.Pass, code: "approval-counted"})
}

func added(path string) change {
	return func(r *pull.Request) { r.Files = append(r.Files, pull.File{Path: path, NewMode: pull.Regular}) }
}

func deleted(path string) change {
	return func(r *pull.Request) { r.Files = append(r.Files, pull.File{Path: path, OldMode: pull.Regular}) }
}
