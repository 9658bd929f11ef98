package policybot_test

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func needing(requires, options string) string {
	return "policy: {approval: [only]}\napproval_rules:\n  - name: only\n    requires: {" + requires + "}\n    options: {" + options + "}\n"
}

func passes(name string, changes ...change) row {
	return row{name: name, changes: changes, want: pull.Pass, code: "approval-counted"}
}

func waits(name, code string, changes ...change) row {
	return row{name: name, changes: changes, want: pull.Wait, code: code}
}

// TestPolicyBotRequires shows each way of naming approvers.
func TestPolicyBotRequires(t *testing.T) {
	for name, c := range map[string]struct {
		requires string
		rows     []row
	}{
		"count": {"count: 2, permissions: [write]", []row{
			waits("one", "rule-pending", approves(ana)), passes("two", approves(ana), approves(eve)),
			waits("the same twice", "rule-pending", approves(ana), approves(ana)),
			{"threat 35: one human twice", []change{approves(ana), approves(eve)}, pull.Wait, "same-human", pairs{{"ana", "eve"}}},
		}},
		"count/0":       {"count: 0, users: [ana]", []row{{name: "nothing asked", want: pull.Pass, code: "rule-approved"}}},
		"users":         {"count: 1, users: [ANA]", []row{passes("named", approves(ana)), waits("another", "not-an-approver", approves(eve))}},
		"users/bot":     {`count: 1, users: ["renovate[bot]"]`, []row{passes("named", approves(robot)), waits("a person of its name", "not-an-approver", approves(person(60, "renovate")))}},
		"teams":         {"count: 1, teams: [Acme/SRE]", []row{passes("a member", approves(cy)), waits("another", "not-an-approver", approves(ana))}},
		"organizations": {"count: 1, organizations: [acme]", []row{passes("a member", approves(ana)), waits("another", "not-an-approver", approves(eve))}},
		"permissions": {"count: 1, permissions: [admin, write]", []row{
			passes("the lower of both", approves(eve)), waits("too low", "not-an-approver", approves(gus)),
			waits("threat 34: not read", "role-unknown", approves(person(80, "zoe"))),
		}},
		"admins":              {"count: 1, admins: true", []row{passes("an admin", approves(ana)), waits("a writer", "not-an-approver", approves(eve))}},
		"write_collaborators": {"count: 1, write_collaborators: true", []row{passes("a writer", approves(eve)), waits("a reader", "not-an-approver", approves(gus))}},
		"conditions": {"count: 1, users: [ana], conditions: {has_labels: [tested]}", []row{
			waits("approved only", "conditions-pending", approves(ana)),
			passes("both", approves(ana), func(r *pull.Request) { r.Labels = []string{"tested"} }),
		}},
		"nobody":       {"count: 1", []row{doubtful("nobody is named", "nobody-can-approve", approves(ana))}},
		"unknown team": {"count: 1, teams: [acme/ghosts]", []row{doubtful("it cannot be read", "team-unknown", approves(cy))}},
	} {
		t.Run(name, func(t *testing.T) { run(t, needing(c.requires, ""), c.rows...) })
	}
}

