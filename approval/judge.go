package approval

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport/pull"
)

// Judge decides whether the people whom the policy asks for have agreed to the paths that would land. The verdict's
// reasons are the faults of the change itself, then one for each governing rule, the most careful first; what each
// rests on is in its Because. signatures is how the signatures gate would judge these commits if it were asked.
func Judge(p Policy, r pull.Request, people Humans, signatures pull.State) (pull.Verdict, Needs) {
	rules, err := compile(p)
	if err != nil {
		return verdict(invalidReason(err)), Needs{Duo: DuoBoth, Signatures: true, Unsettled: true}
	}
	if r.Test.State != pull.Clean {
		return verdict(r.Unsettled()), anyRule(p)
	}
	h := newHearing(r, people, signatures)
	groups, passed := h.govern(p, rules)
	groups = guarded(p, r, groups)
	reasons, needs := h.answers(groups, faults(p, h, groups))
	reasons = append(reasons, h.vetoes(groups)...)
	return verdict(append(reasons, passed...)...), needs
}

// answers adds what came of each governing rule.
func (h *hearing) answers(groups []Governed, reasons []pull.Reason) ([]pull.Reason, Needs) {
	var needs Needs
	for _, g := range groups {
		if g.Index < 0 {
			continue
		}
		out := h.require(g.Rule.Require, g.Files)
		needs = h.union(needs, out.needs)
		if out.state == pull.Wait {
			needs.Reviewers = needs.Reviewers.and(h.reviewers(g))
		}
		reasons = append(reasons, ruleReason(g, out))
	}
	return reasons, needs
}

// verdict puts the most careful reasons first; what was approved by people comes before what needed nobody.
func verdict(reasons ...pull.Reason) pull.Verdict {
	rank := func(r pull.Reason) int {
		switch r.Code {
		case "approved-by-default":
			return int(pull.Pass) + 1
		case "rule-skipped":
			return int(pull.Pass) + 2
		}
		return int(r.State)
	}
	slices.SortStableFunc(reasons, func(a, b pull.Reason) int { return rank(a) - rank(b) })
	return pull.Verdict{Gate: pull.GateApproval, State: reasons[0].State, Reasons: reasons}
}

// ruleReason says what came of one rule, in the words of the part that decided it.
func ruleReason(g Governed, out outcome) pull.Reason {
	reason := out.reason
	switch {
	case out.state != pull.Pass:
	case len(out.needs.Approvers) == 0:
		reason = pull.Reason{
			Code: "approved-by-default", State: pull.Pass,
			Message: fmt.Sprintf("No approval needed: %s.", g.Rule.Name),
			Because: reason.Because,
		}
	default:
		reason = approvedBy(out.needs.Approvers, g.Rule.Name, reason.Because)
	}
	reason.Evidence = ruleEvidence(g, reason.Evidence)
	if len(g.Conditions) > 0 {
		reason.Because = slices.Concat(reason.Because, g.Conditions)
	}
	return reason
}

// ruleEvidence is a copy: the outcome behind it may be shared by several rules.
func ruleEvidence(g Governed, own map[string]string) map[string]string {
	evidence := make(map[string]string, len(own)+4)
	for k, v := range own {
		evidence[k] = v
	}
	evidence["rule"] = g.Rule.Name
	evidence["line"] = strconv.Itoa(g.Rule.Line)
	evidence["paths"] = strconv.Itoa(len(g.Files))
	evidence["first"] = listed(paths(g.Files[:min(len(g.Files), shownAtMost)]), ", ")
	return evidence
}

// anyRule is what any rule of the policy could ask of the other gates.
func anyRule(p Policy) Needs {
	needs := Needs{Unsettled: true}
	var add func(Requirement)
	add = func(q Requirement) {
		needs.Duo = duoUnion(needs.Duo, q.Duo)
		needs.Signatures = needs.Signatures || q.Signatures
		for _, part := range slices.Concat(q.Any, q.All) {
			add(part)
		}
	}
	for _, rule := range p.Rules {
		add(rule.Require)
	}
	return needs
}
