package automerge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// queues reports whether it lands through GitHub's merge queue.
func (c Case) queues() bool { return c.Binding.Method == pull.MethodQueue }

// grouped reports whether the queue has built what would land.
func (c Case) grouped() bool { return c.queues() && c.Request.Queued.Built() }

// enqueuedByHand reports whether a person put it into the queue: that is asking for the landing.
func (c Case) enqueuedByHand() bool {
	return c.Request.Queued != nil && c.Request.Queued.By.Kind == pull.User
}

// queueObstacles finds settings that keep anything from landing through the merge queue.
func (c Case) queueObstacles() []pull.Reason {
	rules, branch := c.Request.Rules, c.Request.Base.Branch
	switch {
	case !rules.Queue:
		return []pull.Reason{setting("queue-missing",
			fmt.Sprintf("The policy lands through GitHub's merge queue, and %s has none.", branch),
			"Require a merge queue in a ruleset of the branch, or set automerge.method to exact, merge, squash, rebase or ff-only.")}
	case rules.Linear && rules.QueueMethod == pull.MethodMerge:
		return []pull.Reason{setting("linear-history",
			fmt.Sprintf("%s requires a linear history, and its merge queue lands by merge commits.", branch),
			"Set the merge queue's merge method to squash or rebase, or drop the rule.")}
	case rules.Signed && rules.QueueMethod == pull.MethodRebase:
		return []pull.Reason{setting("signed-rebase",
			fmt.Sprintf("%s requires signed commits, and GitHub cannot sign rebased ones.", branch),
			"Set the merge queue's merge method to merge or squash, or drop the rule.")}
	}
	return nil
}

// judgeQueued judges a landing through GitHub's merge queue. Outside the queue it is Ready once nothing but Duo's answer
// is missing, and enters. Inside, the group is judged: it is Ready when its people may be asked, and Agreed when it may
// be let go.
func (c Case) judgeQueued() (pull.Verdict, Stage) {
	obstacles, gates, waits := c.obstacles(), c.openGates(), c.queueWaits()
	all := slices.Concat(obstacles, waits, gates)
	switch {
	case c.Request.Queued != nil && c.Broken && len(all) > 0:
		return verdict(append([]pull.Reason{leavesQueue()}, all...)), NotReady
	case len(obstacles) > 0 || c.gateBlocks(gates) || len(waits) > 0:
		return verdict(all), NotReady
	case c.Request.Queued == nil && slices.ContainsFunc(gates, func(r pull.Reason) bool { return r.State == pull.Block }):
		return verdict(all), NotReady
	case c.Request.Queued == nil && c.Policy == nil:
		return verdict(append([]pull.Reason{queuedByHand()}, gates...)), NotReady
	case c.Request.Queued == nil:
		return verdict(append([]pull.Reason{enqueueing()}, gates...)), Ready
	case len(gates) > 0:
		return verdict(gates), Ready
	}
	return verdict([]pull.Reason{released()}), Agreed
}

func enqueueing() pull.Reason {
	return pull.Reason{Code: "enqueueing", State: pull.Wait, Message: "It goes into GitHub's merge queue next.",
		Next: "Nothing to do: whoever must confirm is asked once the queue has built what lands."}
}

func queuedByHand() pull.Reason {
	return pull.Reason{Code: "automerge-off", State: pull.Wait,
		Message: "The policy has no automerge section, so a person puts it into the merge queue.",
		Next:    "Press “Merge when ready”, or add an automerge section to the policy."}
}

func released() pull.Reason {
	return pull.Reason{Code: "released", State: pull.Wait, Message: "Everything is green on its group: GitHub's merge queue lands it next.",
		Next: "Nothing to do."}
}

