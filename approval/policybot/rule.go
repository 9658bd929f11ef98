package policybot

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport/pull"
)

// standing is what a rule or a conjunction came to. The zero value is doubt, which no alternative outweighs.
type standing int

const (
	inDoubt standing = iota
	pending
	approved
	skipped
)

var states = map[standing]pull.State{inDoubt: pull.Block, pending: pull.Wait, approved: pull.Pass, skipped: pull.Pass}

// result is the outcome of a part of the approval policy.
type result struct {
	standing  standing
	reason    pull.Reason
	approvers []pull.Account
}

// rule judges one rule: skipped unless its predicates hold, then approved or pending by what it requires.
func (h *hearing) rule(rule Rule) result {
	applies, seen := h.all(rule.If, pull.Pass)
	switch applies {
	case no:
		return conclude(rule, result{standing: skipped}, "rule-skipped", "Skipped: "+rule.Name+".", "", seen)
	case unknown:
		return conclude(rule, result{}, "rule-in-doubt", "Nobody can tell whether this rule applies: "+rule.Name+".", nextOf(seen), seen)
	}
	conditions, wanted := h.all(rule.Requires.Conditions, pull.Wait)
	seen = append(seen, wanted...)
	if rule.Requires.Count <= 0 {
		return h.conclude(rule, conditions, tally{}, seen)
	}
	return h.conclude(rule, conditions, h.tally(rule), seen)
}

func (h *hearing) conclude(rule Rule, conditions truth, t tally, seen []pull.Reason) result {
	missing, why := t.missing(rule.Requires.Count)
	because := slices.Concat(why, t.because, seen)
	switch {
	case len(t.doubts) > 0:
		lead := t.doubts[0]
		return conclude(rule, result{}, "rule-in-doubt", "Nobody can tell whether this rule is approved: "+rule.Name+".", lead.Next, append(t.doubts, because...))
	case conditions == unknown:
		return conclude(rule, result{}, "rule-in-doubt", "Nobody can tell whether this rule is approved: "+rule.Name+".", nextOf(seen), because)
	case missing > 0 && rule.Requires.Actors.Empty():
		return conclude(rule, result{}, "nobody-can-approve", "The rule wants approvals, but names nobody who can give them: "+rule.Name+".",
			"Name users, teams, organizations or permissions under requires in the policy", because)
	case missing > 0:
		who := rule.Requires.Actors.describe()
		message := fmt.Sprintf("Waiting for %s from %s: %s.", approvalsWord(missing), who, rule.Name)
		out := conclude(rule, result{standing: pending}, "rule-pending", message, fmt.Sprintf("Ask %s to review %s", who, h.request.Ref()), because)
		out.reason.Evidence["outstanding"] = strconv.Itoa(missing)
		return out
	case conditions == no:
		message := "Waiting for the conditions of a rule: " + rule.Name + "."
		return conclude(rule, result{standing: pending}, "conditions-pending", message, "Wait for what the conditions ask, or see to it", because)
	}
	return conclude(rule, result{standing: approved, approvers: t.agreed}, "rule-approved", approvedMessage(rule, t.agreed), "", because)
}

func approvedMessage(rule Rule, by []pull.Account) string {
	if len(by) > 0 {
		return fmt.Sprintf("Approved by %s: %s.", series(logins(by), "and"), rule.Name)
	}
	return fmt.Sprintf("No approval needed: %s.", rule.Name)
}

func conclude(rule Rule, out result, code, message, next string, because []pull.Reason) result {
	out.reason = pull.Reason{
		Code: code, State: states[out.standing], Message: message, Next: next, Because: because,
		Evidence: map[string]string{"rule": rule.Name, "line": strconv.Itoa(rule.Line)},
	}
	if r := rule.Options.RequestReview; r.Enabled && out.standing == pending {
		out.reason.Evidence["request_review"] = fmt.Sprintf("%s, %d", r.Mode, wanted(rule))
	}
	return out
}

// nextOf is the first step that a doubtful condition offers.
func nextOf(seen []pull.Reason) string {
	for _, r := range seen {
		if r.State == pull.Block && r.Next != "" {
			return r.Next
		}
	}
	return "Comment /sallyport recheck"
}
