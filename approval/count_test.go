package approval

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func TestWhoCounts(t *testing.T) {
	admin := policy(from(1, "admin"))
	for _, s := range []story{
		{name: "an admin approves", request: request(approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "nobody has reviewed", request: request(), want: pull.Wait, lead: "no-admin-approval"},
		{name: "the author approves", request: request(approved(dee)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"author-approval"}},
		{name: "a maintainer approves", request: request(approved(cy)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"role-too-low"}},
		{name: "somebody without access approves", request: request(approved(gus)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"role-too-low"}},
		{name: "a comment decides nothing", request: request(approved(ana), reviewed(ana, pull.Commented)), want: pull.Pass, lead: "approved"},
		{name: "a comment alone", request: request(reviewed(ana, pull.Commented)), want: pull.Wait, lead: "no-admin-approval"},
		{name: "changes, then approval", request: request(reviewed(ana, pull.ChangesRequested), approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "an account that is gone", request: request(approved(pull.Account{})), want: pull.Wait, lead: "no-admin-approval", codes: []string{"role-unknown"}},
		{name: "an unknown kind of account", request: request(approved(pull.Account{ID: 1, Login: "ana"})), want: pull.Wait, lead: "no-admin-approval", codes: []string{"bot-approval"}},
		{name: "an unknown head", request: request(reviewedAt(ana, pull.Approved, ""), func(r *pull.Request) { r.Head.SHA = "" }), want: pull.Wait, lead: "no-admin-approval", codes: []string{"approval-stale"}},
	} {
		s.policy = admin
		s.run(t)
	}
}

func TestFrom(t *testing.T) {
	named := func(r *pull.Request) { r.Standing.Accounts = map[string]pull.Account{"Fay": fay} }
	renamed := func(r *pull.Request) { r.Standing.Accounts = map[string]pull.Account{"fay": person(66, "fay")} }
	for _, s := range []story{
		{name: "a higher role includes the lower", policy: policy(from(1, "triage")), request: request(approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "by default write", policy: policy(from(1)), request: request(approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "by default not less than write", policy: policy(from(1)), request: request(approved(eve)), want: pull.Wait, lead: "no-write-approval", codes: []string{"role-too-low"}},
		{name: "a team member", policy: policy(from(1, "@Acme/SRE")), request: request(approved(fay)), want: pull.Pass, lead: "approved"},
		{name: "no team member", policy: policy(from(1, "@acme/sre")), request: request(approved(ana)), want: pull.Wait, lead: "no-approval", codes: []string{"not-in-team"}},
		{name: "a team member without access", policy: policy(from(1, "@acme/sre")), request: request(approved(gus)), want: pull.Wait, lead: "no-approval", codes: []string{"role-too-low"}},
		{name: "a login", policy: policy(from(1, "fay")), request: request(approved(fay), named), want: pull.Pass, lead: "approved"},
		{name: "a login with user:", policy: policy(from(1, "user:FAY")), request: request(approved(fay)), want: pull.Pass, lead: "approved"},
		{name: "not the login", policy: policy(from(1, "fay")), request: request(approved(ana), named), want: pull.Wait, lead: "no-approval", codes: []string{"not-named"}},
		{name: "a login that belongs to another id", policy: policy(from(1, "fay")), request: request(approved(fay), renamed), want: pull.Block, lead: "nobody-can-approve", codes: []string{"not-named"}},
		{name: "a role or a team", policy: policy(from(1, "admin", "@acme/sre")), request: request(approved(fay)), want: pull.Pass, lead: "approved"},
		{name: "two of two", policy: policy(from(2, "admin")), request: request(approved(ana), approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "one of two", policy: policy(from(2, "admin")), request: request(approved(ana)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"approval-counted"}},
		{name: "a team that was not read", policy: policy(from(1, "@acme/ops")), request: request(approved(ana)), want: pull.Block, lead: "team-unknown"},
		{name: "a team that was not read beside a role that fits", policy: policy(from(1, "admin", "@acme/ops")), request: request(approved(ana)), want: pull.Block, lead: "team-unknown"},
	} {
		s.run(t)
	}
}

func TestNobodyCanApprove(t *testing.T) {
	for _, s := range []story{
		{name: "the only admin is the author", policy: policy(from(1, "admin")), request: request(func(r *pull.Request) {
			r.Author, r.Standing.Candidates = ana, []pull.Account{ana, cy}
		}), want: pull.Block, lead: "nobody-can-approve", codes: []string{"no-admin-approval"}},
		{name: "no candidates", policy: policy(from(1, "admin")), request: request(func(r *pull.Request) { r.Standing.Candidates = nil }), want: pull.Block, lead: "nobody-can-approve"},
		{name: "fewer than needed", policy: policy(from(3, "admin")), request: request(), want: pull.Block, lead: "nobody-can-approve"},
		{name: "one is left for the second", policy: policy(from(2, "admin")), request: request(approved(ana)), want: pull.Wait, lead: "no-admin-approval", never: []string{"nobody-can-approve"}},
		{name: "the other admin is the author's second account", policy: policy(from(2, "admin")), request: request(), people: pairs{{"dee", "bo"}}, want: pull.Block, lead: "nobody-can-approve"},
	} {
		s.run(t)
	}
}

func TestThreat26ContributorsDoNotApprove(t *testing.T) {
	admin := policy(from(1, "admin"))
	for _, s := range []story{
		{name: "commit author", request: request(commit(ana, dee), approved(ana)), codes: []string{"contributor-approval"}},
		{name: "committer", request: request(commit(dee, ana), approved(ana)), codes: []string{"contributor-approval"}},
		{name: "co-author", request: request(commit(dee, dee, ana), approved(ana)), codes: []string{"contributor-approval"}},
		{name: "the author's second account", request: request(approved(ana)), people: pairs{{"ana", "dee"}}, codes: []string{"same-human"}},
		{name: "a committer's second account", request: request(commit(cy, cy), approved(ana)), people: pairs{{"cy", "ana"}}, codes: []string{"same-human"}},
		{name: "the pusher's second account", request: request(func(r *pull.Request) { r.Pusher = cy }, approved(ana)), people: pairs{{"cy", "ana"}}, codes: []string{"same-human"}},
	} {
		s.policy, s.want, s.lead = admin, pull.Wait, "no-admin-approval"
		s.run(t)
	}
}

func TestThreat26UnattributedCommits(t *testing.T) {
	admin := policy(from(1, "admin"))
	for _, s := range []story{
		{name: "author unknown", request: request(commit(pull.Account{}, dee), approved(ana)), want: pull.Block, lead: "commit-unattributed"},
		{name: "committer unknown", request: request(commit(dee, pull.Account{}), approved(ana)), want: pull.Block, lead: "commit-unattributed"},
		{name: "committed on GitHub's pages", request: request(commit(dee, flow), approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "signed by GitHub, without a committer", request: request(commit(dee, pull.Account{}), byGitHub, approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "signed by GitHub, without an author", request: request(commit(pull.Account{}, pull.Account{}), byGitHub, approved(ana)), want: pull.Block, lead: "commit-unattributed"},
		{name: "written by nobody on GitHub's pages", request: request(commit(pull.Account{}, flow), approved(ana)), want: pull.Block, lead: "commit-unattributed"},
		{name: "no matter where nobody has to approve", request: request(changing("staging/x"), commit(pull.Account{}, dee)), want: pull.Pass, lead: "approved-by-default"},
	} {
		s.policy = admin
		s.run(t)
	}
}

func TestThreat27Bots(t *testing.T) {
	for _, s := range []story{
		{name: "a bot with no name in the rule", policy: policy(from(1, "admin")), request: request(approved(robot)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"bot-approval"}},
		{name: "a person's name is not a bot's", policy: policy(from(1, "renovate", "admin")), request: request(approved(robot)), want: pull.Wait, lead: "no-approval", codes: []string{"bot-approval"}},
		{name: "a named bot", policy: policy(from(1, "renovate[bot]")), request: request(approved(robot)), want: pull.Pass, lead: "approved"},
		{name: "a named bot is waited for", policy: policy(from(1, "renovate[bot]")), request: request(), want: pull.Wait, lead: "no-approval"},
		{name: "a named bot that wrote the change", policy: policy(from(1, "renovate[bot]", "admin")), request: request(commit(robot, robot), approved(robot)), want: pull.Wait, lead: "no-approval", codes: []string{"contributor-approval"}},
	} {
		s.run(t)
	}
}

func TestThreat28PushAfterApproval(t *testing.T) {
	stale := request(reviewedAt(ana, pull.Approved, oldSHA))
	story{policy: policy(from(1, "admin")), request: stale, want: pull.Wait, lead: "no-admin-approval", codes: []string{"approval-stale"}}.run(t)
	v, needs := Judge(policy(from(1, "admin")), stale, nil, pull.Pass)
	if got := v.Lead().Because[0].Evidence["saw"]; got != oldSHA {
		t.Errorf("the head that the approval saw: got %q, want %q", got, oldSHA)
	}
	if len(needs.Approvers) != 0 {
		t.Errorf("approvers: got %v, want none", needs.Approvers)
	}
}

func TestThreat29LastPusher(t *testing.T) {
	admin := policy(from(1, "admin"))
	for _, s := range []story{
		{name: "the last pusher approves", request: request(func(r *pull.Request) { r.Pusher = ana }, approved(ana)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"contributor-approval"}},
		{name: "an unknown pusher", request: request(func(r *pull.Request) { r.Pusher = pull.Account{} }, approved(ana)), want: pull.Block, lead: "pusher-unknown"},
		{name: "who pushed below the head approves", request: request(func(r *pull.Request) { r.Pushers = []pull.Pushed{{SHA: r.Commits[0].SHA, By: ana}} }, approved(ana)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"contributor-approval"}},
		{name: "more than one pushed below the head", request: request(func(r *pull.Request) { r.Pushers = []pull.Pushed{{SHA: r.Commits[0].SHA}}; r.Head.SHA = "another" }, approved(ana)), want: pull.Block, lead: "pusher-unknown"},
		{name: "somebody once pushed what is no longer proposed", request: request(func(r *pull.Request) { r.Pushers = []pull.Pushed{{SHA: "gone", By: ana}} }, approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "an unknown pusher where nobody has to approve", request: request(changing("staging/x"), func(r *pull.Request) { r.Pusher = pull.Account{} }), want: pull.Pass, lead: "approved-by-default"},
	} {
		s.policy = admin
		s.run(t)
	}
}

// GitHub Actions' account pushes for whoever can push a workflow: one of those who approve may be who had it do so.
func TestThreat82WorkflowsActForAnybody(t *testing.T) {
	actions := pull.Account{ID: 41898282, Login: "github-actions[bot]", Kind: pull.Bot}
	pushed := func(r *pull.Request) { r.Pusher = actions }
	admin, two := policy(from(1, "admin")), policy(from(2, "admin"))
	bots := policy(from(1, "renovate[bot]", "admin"))
	counts := policy(Requirement{Approvals: &Approvals{Count: 1, From: []string{"admin"}, Contributors: Counts}})
	teams := policy(Requirement{Approvals: &Approvals{Count: 2, From: []string{"@acme/sre", "@acme/dba"}, DistinctTeams: 2}})
	members := func(r *pull.Request) {
		pushed(r)
		r.Standing.Members = map[string][]int64{"acme/sre": {cy.ID, bo.ID}, "acme/dba": {ana.ID}}
	}
	everybody := func(r *pull.Request) { r.Standing.Members["acme/dba"] = []int64{ana.ID, fay.ID} }
	wait, waits := pull.Wait, []string{"pusher-shared"}
	for _, s := range []story{
		{name: "one approves what a workflow pushed", policy: admin, request: request(pushed, approved(ana)), want: wait, lead: "no-admin-approval", codes: waits},
		{name: "two do", policy: admin, request: request(pushed, approved(ana), approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "two are one human", policy: admin, request: request(pushed, approved(ana), approved(bo)), people: pairs{{"ana", "bo"}}, want: pull.Block, lead: "nobody-can-approve", codes: waits},
		{name: "it pushed beneath the head", policy: admin, request: request(func(r *pull.Request) { r.Pushers = []pull.Pushed{{SHA: headSHA, By: actions}} }, approved(ana)), want: wait, lead: "no-admin-approval", codes: waits},
		{name: "it wrote a commit", policy: admin, request: request(commit(actions, flow), approved(ana)), want: wait, lead: "no-admin-approval", codes: waits},
		{name: "it committed", policy: admin, request: request(commit(dee, actions), approved(ana)), want: wait, lead: "no-admin-approval", codes: waits},
		{name: "it opened the pull request", policy: admin, request: request(func(r *pull.Request) { r.Author = actions }, approved(ana)), want: wait, lead: "no-admin-approval", codes: waits},
		{name: "there is nobody more to ask", policy: two, request: request(pushed, approved(ana), approved(bo)), want: pull.Block, lead: "nobody-can-approve", codes: waits},
		{name: "a bot that the rule names", policy: bots, request: request(pushed, approved(robot)), want: pull.Pass, lead: "approved"},
		{name: "a bot that the rule names, and a person", policy: bots, request: request(pushed, approved(ana), approved(robot)), want: pull.Pass, lead: "approved"},
		{name: "it approves itself", policy: policy(from(1, "github-actions[bot]", "admin")), request: request(pushed, approved(actions), approved(ana)), want: wait, lead: "no-approval", codes: waits},
		{name: "contributors count", policy: counts, request: request(pushed, approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "nobody has to approve", policy: admin, request: request(changing("staging/x"), pushed), want: pull.Pass, lead: "approved-by-default"},
		{name: "a person of that name", policy: admin, request: request(func(r *pull.Request) { r.Pusher = person(99, "github-actions") }, approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "a team that only one speaks for", policy: teams, request: request(members, everybody, approved(ana), approved(cy), approved(bo)), want: wait, lead: "teams-missing"},
		{name: "teams that two speak for each", policy: teams, request: request(members, everybody, approved(ana), approved(cy), approved(bo), approved(fay)), want: pull.Pass, lead: "approved"},
	} {
		s.run(t)
	}
}

// A head's landing is another one once it goes elsewhere: what the reviewer saw then counts only if it is the same.
func TestThreat30AnotherTarget(t *testing.T) {
	admin := policy(from(1, "admin"))
	elsewhere := func(content string) func(*pull.Request) {
		return func(r *pull.Request) {
			r.Content, r.Reviews[0].Elsewhere, r.Reviews[0].Content = "now", true, content
		}
	}
	for _, s := range []story{
		{name: "where it changed something else", request: request(approved(ana), elsewhere("then")), want: pull.Wait, lead: "no-admin-approval", codes: []string{"approval-retargeted"}},
		{name: "where nobody looked", request: request(approved(ana), elsewhere("")), want: pull.Wait, lead: "no-admin-approval", codes: []string{"approval-retargeted"}},
		{name: "where it changed the same", request: request(approved(ana), elsewhere("now")), want: pull.Pass, lead: "approved"},
	} {
		s.policy = admin
		s.run(t)
	}
}

func TestThreat31DismissalRevivesNothing(t *testing.T) {
	admin := policy(from(1, "admin"))
	for _, s := range []story{
		{name: "approved, then dismissed", request: request(reviewed(ana, pull.Dismissed)), codes: []string{"approval-dismissed"}},
		{name: "an older approval below a dismissed one", request: request(approved(ana), reviewed(ana, pull.Dismissed)), codes: []string{"approval-dismissed"}},
		{name: "an older approval below dismissed changes", request: request(approved(ana), reviewed(ana, pull.Dismissed), reviewed(ana, pull.Commented)), codes: []string{"approval-dismissed"}},
	} {
		s.policy, s.want, s.lead = admin, pull.Wait, "no-admin-approval"
		s.run(t)
	}
	story{name: "approved again", policy: admin, request: request(reviewed(ana, pull.Dismissed), approved(ana)), want: pull.Pass, lead: "approved"}.run(t)
}

func TestThreat32ChangesRequested(t *testing.T) {
	write := policy(from(1, "write"))
	for _, s := range []story{
		{name: "by somebody who could approve", request: request(approved(ana), reviewed(bo, pull.ChangesRequested)), want: pull.Block, lead: "changes-requested"},
		{name: "on an earlier head", request: request(approved(ana), reviewedAt(bo, pull.ChangesRequested, oldSHA)), want: pull.Block, lead: "changes-requested"},
		{name: "after their own approval", request: request(approved(ana), reviewed(ana, pull.ChangesRequested)), want: pull.Block, lead: "changes-requested"},
		{name: "by somebody who could not", request: request(approved(ana), reviewed(eve, pull.ChangesRequested)), want: pull.Pass, lead: "approved"},
		{name: "by a bot", request: request(approved(ana), reviewed(robot, pull.ChangesRequested)), want: pull.Pass, lead: "approved"},
		{name: "by an objector made a co-author to silence them", request: request(commit(dee, dee, bo), approved(ana), reviewed(bo, pull.ChangesRequested)), want: pull.Block, lead: "changes-requested"},
		{name: "by somebody whose role was not read", request: request(approved(ana), reviewed(zoe, pull.ChangesRequested)), want: pull.Block, lead: "changes-requested"},
		{name: "dismissed since", request: request(approved(ana), reviewed(bo, pull.Dismissed)), want: pull.Pass, lead: "approved"},
		{name: "where nobody has to approve", request: request(changing("staging/x"), reviewed(bo, pull.ChangesRequested)), want: pull.Pass, lead: "approved-by-default"},
	} {
		s.policy = write
		s.run(t)
	}
}

// On GitHub whoever may write can dismiss an objection, the author of the change among them.
func TestThreat83DismissedObjections(t *testing.T) {
	write := policy(from(1, "write"))
	lift := policy(from(1, "write"))
	lift.Rules[1].Block = &Block{From: []string{"admin"}, Lift: []string{"maintain"}}
	dismissed := func(by pull.Account) func(*pull.Request) {
		return func(r *pull.Request) {
			r.Reviews = append(r.Reviews, pull.Review{ID: 9, Author: bo, State: pull.Dismissed, Commit: headSHA, Objected: true, DismissedBy: by})
		}
	}
	stays := func(name string, p Policy, people Humans, changes ...func(*pull.Request)) story {
		return story{name: name, policy: p, people: people, request: request(append(changes, approved(ana))...), want: pull.Block, lead: "changes-requested"}
	}
	settled := func(name string, p Policy, changes ...func(*pull.Request)) story {
		return story{name: name, policy: p, request: request(append(changes, approved(ana))...), want: pull.Pass, lead: "approved"}
	}
	for _, s := range []story{
		stays("by the author", write, nil, dismissed(dee)),
		stays("by somebody who may write", write, nil, dismissed(cy)),
		stays("by nobody knows whom", write, nil, dismissed(pull.Account{})),
		stays("by somebody whose role was not read", write, nil, dismissed(zoe)),
		stays("by a bot", write, nil, dismissed(robot)),
		stays("by an admin who worked on it", write, nil, commit(ana, dee), dismissed(ana), approved(cy)),
		stays("by an admin who is the author under another name", write, pairs{{"ana", "dee"}}, dismissed(ana)),
		stays("by whom lift names, who worked on it", lift, nil, commit(cy, dee), dismissed(cy)),
		settled("by the objector", write, dismissed(bo)),
		settled("by an admin", write, dismissed(ana)),
		settled("by whom lift names", lift, dismissed(cy)),
		settled("who approved since", write, dismissed(dee), approved(bo)),
		settled("of somebody who could not approve", write, dismissed(dee), func(r *pull.Request) { r.Reviews[0].Author = eve }),
		settled("where nobody has to approve", policy(Requirement{}), changing("docs/x"), dismissed(ana)),
	} {
		s.run(t)
	}
	q := Ask(write, request(dismissed(cy)))
	if !slices.Contains(q.Logins, "bo") || !slices.Contains(q.Logins, "cy") {
		t.Errorf("nobody asks about the objector and who dismissed it: %v", q.Logins)
	}
}

func TestThreat33CommentsAreNoApproval(t *testing.T) {
	story{policy: policy(from(1, "admin")), request: request(reviewed(ana, pull.Commented), reviewed(ana, "PENDING")),
		want: pull.Wait, lead: "no-admin-approval", never: []string{"approved"}}.run(t)
}

func TestThreat34LostRights(t *testing.T) {
	for _, s := range []story{
		{name: "a role that was not read", policy: policy(from(1, "write")), request: request(approved(zoe)), want: pull.Wait, lead: "no-write-approval", codes: []string{"role-unknown"}},
		{name: "no access any more", policy: policy(from(1, "read")), request: request(approved(gus)), want: pull.Wait, lead: "no-read-approval", codes: []string{"role-too-low"}},
		{name: "named, but no access any more", policy: policy(from(1, "gus", "ana")), request: request(approved(gus), func(r *pull.Request) {
			r.Standing.Accounts = map[string]pull.Account{"gus": gus, "ana": ana}
		}), want: pull.Wait, lead: "no-approval", codes: []string{"role-too-low"}},
	} {
		s.run(t)
	}
}

func TestThreat35OneHumanTwoAccounts(t *testing.T) {
	story{policy: policy(from(2, "write")), request: request(approved(ana), approved(bo)), people: pairs{{"ana", "bo"}},
		want: pull.Wait, lead: "no-write-approval", codes: []string{"same-human", "approval-counted"}}.run(t)
	story{name: "with a third", policy: policy(from(2, "write")), request: request(approved(ana), approved(bo), approved(cy)), people: pairs{{"ana", "bo"}},
		want: pull.Pass, lead: "approved"}.run(t)
}