// queueWaits are what keeps it outside the queue, or its group from being asked about, apart from what keeps any landing.
func (c Case) queueWaits() []pull.Reason {
	q := c.Request.Queued
	switch {
	case q == nil:
		return c.staysOut()
	case q.Head == "":
		return []pull.Reason{{Code: "in-queue", State: pull.Wait,
			Message: fmt.Sprintf("It is number %d in GitHub's merge queue, which has not built its group yet.", q.Position),
			Next:    "Nothing to do: it is looked at again."}}
	}
	for _, m := range q.Ahead {
		if m.Head == "" || !slices.Contains(c.Released, m.Head) {
			return []pull.Reason{{Code: "queue-ahead", State: pull.Wait, Evidence: map[string]string{"ahead": fmt.Sprintf("#%d", m.Number)},
				Message: fmt.Sprintf("#%d lands before it, and its group contains that: it is waited for.", m.Number),
				Next:    "Nothing to do: once that one may land, its own people are asked."}}
		}
	}
	return nil
}

// staysOut says why it is not put into the queue again by itself: GitHub would not have it, or let go of it.
func (c Case) staysOut() []pull.Reason {
	e := c.Enqueuing
	switch {
	case e == nil || e.Head != c.Request.Head.SHA:
		return nil
	case e.Code != "" && !c.Rechecked.After(e.At):
		return []pull.Reason{{Code: "queue-refused", State: pull.Block, Message: "GitHub's merge queue did not take it: " + e.Detail,
			Evidence: map[string]string{"refusal": e.Code, "head": e.Head},
			Next:     "Mend what GitHub names, then comment /sallyport recheck."}}
	case e.Entered && e.Left.IsZero() && !c.Rechecked.After(e.At):
		return []pull.Reason{{Code: "queue-ejected", State: pull.Block, Message: "GitHub's merge queue let go of it" + c.because() + ".",
			Evidence: map[string]string{"reason": c.Request.Removed.Reason, "head": e.Head},
			Next:     "Mend the cause and push, or comment /sallyport recheck to have it put in again."}}
	case !e.Left.IsZero() && c.reenters() > 0:
		return []pull.Reason{{Code: "queue-left", State: pull.Wait, Message: "It was taken out of the merge queue, and goes in again in a moment.",
			Next: "Nothing to do."}}
	}
	return nil
}

var letGo = map[string]string{
	"ci_failure": ": a required check failed on its group", "ci_timeout": ": its group's checks did not answer in time",
	"merge_conflict": ": it conflicts with what lands before it", "manual": ": somebody took it out",
	"branch_protections": ": the branch's rules were no longer met",
}

func (c Case) because() string {
	reason := c.Request.Removed.Reason
	if said, ok := letGo[reason]; ok || reason == "" {
		return said
	}
	return " (" + strings.ReplaceAll(reason, "_", " ") + ")"
}

// reenters is how long it stays out after we took it out: the longer, the oftener this head was put in, so that what the
// queue's order keeps from landing does not go in and out.
func (c Case) reenters() time.Duration {
	pause := min(time.Second<<min(c.Enqueuing.Tries, 10), 10*time.Minute)
	return max(0, c.Enqueuing.Left.Add(pause).Sub(c.Request.At))
}

// NextEntry is how long until it may go into the queue again; 0 where that does not depend on time.
func NextEntry(c Case) time.Duration {
	if c.Request.Queued != nil || c.Enqueuing == nil || c.Enqueuing.Left.IsZero() {
		return 0
	}
	return c.reenters()
}

// Leave says why the pull request must not stay in the merge queue. What the checks on its group come to is left to the
// queue, which lets go of it by itself; and while a phone rings, nobody waits in vain.
func Leave(c Case) (pull.Reason, bool) {
	if c.Request.Queued == nil {
		return pull.Reason{}, false
	}
	if open := slices.Concat(c.obstacles(), c.queueWaits(), c.openGates()); c.Broken && len(open) > 0 {
		return leavesQueue(), true
	}
	for _, r := range append(c.obstacles(), c.openGates()...) {
		duo := r.Evidence["gate"] == string(pull.GateDuo)
		switch {
		case duo && r.State == pull.Wait, r.Code == "mergeability-unknown", strings.HasPrefix(r.Code, "check-"):
		default:
			return r, true
		}
	}
	return pull.Reason{}, false
}

// Red reports whether a required check has failed on the group, so that nothing of ours may look as if it could still land.
func Red(c Case) bool {
	return c.grouped() && slices.ContainsFunc(c.checks(), func(r pull.Reason) bool { return r.Code == "check-failed" })
}
