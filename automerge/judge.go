package automerge

import (
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Stage is how far a pull request has come. The zero value holds everything back.
type Stage int

// The stages.
const (
	NotReady Stage = iota // something that is not a person's Duo answer is missing
	Stale                 // all is green but that its branch is behind, or that its checks run after an update
	Ready                 // all is green but Duo: its turn may come, its people may be asked
	Agreed                // every gate passes; our checks on GitHub do not show it yet
	Proved                // GitHub shows our own green checks on this head: it may land
)

// Case is what Judge looks at.
type Case struct {
	Policy  *Policy // nil: the repository lands by hand
	Request pull.Request
	Gates   []pull.Verdict
	// Reports are our check runs as they should stand; landing waits until GitHub shows exactly them.
	Reports []pull.Report
	App     int64 // our own app id: only its checks prove anything
	Freezes []pull.Freeze
	Intents []pull.Intent
	Binding pull.Binding
	Turn    *pull.Turn   // nil while it was not asked for
	Signs   bool         // there is a key to sign merge commits with
	Doubt   string       // why GitHub finds no valid signature on the merge commit made for this landing; empty where it does
	Update  *pull.Update // the last try to bring the branch up to date; nil for none
	Ringing bool         // somebody's phone shows this pull request, or may
	// Enqueuing is what became of putting this head into GitHub's merge queue; nil where it was never there. Released are the
	// heads of groups that were let go into the target branch and are not known to have arrived.
	Enqueuing *pull.Enqueuing
	Released  []string
	Rechecked time.Time // refusals older than this are tried again
	// Breaking says that somebody opened a break-glass for this very head, Broken that it holds.
	Breaking, Broken bool
	// Batch is what it lands in, Ahead what others on its branch land in meanwhile, Red the batch of it alone on which CI failed;
	// nil for none.
	Batch, Ahead, Red *pull.Batch
	// Fault is why the file that says how it lands cannot be judged by; nil when it can.
	Fault *pull.Reason
}

// Judge says whether the pull request can land, and if not yet, what it waits for.
func Judge(c Case) (pull.Verdict, Stage) {
	if c.queues() {
		return c.judgeQueued()
	}
	obstacles := c.obstacles()
	gates := c.openGates()
	all := append(obstacles, gates...)
	switch {
	case len(obstacles) > 0 && !c.gateBlocks(gates) && c.stale(obstacles):
		return verdict(append(c.turnReasons(), all...)), Stale
	case len(obstacles) > 0 || c.gateBlocks(gates):
		return verdict(append(all, c.updateNote(obstacles)...)), NotReady
	case len(gates) > 0:
		return verdict(slices.Concat(c.together(), c.turnReasons(), gates)), Ready
	case !c.proved():
		return verdict(append(c.together(), unproved())), Agreed
	case c.Policy == nil:
		return verdict([]pull.Reason{byHand()}), Agreed
	case len(c.turnReasons()) > 0:
		return verdict(c.turnReasons()), Agreed
	case len(c.together()) > 0:
		return verdict(c.together()), Proved
	}
	return verdict([]pull.Reason{c.ready("Everything is green: it lands next.")}), Proved
}

// Standing says how far the pull request has come, apart from proof and turn: what a check run can tell without
// changing itself.
func Standing(c Case) pull.Verdict {
	if open := append(c.obstacles(), c.openGates()...); len(open) > 0 {
		return verdict(open)
	}
	return verdict([]pull.Reason{c.ready("Everything is green: it lands by itself.")})
}

// gateBlocks reports whether a gate other than Duo is open: Duo alone is what a ready pull request may wait for.
func (c Case) gateBlocks(open []pull.Reason) bool {
	for _, r := range open {
		if r.Evidence["gate"] != string(pull.GateDuo) {
			return true
		}
	}
	return false
}

func verdict(reasons []pull.Reason) pull.Verdict {
	state := pull.Pass
	for _, r := range reasons {
		state = pull.Worse(state, r.State)
	}
	return pull.Verdict{Gate: pull.GateAutomerge, State: state, Reasons: reasons}
}

// openGates are the gates that hold the landing back.
func (c Case) openGates() []pull.Reason {
	stands, _ := c.lift(c.foundGates())
	return stands
}

func (c Case) foundGates() []pull.Reason {
	var open []pull.Reason
	for _, v := range c.Gates {
		if v.State != pull.Pass {
			open = append(open, openGate(v))
		}
	}
	return open
}

func openGate(v pull.Verdict) pull.Reason {
	return pull.Reason{
		Code: "gate-" + string(v.Gate), State: v.State,
		Message:  fmt.Sprintf("The %s gate is not green: %s", v.Gate, v.Lead().Message),
		Evidence: map[string]string{"gate": string(v.Gate), "code": v.Lead().Code},
		Next:     v.Lead().Next,
	}
}

// obstacles lists what stands in the way apart from the gates, gravest first.
func (c Case) obstacles() []pull.Reason {
	stands, _ := c.lift(c.found())
	return stands
}

// found is what would stand in the way of anybody.
func (c Case) found() []pull.Reason {
	var out []pull.Reason
	add := func(rs ...pull.Reason) { out = append(out, rs...) }
	r := c.Request
	if c.Fault != nil {
		add(*c.Fault)
	}
	for _, f := range c.Freezes {
		add(frozen(f))
	}
	switch r.Test.State {
	case pull.Conflict:
		add(pull.Reason{Code: "conflict", State: pull.Wait,
			Message: fmt.Sprintf("The branch conflicts with %s.", r.Base.Branch),
			Next:    "Resolve the conflict on the branch and push."})
	case pull.Unsettled:
		add(pull.Reason{Code: "mergeability-unknown", State: pull.Wait,
			Message: "GitHub has not computed the test merge yet.", Next: "Nothing to do: it is asked again."})
	case pull.Outdated:
		add(pull.Reason{Code: "merge-outdated", State: pull.Wait,
			Message: fmt.Sprintf("%s changed the same files or moved their folder since GitHub last merged the branch on trial.", r.Base.Branch),
			Next:    "Update the branch; by itself, GitHub makes another trial merge within twelve hours."})
	}
	if r.Draft {
		add(pull.Reason{Code: "draft", State: pull.Wait, Message: "The pull request is a draft.",
			Next: "Mark it ready for review."})
	}
	add(c.dependencies()...)
	add(c.vetoes()...)
	add(c.branchObstacles()...)
	add(c.checks()...)
	add(c.failedAlone()...)
	add(c.refusals()...)
	return out
}

func unproved() pull.Reason {
	return pull.Reason{Code: "own-checks-not-seen", State: pull.Wait,
		Message: "All gates pass; GitHub does not show all of Sallyport's green checks yet.",
		Next:    "Nothing to do: it is read again."}
}

func byHand() pull.Reason {
	return pull.Reason{Code: "automerge-off", State: pull.Wait,
		Message: "Everything is green. The policy has no automerge section, so a person merges it.",
		Next:    "Merge it, or add an automerge section to the policy."}
}

// proved reports whether GitHub's own record shows each of our reports, written by our app, as it should stand.
func (c Case) proved() bool {
	if len(c.Reports) == 0 {
		return false
	}
	for _, want := range c.Reports {
		if !c.shows(want) {
			return false
		}
	}
	return true
}

func (c Case) shows(want pull.Report) bool {
	for _, have := range c.Request.Checks {
		if have.Kind == pull.CheckRun && have.App == c.App && have.Name == want.Name {
			return have.Green() && have.ExternalID == want.ExternalID && want.SHA == c.Request.Head.SHA
		}
	}
	return false
}
