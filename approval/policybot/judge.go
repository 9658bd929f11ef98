package policybot

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Judge decides by a policy-bot policy whether a pull request is approved. The verdict's reasons are the faults of
// the change itself, then the disapproval, then the parts of the approval policy, the most careful first; what each
// rests on is in its Because, down to the value that each predicate saw.
func Judge(p Policy, r pull.Request, people Humans) pull.Verdict {
	switch {
	case p.Remote != nil:
		return verdict(remoteUnread(*p.Remote, r.Remote))
	case p.Approval == nil:
		return verdict(nothingApproves())
	case r.Test.State != pull.Clean:
		return verdict(r.Unsettled())
	}
	_, v := decide(p, r, people)
	return v
}

// decide judges by our reading of the predicates, and where they have another, by policy-bot's own, too. The more careful
// verdict counts; with it comes the hearing that led to it.
func decide(p Policy, r pull.Request, people Humans) (*hearing, pull.Verdict) {
	h := newHearing(r, people)
	ours := h.ruling(p)
	if ours.State == pull.Block || !p.readTwice() {
		return h, ours
	}
	literal := h.literal()
	if theirs := literal.ruling(p); theirs.State < ours.State {
		return literal, theirs
	}
	return h, ours
}

// ruling is what one reading comes to. The faults are our own, so that policy-bot's reading has none.
func (h *hearing) ruling(p Policy) pull.Verdict {
	root := h.node(p, *p.Approval)
	var reasons []pull.Reason
	if !h.literally {
		reasons = faults(h.request, root)
	}
	if p.Disapproval != nil {
		reasons = append(reasons, h.disapproval(*p.Disapproval))
	}
	return verdict(append(reasons, topReasons(*p.Approval, root)...)...)
}

// topReasons spreads the policy's outermost list out, so that each of its parts reads as a reason of its own.
func topReasons(n Node, root result) []pull.Reason {
	switch {
	case root.standing == skipped:
		return []pull.Reason{noRule([]pull.Reason{root.reason})}
	case n.Op == OpAnd:
		return root.reason.Because
	}
	return []pull.Reason{root.reason}
}

// verdict puts the most careful reasons first; among those that pass, what does not apply comes last.
func verdict(reasons ...pull.Reason) pull.Verdict {
	aside := []string{"rule-skipped", "nobody-disapproves"}
	rank := func(r pull.Reason) int {
		if slices.Contains(aside, r.Code) {
			return int(pull.Pass) + 1
		}
		return int(r.State)
	}
	slices.SortStableFunc(reasons, func(a, b pull.Reason) int { return rank(a) - rank(b) })
	return pull.Verdict{Gate: pull.GateApproval, State: reasons[0].State, Reasons: reasons}
}

func nothingApproves() pull.Reason {
	return pull.Reason{
		Code: "nothing-approves", Message: "The policy has no approval section, so nothing says what may land.",
		Next: "List the rules that must hold under policy: approval: in the policy on the target branch",
	}
}

// remoteUnread says why what the policy points to is no policy to judge by. there is what was found.
func remoteUnread(remote Remote, there pull.Source) pull.Reason {
	reason := pull.Reason{
		Code: "remote-policy-unread", Message: fmt.Sprintf("The policy is kept in %s, and could not be read there.", remote.Repo),
		Evidence: map[string]string{"remote": remote.Repo, "path": remote.Path, "ref": remote.Ref},
		Next:     "Install the app on " + remote.Repo + " and see that the file is there, then comment /sallyport recheck",
	}
	switch {
	case there.Unreadable != "":
		reason.Message = fmt.Sprintf("The policy is kept in %s, and could not be read there: %s.", remote.Repo, there.Unreadable)
	case there.Present():
		reason.Message = fmt.Sprintf("The policy is kept in %s, which points on to %s: one step too many.", there.Path, remote.Repo)
		reason.Next = "Point straight to where the policy is kept"
	}
	return reason
}
