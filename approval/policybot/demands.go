package policybot

import "github.com/sallyport/sallyport/pull"

// Demand is what a part of an approval policy asks of one pull request, whatever its rules are called: what does not
// apply is left out.
type Demand struct {
	Op       string
	Requires Requires
	Options  Options
	Doubtful bool // nobody can tell whether the rule applies
	Parts    []Demand
}

// Demands are what the policy asks of the request by our reading of its predicates and by policy-bot's, to be compared
// with what another one asks. A policy that is kept elsewhere, and one that approves nothing, ask for what nobody can give:
// the zero Demand.
func Demands(p Policy, r pull.Request, people Humans) (asked [2]Demand, held *Disapproval) {
	if p.Approval == nil || p.Remote != nil {
		return asked, p.Disapproval
	}
	h := newHearing(r, people)
	asked[0], _ = h.demand(p, *p.Approval)
	asked[1], _ = h.literal().demand(p, *p.Approval)
	return asked, p.Disapproval
}

func (h *hearing) demand(p Policy, n Node) (Demand, bool) {
	if n.Op == OpRule {
		rule := p.Rules[n.Rule]
		applies, _ := h.all(rule.If, pull.Pass)
		rule.Options.RequestReview = RequestReview{}
		return Demand{Op: n.Op, Requires: rule.Requires, Options: rule.Options, Doubtful: applies == unknown}, applies != no
	}
	out := Demand{Op: n.Op}
	for _, part := range n.Parts {
		if d, applies := h.demand(p, part); applies {
			out.Parts = append(out.Parts, d)
		}
	}
	return out, len(out.Parts) > 0
}
