package policybot_test

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

const trees = `
approval_rules:
  - {name: an admin, requires: {count: 1, permissions: [admin]}}
  - {name: sre, requires: {count: 1, teams: [acme/sre]}}
  - {name: staging only, if: {only_changed_files: {paths: ["^staging/"]}}}
  - {name: ghosts, requires: {count: 1, teams: [acme/ghosts]}}
`

func TestPolicyBotComposition(t *testing.T) {
	for name, c := range map[string]struct {
		approval string
		rows     []row
	}{
		"and": {"[an admin, sre]", []row{waits("one", "rule-pending", approves(ana)), passes("both", approves(ana), approves(cy))}},
		"or": {"[{or: [an admin, sre]}]", []row{
			waits("none", "any-of"), passes("one", approves(cy)),
		}},
		"skipped rules vanish": {"[staging only, an admin]", []row{
			passes("beside an approved one", approves(ana)), waits("beside a pending one", "rule-skipped"),
		}},
		"skipped in or": {"[{or: [staging only, an admin]}]", []row{
			waits("it does not approve", "rule-skipped"), {name: "it applies", changes: []change{changing("staging/a")}, want: pull.Pass, code: "rule-approved"},
		}},
		"nested": {"[{or: [staging only, {and: [an admin, sre]}]}]", []row{
			waits("one", "all-of", approves(ana)), passes("both", approves(ana), approves(cy)),
		}},
		"all skipped":    {"[staging only]", []row{doubtful("nothing applies", "no-rule-applies", approves(ana))}},
		"doubt in or":    {"[{or: [an admin, ghosts]}]", []row{doubtful("beside an approved one", "alternative-in-doubt", approves(ana))}},
		"empty approval": {"[]", []row{doubtful("policy-bot approves this", "nothing-approves", approves(ana))}},
	} {
		t.Run(name, func(t *testing.T) { run(t, "policy: {approval: "+c.approval+"}"+trees, c.rows...) })
	}
}

func TestPolicyBotDisapproval(t *testing.T) {
	const rules = "\napproval_rules: [{name: fine}]\n"
	for name, c := range map[string]struct {
		disapproval string
		rows        []row
	}{
		"if": {`{if: {title: {matches: ["^BLOCKED"]}, has_author_in: {teams: [acme/ghosts]}}}`, []row{
			doubtful("it holds", "disapproved-by-condition", func(r *pull.Request) { r.Title = "BLOCKED for now" }),
			doubtful("nobody can tell", "disapproval-in-doubt"),
		}},
		"requires nobody": {"{}", []row{{name: "an objection", changes: []change{reviewed(ana, pull.ChangesRequested)}, want: pull.Pass, code: "nobody-disapproves"}}},
		"requires": {"{requires: {users: [ana, cy]}}", []row{
			{name: "nobody", want: pull.Pass, code: "nobody-disapproves"},
			doubtful("by review", "disapproved", reviewed(ana, pull.ChangesRequested)),
			doubtful("by comment", "disapproved", comments(ana, "👎")),
			doubtful("by a quotation, to be careful", "disapproved", comments(ana, "> 👎")),
			{name: "by somebody else", changes: []change{reviewed(eve, pull.ChangesRequested)}, want: pull.Pass},
			{name: "revoked by another who may", changes: []change{comments(ana, ":-1:"), comments(cy, ":+1:")}, want: pull.Pass, code: "disapproval-revoked"},
			doubtful("revoked by somebody else", "disapproved", comments(ana, ":-1:"), comments(eve, ":+1:")),
			doubtful("the last word wins", "disapproved", reviewed(cy, pull.Approved), reviewed(ana, pull.ChangesRequested)),
			doubtful("an edited revocation", "comment-edited", reviewed(ana, pull.ChangesRequested), comments(ana, ":+1:"), edited(ana)),
			doubtful("an objection edited away", "comment-altered", comments(ana, "never mind"), edited(eve)),
		}},
		"dismissed": {"{requires: {users: [ana, cy]}}", []row{
			doubtful("threat 83: by the author", "disapproved", reviewed(ana, pull.Dismissed), objected(dee)),
			doubtful("threat 83: by somebody who may write", "disapproved", reviewed(ana, pull.Dismissed), objected(eve)),
			doubtful("threat 83: by nobody knows whom", "disapproved", reviewed(ana, pull.Dismissed), objected(ghost)),
			doubtful("threat 83: by somebody who may and worked on it", "disapproved", commit(cy, cy), reviewed(ana, pull.Dismissed), objected(cy)),
			{name: "by the objector", changes: []change{reviewed(ana, pull.Dismissed), objected(ana)}, want: pull.Pass},
			{name: "by another who may", changes: []change{reviewed(ana, pull.Dismissed), objected(cy)}, want: pull.Pass},
			{name: "by an admin", changes: []change{reviewed(cy, pull.Dismissed), objected(ana)}, want: pull.Pass},
			{name: "revoked since", changes: []change{reviewed(ana, pull.Dismissed), objected(dee), approves(cy)}, want: pull.Pass, code: "disapproval-revoked"},
			{name: "of somebody else's", changes: []change{reviewed(eve, pull.Dismissed), objected(dee)}, want: pull.Pass},
			{name: "of an approval", changes: []change{reviewed(ana, pull.Dismissed)}, want: pull.Pass},
		}},
		"at one moment": {"{requires: {users: [ana, cy]}}", []row{
			doubtful("a comment and a review: it stays disapproved", "disapproved", comments(ana, ":-1:"), approves(cy), func(r *pull.Request) { r.Reviews[0].At = noon }),
			{name: "one comment after the other", changes: []change{comments(ana, ":-1:"), comments(cy, ":+1:"), func(r *pull.Request) { r.Comments[1].At = noon }},
				want: pull.Pass, code: "disapproval-revoked"},
			doubtful("the revocation came first", "disapproved", comments(cy, ":+1:"), comments(ana, ":-1:"), func(r *pull.Request) { r.Comments[1].At = noon }),
		}},
		"methods": {`{requires: {users: [ana]}, options: {methods: {disapprove: {comment_patterns: ["^hold$"]}, revoke: {body_patterns: [resume]}}}}`, []row{
			doubtful("by pattern", "disapproved", comments(ana, "hold")),
			{name: "a review is no method now", changes: []change{reviewed(ana, pull.ChangesRequested)}, want: pull.Pass},
			{name: "revoked in the text", changes: []change{comments(ana, "hold"), describes("resume"), func(r *pull.Request) {
				r.Comments[1].Author, r.Comments[1].At = ana, noon.AddDate(0, 0, 1)
			}}, want: pull.Pass, code: "disapproval-revoked"},
		}},
		"unknown team": {"{requires: {teams: [acme/ghosts]}}", []row{doubtful("it cannot be read", "disapproval-in-doubt")}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, "policy: {approval: [fine], disapproval: "+c.disapproval+"}"+rules, c.rows...)
		})
	}
}