// TestPolicyBotOptions shows each option of a rule.
func TestPolicyBotOptions(t *testing.T) {
	byAuthor := []change{approves(dee)}
	byContributor := []change{commit(eve, eve), approves(eve)}
	stale := func(r *pull.Request) { r.Reviews[0].Commit, r.Reviews[0].Content = older, "then" }
	for name, c := range map[string]struct {
		options string
		rows    []row
	}{
		"default": {"", []row{
			waits("threat 26: the author", "author-approval", byAuthor...), waits("threat 26: a contributor", "contributor-approval", byContributor...),
			waits("threat 29: the last pusher", "contributor-approval", func(r *pull.Request) { r.Pusher = eve }, approves(eve)),
			waits("threat 29: who pushed below the head", "contributor-approval", commit(dee, dee), func(r *pull.Request) { r.Pushers = []pull.Pushed{{SHA: r.Commits[0].SHA, By: eve}} }, approves(eve)),
			doubtful("threat 29: more than one pushed below the head", "pusher-unknown", commit(dee, dee), func(r *pull.Request) {
				r.Pushers, r.Head.SHA = []pull.Pushed{{SHA: r.Commits[0].SHA}}, "another"
			}, approves(eve)),
			waits("threat 82: a workflow pushed, for nobody knows whom", "pusher-shared", func(r *pull.Request) { r.Pusher = actions }, approves(ana)),
			passes("two approve what a workflow pushed", func(r *pull.Request) { r.Pusher = actions }, approves(ana), approves(eve)),
			doubtful("threat 29: nobody knows who pushed", "pusher-unknown", func(r *pull.Request) { r.Pusher = ghost }, approves(eve)),
			waits("a co-author", "contributor-approval", commit(dee, dee, func(c *pull.Commit) { c.CoAuthors = []pull.Account{eve} }), approves(eve)),
			{"a contributor's other account", []change{approves(ana)}, pull.Wait, "same-human", pairs{{"ana", "dee"}}},
			doubtful("an unattributed commit", "commit-unattributed", commit(ghost, ghost), approves(ana)),
			passes("an approval survives a push", approves(ana), stale),
			waits("threat 31: dismissed", "approval-withdrawn", approves(ana), reviewed(ana, pull.Dismissed)),
			waits("threat 32: taken back", "approval-withdrawn", approves(ana), reviewed(ana, pull.ChangesRequested)),
			waits("a comment taken back", "approval-withdrawn", comments(ana, ":+1:"), reviewed(ana, pull.ChangesRequested)),
			waits("a ghost", "approver-unknown", approves(ghost)),
		}},
		"allow_author":      {"allow_author: true", []row{passes("the author", byAuthor...), waits("a contributor", "contributor-approval", byContributor...)}},
		"allow_contributor": {"allow_contributor: true", []row{passes("the author", byAuthor...), passes("a contributor", byContributor...)}},
		"allow_non_author_contributor": {"allow_non_author_contributor: true", []row{
			waits("the author", "author-approval", byAuthor...), passes("a contributor", byContributor...),
		}},
		"allow_non_author_contributor and allow_author": {"allow_non_author_contributor: true, allow_author: true", []row{
			passes("the author", byAuthor...), passes("a contributor", byContributor...),
		}},
		"invalidate_on_push": {"invalidate_on_push: true", []row{
			passes("this head", approves(ana)), waits("threat 36: an earlier head", "approval-stale", approves(ana), stale),
			passes("the same content", approves(ana), stale, func(r *pull.Request) { r.Reviews[0].Content = "now" }),
			waits("another target", "approval-retargeted", approves(ana), func(r *pull.Request) { r.Reviews[0].Elsewhere = true }),
			passes("a comment on this content", comments(ana, "👍")),
			waits("a comment that nobody saw come", "approval-stale", comments(ana, "👍"), func(r *pull.Request) { r.Comments[0].Content = "" }),
		}},
		"ignore_edited_comments": {"ignore_edited_comments: true", []row{
			passes("as written", approves(ana)), waits("an edited review", "comment-edited", approves(ana), func(r *pull.Request) { r.Reviews[0].Edited = true }),
		}},
		"ignore_update_merges": {"ignore_update_merges: true, invalidate_on_push: true", []row{
			passes("a clean update", approves(ana), commit(ana, flow, byGitHub, updates)),
			waits("threat 25: a resolved conflict", "contributor-approval", approves(ana), commit(ana, flow, byGitHub, updates,
				func(c *pull.Commit) { c.Files = []pull.File{{Path: "prod/api.nomad"}} })),
			waits("nobody looked into it", "contributor-approval", approves(ana), commit(ana, flow, byGitHub, updates, func(c *pull.Commit) { c.Diffed = false })),
			waits("a merge made elsewhere", "contributor-approval", approves(ana), commit(ana, ana, updates)),
			passes("pushed alone, and covered", pushed(dee), commit(ana, flow, byGitHub, updates), pushed(ana), commit(dee, dee), approvesNow(ana)),
			waits("threat 29: pushed with what was not pushed before", "contributor-approval", commit(ana, flow, byGitHub, updates), pushed(ana), commit(dee, dee), approvesNow(ana)),
		}},
		"ignore_commits_by": {`ignore_commits_by: {users: ["renovate[bot]"]}, invalidate_on_push: true`, []row{
			passes("the bot's commit", approves(ana), commit(robot, flow, byGitHub)),
			waits("threat 37: its name on somebody's commit", "approval-stale", approves(ana), commit(robot, robot)),
			waits("another's commit", "approval-stale", approves(ana), commit(eve, flow, byGitHub)),
		}},
	} {
		t.Run(name, func(t *testing.T) { run(t, needing("count: 1, permissions: [write]", c.options), c.rows...) })
	}
	t.Run("request_review", func(t *testing.T) {
		got := parse(t, needing("count: 1, users: [ana]", "request_review: {enabled: true, mode: all-users, count: 2}")).Rules[0].Options.RequestReview
		if !got.Enabled || got.Mode != "all-users" || got.Count != 2 {
			t.Errorf("got %+v, want all users, two", got)
		}
	})
}

