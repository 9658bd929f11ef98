package chaos

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// Effect is one thing that Sallyport does to the world outside of it, and the story that leads there.
type Effect struct {
	Name      string
	Policy    string
	PolicyBot string   // the text of policy-bot's file, in the place of a policy of ours
	Before    []string // what happens before anything goes wrong, and leaves no server running
	Story     []string // what leads to the effect
	End       []string // what must hold at the end, besides every promise
	// Asks is what people have to ask for, by the way it went wrong. Where there is nothing, it heals by itself.
	Asks map[Way][]string
	// Leaves are the lines of End that do not come to hold then: what was refused is left undone, and nobody waits for it.
	Leaves map[Way][]string

	// The effect is a call to GitHub, to an endpoint of Duo, a message to where people read alarms, or the commit of a
	// transaction with this statement.
	GitHub githubtest.Fault
	Duo    string
	Alarm  bool
	Commit string
}

// The policies of the stories.
const (
	exactly = policy
	merging = `version: 1
rules:
  - {name: staging, paths: ["**"], require: {}}
automerge: {method: merge, update: {}}
`
	refreshing = `version: 1
rules:
  - {name: staging, paths: ["**"], require: {}}
automerge: {method: merge, update: {if: {labels: [keep fresh]}}}
`
	tidying = `version: 1
rules:
  - {name: staging, paths: ["**"], require: {}}
automerge: {method: merge, delete_branch: true}
`
	tidyingExactly = `version: 1
rules:
  - {name: staging, paths: ["**"], require: {}}
automerge: {method: exact, delete_branch: true}
`
	inviting = `version: 1
rules:
  - name: production needs an admin
    paths: ["**"]
    require: {approvals: {count: 1, from: [ana]}}
    request_reviews: {mode: all}
automerge: {method: exact}
`
	dismissing = `policy: {approval: [an admin has approved]}
approval_rules:
  - name: an admin has approved
    options: {invalidate_on_push: true}
    requires: {count: 1, permissions: [admin]}
`
	batching = `version: 1
rules:
  - name: production needs an admin
    paths: ["**"]
    require: {approvals: {count: 1, from: [admin]}, duo: author}
automerge: {method: exact, batch: {size: 4, checks: [ci]}}
`
	breakable = policy + "break_glass: {from: [admin], expires: 1h}\n"
)

// queueing is policy where GitHub's merge queue lands.
var queueing = strings.Replace(policy, "method: exact", "method: queue", 1)

var (
	production = []string{"propose dev prod/api.nomad", "review ana approves", "ci green"}
	staging    = []string{"propose dev staging/web.nomad", "ci green"}
	recheck    = []string{"comment ana /sallyport recheck"}
	again      = []string{"comment dev /sallyport duo"}
	landsOnce  = []string{"landed", "verified", "by-bot 1", "rings dev 1"}
	lands      = []string{"landed", "verified"}

	// The first is tried by CI alone; two that are ready meanwhile land together after it.
	queueUp = []string{"blocked automerge in-batch pr1", "propose eve prod/web.nomad", "review ana approves pr2", "ci green pr2", "blocked automerge awaiting-turn pr2",
		"propose eve prod/db.nomad", "review ana approves pr3", "ci green pr3", "blocked automerge awaiting-turn pr3", "staging green", "landed pr1"}
	// Whether it is together or one after the other depends on who was looked at first after the restart.
	landTogether = []string{"staging-until green pr3", "landed pr2", "landed pr3", "rings dev 1", "by-bot 3", "verified"}
	twoAfterOne  = slices.Concat(production, queueUp)

	enters = []string{"queued", "group-ci green", "landed", "rings dev 1", "verified"}
	broken = []string{"propose dev staging/web.nomad", "comment bo /sallyport freeze the auditors are here", "blocked automerge frozen", "ci green",
		"comment ana /sallyport break-glass staging is down", "comment bo /sallyport break-glass I see it too"}
)

// Effects are all of them.
var Effects = slices.Concat(calls, commits)