func TestPolicyBotFaults(t *testing.T) {
	link := func(r *pull.Request) { r.Files[0].NewMode = pull.Symlink }
	run(t, "policy: {approval: [fine]}\napproval_rules: [{name: fine}]\n",
		row{name: "nothing asked", want: pull.Pass, code: "rule-approved"},
		doubtful("threat 24: an empty change", "nothing-to-approve", changing()),
		doubtful("threat 16: the policy", "policy-unprotected", changing(".policy.yml")),
		doubtful("threat 16: a workflow", "policy-unprotected", changing("a", ".github/workflows/ci.yml")),
		doubtful("threat 16: the native policy", "policy-unprotected", changing(".sallyport.yml")),
		doubtful("threat 21: a symlink", "special-entry", link),
		doubtful("hidden characters", "odd-path", changing("prod/a\u202eb")),
		waits("a conflict", "conflict", func(r *pull.Request) { r.Test.State = pull.Conflict }),
		waits("not settled", "mergeability-unknown", func(r *pull.Request) { r.Test.State = pull.Unsettled }),
	)
	run(t, needing("count: 1, users: [ana]", ""),
		passes("the policy, approved", approves(ana), changing(".policy.yml")), passes("a symlink, approved", approves(ana), link))
	run(t, "remote: acme/policies\n", doubtful("a remote policy that was not read", "remote-policy-unread", approves(ana)))
}

func TestTheZeroPolicyBlocks(t *testing.T) {
	if v := policybot.Judge(policybot.Policy{}, request(approves(ana)), nil); v.State != pull.Block {
		t.Errorf("got %s", v.State)
	}
}

func TestAskNamesEverybodyWhoMatters(t *testing.T) {
	p := parse(t, "policy: {approval: [only], disapproval: {requires: {organizations: [acme]}}}\napproval_rules:\n  - name: only\n"+
		"    if: {has_author_in: {teams: [acme/sre]}}\n    requires: {count: 1, users: [Ana, 'renovate[bot]'], permissions: [admin, write]}\n")
	q := policybot.Ask(p, request(approves(eve), comments(gus, "👍"), comments(cy, "no opinion"), commit(ana, flow, byGitHub)))
	want := pull.Question{Logins: []string{"Ana", "dee", "eve", "gus"}, Teams: []string{"acme", "acme/sre"}, Candidates: pull.Write}
	if diff := diffOf(want, q); diff != "" {
		t.Errorf("question (-want +got):\n%s", diff)
	}
}

// TestWhoMayLiftADisapproval goes over every kind of actors: whoever may disapprove lifts it, themselves or another's, and
// nobody else does.
func TestWhoMayLiftADisapproval(t *testing.T) {
	people := map[string]pull.Account{"ana": ana, "cy": cy, "eve": eve, "gus": gus}
	for actors, may := range map[string][]string{
		"users: [ana, cy]": {"ana", "cy"}, "users: [ana], teams: [acme/sre]": {"ana", "cy"}, "organizations: [acme]": {"ana", "cy"},
		"permissions: [admin]": {"ana"}, "permissions: [write]": {"ana", "cy", "eve"}, "users: [ana]": {"ana"},
	} {
		for name, who := range people {
			for how, revoked := range map[string]change{"review": approves(who), "comment": comments(who, ":+1:")} {
				p := parse(t, "policy: {approval: [only], disapproval: {requires: {"+actors+"}}}\napproval_rules:\n  - name: only\n")
				v := policybot.Judge(p, request(comments(ana, ":-1:"), revoked), nil)
				want := "disapproved"
				if slices.Contains(may, name) {
					want = "disapproval-revoked"
				}
				if !v.Has(want) || (v.State == pull.Pass) != (want == "disapproval-revoked") {
					t.Errorf("%s, %s by %s: want %s\n%s", actors, how, name, want, tree(v.Reasons, ""))
				}
			}
		}
	}
}
