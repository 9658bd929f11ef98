package approval

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// JudgeFloor decides whether what an organisation's floor asks of these paths holds, beside and apart from the
// repository's own policy: nothing that a repository writes lifts an objection here. A path that no rule of the floor
// names is not its business. at is where the floor stands, for people.
func JudgeFloor(p Policy, at string, r pull.Request, people Humans, signatures pull.State) (pull.Verdict, Needs) {
	rules, err := compile(p)
	if err != nil {
		return ofFloor(at, verdict(invalidReason(err))), Needs{Duo: DuoBoth, Signatures: true, Unsettled: true}
	}
	if r.Test.State != pull.Clean {
		return pull.Verdict{Gate: pull.GateApproval, State: pull.Pass}, anyRule(p)
	}
	h := newHearing(r, people, signatures)
	groups, _ := h.govern(p, rules)
	groups = slices.DeleteFunc(groups, func(g Governed) bool { return g.Index < 0 })
	var reasons []pull.Reason
	if history := untold(p, r); history.Code != "" {
		reasons = append(reasons, history)
	}
	reasons, needs := h.answers(groups, reasons)
	reasons = append(reasons, h.vetoes(groups)...)
	if len(reasons) == 0 {
		return pull.Verdict{Gate: pull.GateApproval, State: pull.Pass}, needs
	}
	return ofFloor(at, verdict(reasons...)), needs
}

// ofFloor says of each reason whose it is.
func ofFloor(at string, v pull.Verdict) pull.Verdict {
	for i, reason := range v.Reasons {
		evidence := map[string]string{"floor": at}
		for k, value := range reason.Evidence {
			evidence[k] = value
		}
		v.Reasons[i].Evidence, v.Reasons[i].Message = evidence, "The organisation's floor: "+decapitalised(reason.Message)
	}
	return v
}

// Joined is the verdict of both, as careful as the more careful one.
func Joined(own, floor pull.Verdict) pull.Verdict {
	out := verdict(slices.Concat(own.Reasons, floor.Reasons)...)
	out.State = pull.Worse(out.State, pull.Worse(own.State, floor.State))
	return out
}

// With is what both ask of the other gates. Approvers stay in the order in which they approved.
func (n Needs) With(o Needs, r pull.Request) Needs {
	var votes []vote
	for _, v := range latestVotes(r.Reviews) {
		votes = append(votes, vote{paper: paper{Review: v}})
	}
	return unionOf(n, o, votes)
}
