package policybot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// node judges a part of the approval policy. Skipped rules vanish; a doubt anywhere is a doubt of the whole, also
// beside an alternative that is approved.
func (h *hearing) node(p Policy, n Node) result {
	if n.Op == OpRule {
		return h.rule(p.Rules[n.Rule])
	}
	parts := make([]result, len(n.Parts))
	for i, part := range n.Parts {
		parts[i] = h.node(p, part)
	}
	return join(n.Op, parts)
}

func join(op string, parts []result) result {
	out := result{standing: together(op, parts)}
	for _, p := range parts {
		if p.standing == approved {
			out.approvers = append(out.approvers, p.approvers...)
		}
	}
	out.reason = conjunction(op, out.standing, parts)
	for _, p := range parts {
		out.reason.Because = append(out.reason.Because, p.reason)
	}
	return out
}

func together(op string, parts []result) standing {
	has := func(s standing) bool {
		return slices.ContainsFunc(parts, func(p result) bool { return p.standing == s })
	}
	switch {
	case has(inDoubt):
		return inDoubt
	case op == OpOr && has(approved):
		return approved
	case has(pending):
		return pending
	case has(approved):
		return approved
	}
	return skipped
}

var conjunctionWords = map[string]string{OpAnd: "all-of", OpOr: "any-of"}

// conjunction words what came of several parts in the words of the one that decided.
func conjunction(op string, s standing, parts []result) pull.Reason {
	reason := pull.Reason{Code: conjunctionWords[op], State: states[s]}
	var deciding []pull.Reason
	for _, p := range parts {
		if p.standing == s {
			deciding = append(deciding, p.reason)
		}
	}
	switch {
	case s == skipped:
		reason.Message = "No rule in here applies."
		return reason
	case s == inDoubt && op == OpOr:
		reason.Code = "alternative-in-doubt"
	case s == pending && op == OpOr && len(deciding) > 1:
		reason.Message, reason.Next = "Any of these would do: "+messages(deciding)+".", deciding[0].Next
		return reason
	}
	reason.Message, reason.Next = deciding[0].Message, deciding[0].Next
	return reason
}

func messages(reasons []pull.Reason) string {
	var words []string
	for _, r := range reasons {
		words = append(words, strings.TrimSuffix(r.Message, "."))
	}
	return strings.Join(words, "; ")
}

// noRule is the verdict where every rule was skipped: policy-bot, too, calls that an error.
func noRule(because []pull.Reason) pull.Reason {
	return pull.Reason{
		Code: "no-rule-applies", Message: fmt.Sprintf("None of the policy's rules applies to this change (%d were skipped).", countRules(because)),
		Next:    "Add a rule without predicates to the policy on the target branch, for what no other rule covers",
		Because: because,
	}
}

func countRules(reasons []pull.Reason) int {
	n := 0
	for _, r := range reasons {
		if r.Code == "rule-skipped" {
			n++
		}
		n += countRules(r.Because)
	}
	return n
}
