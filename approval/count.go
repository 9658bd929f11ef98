package approval

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// approvals judges one approvals list. Rules that ask the same people for the same number share the answer.
func (h *hearing) approvals(a Approvals) outcome {
	p, err := h.panel(a)
	if err != nil {
		return invalid(err)
	}
	return h.ruled(p, a.Count, a.DistinctTeams)
}

func (h *hearing) ruled(p *panel, count, teams int) outcome {
	out, known := p.answers[[2]int{count, teams}]
	if !known {
		reason := h.answer(p, count, teams)
		out = outcome{state: reason.State, reason: reason, needs: Needs{Approvers: p.agreed}}
		p.answers[[2]int{count, teams}] = out
	}
	return out
}

func (h *hearing) answer(p *panel, count, teams int) pull.Reason {
	if doubts := p.allDoubts(); len(doubts) > 0 {
		lead := doubts[0]
		lead.Because = slices.Concat(doubts[1:], p.because)
		return lead
	}
	if asks := p.asks(count); len(p.agreed) < asks {
		reason := p.missing(asks-len(p.agreed), h.request)
		if asks > count {
			return p.oneMore(reason)
		}
		return reason
	}
	if h.spoken(p, p.agreed) < teams {
		return h.unrepresented(p, teams)
	}
	return approvedBy(p.agreed, "", p.because)
}

// allDoubts are what keeps anybody from saying whose approvals count. Where contributors may approve, it does not
// matter who they are.
func (p *panel) allDoubts() []pull.Reason {
	if p.ballot.terms.othersCount() {
		return p.doubts
	}
	return slices.Concat(p.ballot.contributors.doubts, p.doubts)
}

// approvedBy names who agreed, and under which rule where one is meant.
func approvedBy(who []pull.Account, rule string, because []pull.Reason) pull.Reason {
	people := logins(who)
	message := "Approved by " + both(people)
	if rule != "" {
		message += ": " + rule
	}
	return pull.Reason{
		Code: "approved", State: pull.Pass,
		Message:  message + ".",
		Evidence: map[string]string{"approvers": listed(people, ", ")},
		Because:  because,
	}
}

// missing explains what still has to be agreed to, and who could. Where too few people could, waiting would be a
// lie, so it blocks.
func (p *panel) missing(more int, r pull.Request) pull.Reason {
	able := names(p.spelt)
	ask := approvalsWord(more, len(p.agreed) > 0) + " from " + whom(p.entries, more)
	reason := pull.Reason{
		Code: p.code(), State: pull.Wait,
		Message:  fmt.Sprintf("Waiting for %s%s.", ask, naming(able)),
		Evidence: map[string]string{"outstanding": fmt.Sprint(more), "candidates": listed(able, ", ")},
		Next:     fmt.Sprintf("Ask %s to review %s", p.asked(), r.Ref()),
		Because:  p.because,
	}
	if len(p.able) >= more {
		return reason
	}
	reason.State, reason.Because = pull.Block, nil
	reason.Next = "Give somebody who did not work on this change the right to approve it, or change the policy"
	return pull.Reason{
		Code:     "nobody-can-approve",
		Message:  fmt.Sprintf("It takes %s, but %s.", ask, p.shortage()),
		Evidence: reason.Evidence,
		Next:     reason.Next,
		Because:  append([]pull.Reason{reason}, p.because...),
	}
}

// code names the role where it is one role that is asked for.
func (p *panel) code() string {
	if len(p.entries) == 1 && p.entries[0].plainRole() {
		return "no-" + p.entries[0].Role.String() + "-approval"
	}
	return "no-approval"
}

func (p *panel) shortage() string {
	switch {
	case len(p.able) == 0:
		return "nobody who did not work on this change can give that"
	case len(p.spelt) < len(p.able):
		return "too few who did not work on this change can give that"
	}
	return "only " + both(names(p.able)) + " can give that"
}

func naming(able []string) string {
	if len(able) == 0 {
		return ""
	}
	return ": " + either(able)
}
