// Package policytest runs the declarative tests that stand beside a policy: it builds the pull request that a case
// describes and has it judged exactly as a real one is.
package policytest

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// Result is what one case came to. It passed when Wrong is empty.
type Result struct {
	Case   config.Case `json:"-"`
	Name   string      `json:"name"`
	Line   int         `json:"line"`
	Passed bool        `json:"passed"`
	Wrong  []string    `json:"wrong,omitempty"` // what was expected and did not hold, a sentence each
	// Approval is the verdict on the case, with the whole reason tree.
	Approval   pull.Verdict       `json:"approval"`
	Duo        string             `json:"duo"`        // author, approver, both or not-required
	Signatures string             `json:"signatures"` // pass, block or not-required
	Decision   reconcile.Decision `json:"-"`
}

// Run judges one case by a policy text, and by a floor where that is present. The sources' paths are for messages only.
func Run(c config.Case, source, floor pull.Source) Result {
	policy, problems := config.ParsePolicy(source.Path, []byte(source.Text))
	var beneath config.Policy
	if floor.Present() && problems == nil {
		beneath, problems = config.ParsePolicy(floor.Path, []byte(floor.Text))
	}
	res := Result{Case: c, Name: c.Name, Line: c.Line}
	r := request(c, []approval.Policy{policy.Approval, beneath.Approval}, source)
	r.Floor = floor
	res.Decision = reconcile.Suppose(r, nil)
	d := res.Decision
	res.Approval, res.Duo, res.Signatures = d.Verdict(pull.GateApproval), orElse(d.Needs.Duo, config.NotRequired), config.NotRequired
	if d.Needs.Signatures {
		res.Signatures = d.Verdict(pull.GateSignatures).State.String()
	}
	if problems != nil {
		res.Wrong = []string{"the policy is not good: " + problems.List()[0].String()}
		return res
	}
	res.Wrong = slices.Concat(wrongApproval(c.Expect, res.Decision), wrongNeeds(c.Expect, res.Decision), wrongRules(c.Expect, res.Decision))
	res.Passed = len(res.Wrong) == 0
	return res
}

func wrongApproval(want config.Expect, d reconcile.Decision) []string {
	var wrong []string
	v := d.Verdict(pull.GateApproval)
	if want.Approval != "" && v.State.String() != want.Approval {
		wrong = append(wrong, fmt.Sprintf("approval: expected %s, got %s", want.Approval, v.State))
	}
	for _, code := range want.Codes {
		if !v.Has(code) && !d.Verdict(pull.GateSignatures).Has(code) {
			wrong = append(wrong, fmt.Sprintf("code: expected %s, which is nowhere; the first is %s", code, v.Lead().Code))
		}
	}
	return wrong
}

func wrongNeeds(want config.Expect, d reconcile.Decision) []string {
	var wrong []string
	if got := d.Needs.Duo; !asExpected(want.Duo, got) {
		wrong = append(wrong, fmt.Sprintf("duo: expected %s, got %s", want.Duo, orElse(got, config.NotRequired)))
	}
	got := ""
	if d.Needs.Signatures {
		got = d.Verdict(pull.GateSignatures).State.String()
	}
	if !asExpected(want.Signatures, got) {
		wrong = append(wrong, fmt.Sprintf("signatures: expected %s, got %s", want.Signatures, orElse(got, config.NotRequired)))
	}
	return wrong
}

// asExpected compares a need with the word for it; "" needs nothing.
func asExpected(want, got string) bool {
	switch want {
	case "":
		return true
	case config.Required:
		return got != ""
	case config.NotRequired:
		return got == ""
	}
	return want == got
}

func wrongRules(want config.Expect, d reconcile.Decision) []string {
	var wrong []string
	for _, rule := range want.Rules {
		if !named(d, rule.Rule) {
			wrong = append(wrong, fmt.Sprintf("by_rule: the policy has no rule named %q", rule.Rule))
			continue
		}
		if got := ruleState(d, rule.Rule); got != rule.State {
			wrong = append(wrong, fmt.Sprintf("by_rule: %q: expected %s, got %s", rule.Rule, rule.State, got))
		}
	}
	return wrong
}

func named(d reconcile.Decision, name string) bool {
	for _, rule := range slices.Concat(d.Policy.Approval.Rules, d.Floor.Rules.Rules) {
		if rule.Name == name {
			return true
		}
	}
	return false
}

// ruleState is the most careful that was said of a rule: its reasons carry its name.
func ruleState(d reconcile.Decision, name string) string {
	state, said := pull.Pass, false
	for _, reason := range d.Verdict(pull.GateApproval).Reasons {
		if reason.Evidence["rule"] == name {
			state, said = pull.Worse(state, reason.State), true
		}
	}
	if !said {
		return config.NotGoverning
	}
	return state.String()
}