// calls are those to others. Sallyport writes no commit statuses.
var calls = []Effect{
	{Name: "a check run is made", Policy: exactly, Story: production, End: landsOnce,
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/check-runs"}},
	{Name: "a check run is changed", Policy: exactly, Story: production, End: landsOnce,
		GitHub: githubtest.Fault{Method: "PATCH", Path: "/repos/*/*/check-runs/*"}},
	{Name: "a comment is answered", Policy: exactly,
		Story:  []string{"propose dev prod/api.nomad", "comment bo /sallyport hold for lunch"},
		End:    append([]string{"blocked automerge frozen", "replies 1 Held by bo", "comment bo /sallyport unhold", "review ana approves", "ci green"}, landsOnce...),
		Leaves: map[Way][]string{Refused: {"replies 1 Held by bo"}},
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/issues/*/comments"}},
	{Name: "a reaction", Policy: exactly, Story: append([]string{"propose dev prod/api.nomad", "comment ana /sallyport recheck"}, production[1:]...), End: landsOnce,
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/issues/comments/*/reactions"}},
	{Name: "a review is asked for", Policy: inviting, Story: []string{"propose dev staging/api.nomad", "ci green"},
		End:    append([]string{"invited ana", "review ana approves"}, lands...),
		Leaves: map[Way][]string{Refused: {"invited ana"}},
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/pulls/*/requested_reviewers"}},
	{Name: "GitHub merges", Policy: merging, Story: staging, End: lands, Asks: map[Way][]string{Refused: recheck},
		GitHub: githubtest.Fault{Method: "PUT", Path: "/repos/*/*/pulls/*/merge"}},
	{Name: "the merge commit is uploaded", Policy: exactly, Story: production, End: landsOnce,
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/git/commits"}},
	{Name: "the merged tree is uploaded", Policy: exactly,
		Before: []string{"start", "propose dev prod/api.nomad", "gate approval wait no-admin-approval", "propose eve staging/web.nomad", "ci green pr2", "landed pr2", "halt"},
		Story:  []string{"review ana approves pr1", "ci green pr1"}, End: []string{"landed pr1", "rings dev 1", "by-bot 2", "verified"},
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/git/trees"}},
	{Name: "branch and notes are moved", Policy: exactly, Story: production, End: landsOnce,
		GitHub: githubtest.Fault{Operation: "MoveBranch"}},
	{Name: "a note is uploaded", Policy: merging, Story: staging, End: lands,
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/git/trees"}},
	{Name: "notes are pushed", Policy: merging, Story: staging, End: lands,
		GitHub: githubtest.Fault{Operation: "MoveBranch"}},
	{Name: "a branch is brought up to date", Policy: merging, Before: []string{"protect strict"},
		Story: []string{"propose dev staging/web.nomad", "propose eve staging/api.nomad", "ci green pr2", "landed pr2", "ci green pr1"},
		End:   []string{"current pr1", "ci green pr1", "landed pr1", "updates 1", "verified"},
		Asks:  map[Way][]string{Refused: {"update dev pr1"}, Before: {"update dev pr1"}},

		GitHub: githubtest.Fault{Method: "PUT", Path: "/repos/*/*/pulls/*/update-branch"}},
	{Name: "what landed is closed", Policy: exactly, Before: []string{"blind"}, Story: production,
		End:    []string{"state landed", "verified", "by-bot 1", "rings dev 1"},
		GitHub: githubtest.Fault{Method: "PATCH", Path: "/repos/*/*/pulls/*"}},
	{Name: "a pull request is retargeted", Policy: tidying,
		Story:  []string{"propose dev staging/web.nomad", "propose eve -base dev-1 staging/api.nomad", "ci green pr1"},
		End:    []string{"landed pr1", "gone pr1", "targets main pr2", "ci green pr2", "landed pr2", "verified"},
		Leaves: map[Way][]string{Refused: {"gone pr1", "targets main pr2", "ci green pr2", "landed pr2"}},

		GitHub: githubtest.Fault{Method: "PATCH", Path: "/repos/*/*/pulls/*"}},
	{Name: "a branch is deleted", Policy: tidyingExactly, Story: staging, End: append(lands, "gone"), Leaves: map[Way][]string{Refused: {"gone"}},
		GitHub: githubtest.Fault{Operation: "MoveBranch", Skip: 1}},
	{Name: "a review is dismissed", PolicyBot: dismissing,
		Story: []string{"propose dev staging/web.nomad", "review ana approves", "gate approval pass rule-approved", "push dev staging/web.nomad"},
		End:   []string{"dismissed ana was pushed since", "review ana approves", "gate approval pass rule-approved"}, Leaves: map[Way][]string{Refused: {"dismissed ana was pushed since"}},
		GitHub: githubtest.Fault{Method: "PUT", Path: "/repos/*/*/pulls/*/reviews/*/dismissals"}},
	{Name: "a pull request enters the merge queue", Policy: queueing, Before: []string{"merge-queue"}, Story: production, End: enters, Asks: map[Way][]string{Refused: recheck},
		GitHub: githubtest.Fault{Operation: "Enqueue"}},
	{Name: "a pull request leaves the merge queue", Policy: queueing, Before: []string{"merge-queue"},
		Story: append(production[:len(production):len(production)], "queued", "dismiss ana"),
		End:   append([]string{"not-queued", "review bo approves"}, enters...), GitHub: githubtest.Fault{Operation: "Dequeue"}},
	{Name: "a batch is given to CI", Policy: batching, Story: production, End: slices.Concat(queueUp, landTogether), Asks: map[Way][]string{Refused: recheck},
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/git/refs"}},
	{Name: "a scratch branch is made", Policy: batching, Story: twoAfterOne, End: landTogether,
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/git/refs", Skip: 1}},
	{Name: "GitHub merges on the scratch branch", Policy: batching, Story: twoAfterOne, End: landTogether,
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/merges", Skip: 1}},
	{Name: "a branch of ours is removed", Policy: batching, Story: twoAfterOne, End: landTogether,
		GitHub: githubtest.Fault{Operation: "DropBranch"}},
	{Name: "a batch lands", Policy: batching, Story: append(twoAfterOne, "staging green"), End: landTogether,
		GitHub: githubtest.Fault{Operation: "MoveBranch", Skip: 1}},
	{Name: "an older server moves the branch", Policy: exactly, Before: []string{"lacks Mutation.updateRefs"}, Story: production, End: landsOnce,
		GitHub: githubtest.Fault{Method: "PATCH", Path: "/repos/*/*/git/refs/**"}},
	{Name: "the issue about a broken glass", Policy: breakable, Story: broken,
		End: []string{"issue Review the break-glass landing of #1", "landed", "rings ana 1", "rings bo 1", "by-bot 1", "verified -glass"}, Asks: map[Way][]string{Refused: recheck},
		GitHub: githubtest.Fault{Method: "POST", Path: "/repos/*/*/issues"}},
	{Name: "people are told of an alarm", Policy: breakable, Story: []string{"propose dev prod/api.nomad", "comment ana /sallyport break-glass prod is down"},
		End: append([]string{"heard ana wants to break the glass", "comment ana /sallyport break-glass cancel", "review bo approves", "ci green"}, landsOnce...), Alarm: true},
	{Name: "a token is asked for", Policy: exactly, Story: production, End: landsOnce,
		GitHub: githubtest.Fault{Method: "POST", Path: "/app/installations/*/access_tokens"}},
	{Name: "a delivery is asked for again", Policy: exactly, Before: []string{"start", "webhooks lost check_run 1", "propose dev staging/web.nomad", "ci green", "halt"},
		End: lands, GitHub: githubtest.Fault{Method: "POST", Path: "/app/hook/deliveries/*/attempts"}},
	{Name: "Duo is asked who may be asked", Policy: exactly, Story: production, End: landsOnce, Duo: "preauth",
		Asks: map[Way][]string{Refused: again, Before: again, After: again}},
	{Name: "Duo rings a phone", Policy: exactly, Story: production, End: lands, Duo: "auth",
		Asks: map[Way][]string{Refused: again, Lost: again, Before: again, After: again}},
	{Name: "Duo is asked for the answer", Policy: exactly, Story: production, End: lands, Duo: "auth_status",
		Asks: map[Way][]string{Refused: again}},
}
