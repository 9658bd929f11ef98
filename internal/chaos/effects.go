package chaos

import "github.com/sallyport/sallyport/internal/githubtest"

// Effect is one thing that Sallyport does to the world outside of it, and the story that leads there.
type Effect struct {
	Name   string
	Policy string
	Before []string // what happens before anything goes wrong, and leaves no server running
	Story  []string // what leads to the effect
	End    []string // what must hold at the end, besides every promise
	// Asks is what people have to ask for, by the way it went wrong. Where there is nothing, it heals by itself.
	Asks map[Way][]string
	// Leaves are the lines of End that do not come to hold then: what was refused is left undone, and nobody waits for it.
	Leaves map[Way][]string

	// The effect is a call to GitHub, to an endpoint of Duo, or the commit of a transaction with this statement.
	GitHub githubtest.Fault
	Duo    string
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
)

var (
	production = []string{"propose dev prod/api.nomad", "review ana approves", "ci green"}
	staging    = []string{"propose dev staging/web.nomad", "ci green"}
	recheck    = []string{"comment ana /sallyport recheck"}
	again      = []string{"comment dev /sallyport duo"}
	landsOnce  = []string{"landed", "verified", "by-bot 1", "rings dev 1"}
	lands      = []string{"landed", "verified"}
)

// Effects are all of them. Sallyport writes no commit statuses.
var Effects = []Effect{
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
	{Name: "a delivery is asked for again", Policy: exactly, Before: []string{"start", "webhooks lost check_run 1", "propose dev staging/web.nomad", "ci green", "halt"},
		End: lands, GitHub: githubtest.Fault{Method: "POST", Path: "/app/hook/deliveries/*/attempts"}},
	{Name: "Duo is asked who may be asked", Policy: exactly, Story: production, End: landsOnce, Duo: "preauth",
		Asks: map[Way][]string{Refused: again, Before: again, After: again}},
	{Name: "Duo rings a phone", Policy: exactly, Story: production, End: lands, Duo: "auth",
		Asks: map[Way][]string{Refused: again, Lost: again, Before: again, After: again}},
	{Name: "Duo is asked for the answer", Policy: exactly, Story: production, End: lands, Duo: "auth_status",
		Asks: map[Way][]string{Refused: again}},
	{Name: "commit: a delivery is taken in", Policy: exactly, Story: production, End: landsOnce, Commit: "INSERT INTO inbox"},
	{Name: "commit: a push is about to go out", Policy: exactly, Story: production, End: lands, Commit: "INSERT INTO prompts",
		Asks: map[Way][]string{Lost: again, After: again}},
	{Name: "commit: a push went out", Policy: exactly, Story: production, End: lands, Commit: "UPDATE prompts SET state = $2",
		Asks: map[Way][]string{Refused: again, Before: again}},
	{Name: "commit: a landing is about to begin", Policy: exactly, Story: production, End: landsOnce, Commit: "INSERT INTO landings"},
	{Name: "commit: it has landed", Policy: exactly, Story: production, End: landsOnce, Commit: "UPDATE landings SET state = $2"},
	{Name: "commit: a pass is over", Policy: exactly, Story: production, End: landsOnce, Commit: "UPDATE pulls SET handled"},
}
