package automerge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// lookAgain ends a next step whose doing no event tells of.
const lookAgain = " Then comment /sallyport recheck."

// glassExactly reports whether a broken glass lands it by a merge commit of Sallyport's own.
func (c Case) glassExactly() bool {
	return c.Binding.Glass != "" && c.Binding.Method == pull.MethodExact
}

// exactObstacles finds settings that keep the branch from being moved to a merge commit of Sallyport's own.
func (c Case) exactObstacles() []pull.Reason {
	rules, branch := c.Request.Rules, c.Request.Base.Branch
	switch {
	case !c.Signs:
		return []pull.Reason{setting("signing-key-missing",
			"Exact landings are signed by Sallyport, and the server has no signing key.",
			"Set signing_key in the server's configuration, or another automerge.method.")}
	case c.classic() != nil:
		want := *c.classic()
		return []pull.Reason{{Code: "checks-on-merge", State: pull.Block, Evidence: map[string]string{"check": want.Name, "required by": want.From},
			Message: fmt.Sprintf("Classic branch protection of %s requires the check %q on the merge commit, and no app can pass it by.", branch, want.Name),
			Next:    "Require the check in a ruleset instead, and make the app its bypass actor (Always)."}}
	case c.barredCheck() != nil:
		want := *c.barredCheck()
		return []pull.Reason{{Code: "checks-on-merge", State: pull.Block, Evidence: map[string]string{"check": want.Name, "required by": want.From},
			Message: fmt.Sprintf("The %s requires the check %q on the merge commit, which CI never sees, and the Sallyport app may not pass it by.", want.From, want.Name),
			Next:    "Make the app a bypass actor (Always) of that ruleset; Sallyport itself waits for every check on the head." + lookAgain}}
	case len(c.barred("update")) > 0:
		return c.updateBarred()
	case rules.Linear:
		return []pull.Reason{setting("linear-history",
			fmt.Sprintf("%s requires a linear history, and %s by merge commits.", branch, c.whatLands()),
			c.linearNext())}
	}
	return append(c.unverified(), c.mergeUnverified()...)
}

func (c Case) whatLands() string {
	if c.glassExactly() {
		return "a broken glass lands"
	}
	return "the policy lands"
}

func (c Case) linearNext() string {
	if c.glassExactly() {
		return "Drop the rule for as long as it takes." + lookAgain
	}
	return "Set automerge.method to squash or rebase, or drop the rule."
}

// classic finds a check that classic protection requires and that is not ours: CI sits on the head, and an app can pass
// by rulesets only.
func (c Case) classic() *pull.RequiredCheck {
	for i, want := range c.Request.Rules.Checks {
		if want.From == classicProtection && !c.mine(want.Name) {
			return &c.Request.Rules.Checks[i]
		}
	}
	return nil
}

// barredCheck finds a check that a ruleset requires by which the app may not pass. Where CI runs on what lands, on the
// branch for batches, that is no obstacle.
func (c Case) barredCheck() *pull.RequiredCheck {
	if c.Policy != nil && c.Policy.Batch.Tests() && !c.glassExactly() {
		return nil
	}
	for i, want := range c.Request.Rules.Checks {
		if !c.mine(want.Name) && slices.ContainsFunc(c.barred("required_status_checks"), func(rs pull.Ruleset) bool { return want.From == "ruleset "+rs.Name }) {
			return &c.Request.Rules.Checks[i]
		}
	}
	return nil
}

// barred are the rulesets with a demand that the app may not pass by.
func (c Case) barred(demand string) []pull.Ruleset {
	return slices.DeleteFunc(slices.Clone(c.Request.Rules.Rulesets), func(rs pull.Ruleset) bool {
		return !rs.Barred || !slices.Contains(rs.Demands, demand)
	})
}

// updateBarred says which ruleset has the branch move by pull requests only.
func (c Case) updateBarred() []pull.Reason {
	barred := c.barred("update")[0]
	return []pull.Reason{{Code: "updates-restricted", State: pull.Block, Evidence: map[string]string{"setting": "ruleset " + barred.Name},
		Message: fmt.Sprintf("The ruleset %s restricts updates of %s, and the Sallyport app may pass it by at most with pull requests: this landing moves the branch itself.", barred.Name, c.Request.Base.Branch),
		Next:    "Make the app a bypass actor (Always) of that ruleset." + lookAgain}}
}

// queuePast says which setting keeps a broken glass from landing past GitHub's merge queue.
func (c Case) queuePast() []pull.Reason {
	branch, barred := c.Request.Base.Branch, c.barred("merge_queue")
	past := "a broken glass lands by a merge commit of Sallyport's own, past the queue"
	known := slices.ContainsFunc(c.Request.Rules.Rulesets, func(rs pull.Ruleset) bool { return slices.Contains(rs.Demands, "merge_queue") })
	switch {
	case !known:
		return []pull.Reason{{Code: "queue-required", State: pull.Block, Evidence: map[string]string{"setting": classicProtection},
			Message: fmt.Sprintf("Classic branch protection of %s requires GitHub's merge queue, which no app can pass by, and %s.", branch, past),
			Next:    "Require the merge queue in a ruleset instead, and make the app its bypass actor (Always)." + lookAgain}}
	case len(barred) > 0:
		return []pull.Reason{{Code: "queue-required", State: pull.Block, Evidence: map[string]string{"setting": "ruleset " + barred[0].Name},
			Message: fmt.Sprintf("The ruleset %s requires GitHub's merge queue on %s, and the Sallyport app may not pass it by: %s.", barred[0].Name, branch, past),
			Next:    "Make the app a bypass actor (Always) of that ruleset." + lookAgain}}
	}
	return nil
}

// PastQueue is why GitHub would not have a broken glass land past its merge queue, nil where it would: everybody hears of
// it before a phone rings.
func PastQueue(c Case) *pull.Reason {
	c.Binding.Method, c.Binding.Glass = pull.MethodExact, "asked for"
	all := append(c.closed(), c.methodObstacles()...)
	if len(all) == 0 {
		return nil
	}
	all[0].Next = strings.TrimSuffix(all[0].Next, lookAgain) + " Then say it again."
	return &all[0]
}

// leavesQueue says that the glass is broken for what still waits in GitHub's merge queue, which lands nothing past its checks.
func leavesQueue() pull.Reason {
	return pull.Reason{Code: "glass-leaves-queue", State: pull.Wait, Message: "The glass is broken, so it leaves GitHub's merge queue, and lands past it.",
		Next: "Nothing to do: whoever broke the glass is asked next."}
}