// TestPolicyBotMethods shows each way of saying yes.
func TestPolicyBotMethods(t *testing.T) {
	for name, c := range map[string]struct {
		methods string
		rows    []row
	}{
		"default": {"{}", []row{
			passes("a review", approves(ana)), passes("a comment", comments(ana, "nice :+1:")), passes("a remark in a review", said(ana, pull.Commented, head, "👍")),
			waits("threat 33: edited", "comment-edited", comments(ana, "👍"), edited(eve)),
			waits("quoted", "comment-quoted", comments(ana, "> 👍\n\nI disagree")),
			waits("in code", "comment-quoted", comments(ana, "`:+1:` means yes")),
			waits("in a fence", "comment-quoted", comments(ana, "```\n:+1:\n```")),
			waits("hidden", "comment-quoted", comments(ana, "no <!-- :+1: -->")),
			passes("below a quotation", comments(ana, "> is it fine?\n\n👍")),
		}},
		"comments":         {"{comments: [ship it], github_review: false}", []row{passes("said", comments(ana, "ship it!")), waits("a review", "rule-pending", approves(ana)), waits("a thumb", "rule-pending", comments(ana, "👍"))}},
		"comments/none":    {"{comments: []}", []row{passes("a review", approves(ana)), waits("a thumb", "rule-pending", comments(ana, "👍"))}},
		"comment_patterns": {"{comment_patterns: ['^Signed-off by \\S+$']}", []row{passes("matching", comments(ana, "Signed-off by ana")), waits("not", "rule-pending", comments(ana, "signed off"))}},
		"github_review":    {"{github_review: true, comments: []}", []row{passes("approved", approves(ana)), waits("a remark", "rule-pending", reviewed(ana, pull.Commented))}},
		"github_review_comment_patterns": {"{comments: [], github_review_comment_patterns: ['(?i)domain lgtm']}", []row{
			passes("matching", said(ana, pull.Approved, head, "Domain LGTM")), waits("silent", "rule-pending", approves(ana)),
			waits("edited", "comment-edited", said(ana, pull.Approved, head, "Domain LGTM"), func(r *pull.Request) { r.Reviews[0].Edited = true }),
		}},
		"body_patterns": {"{body_patterns: ['(?i)no-platform']}", []row{
			waits("the author's own", "author-approval", describes("no-platform")),
			passes("where somebody else is the author", func(r *pull.Request) { r.Author = ana }, describes("no-platform"), func(r *pull.Request) { r.Author = eve }),
			waits("edited", "comment-edited", describes("no-platform"), edited(dee)),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, needing("count: 1, permissions: [write]", "methods: "+c.methods), c.rows...)
		})
	}
}

// TestPolicyBotDefaults shows the options that the file gives to all of its rules.
func TestPolicyBotDefaults(t *testing.T) {
	with := func(options string) string {
		return "approval_defaults: {options: {invalidate_on_push: true, allow_author: true, methods: {comments: [ship]}}}\n" +
			needing("count: 1, permissions: [write]", options)
	}
	stale := func(r *pull.Request) { r.Reviews[0].Commit, r.Reviews[0].Content = older, "then" }
	for options, rows := range map[string][]row{
		"": {
			waits("a push", "approval-stale", approves(ana), stale), passes("the author", approves(dee)),
			passes("the defaults' comment", comments(ana, "ship")), waits("no comment of policy-bot's own", "rule-pending", comments(ana, "👍")),
		},
		"invalidate_on_push: false, allow_author: false": {
			passes("a push, and the rule says otherwise", approves(ana), stale), waits("the author, and the rule says otherwise", "author-approval", approves(dee)),
		},
		"methods: {github_review: false}": {
			waits("a review", "rule-pending", approves(ana)), passes("the defaults' comment, beside the rule's own methods", comments(ana, "ship")),
		},
		"methods: {comments: []}": {waits("the rule hears no comment", "rule-pending", comments(ana, "ship")), passes("a review", approves(ana))},
	} {
		t.Run(options, func(t *testing.T) { run(t, with(options), rows...) })
	}
}
