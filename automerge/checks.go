package automerge

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// checks lists the required checks that are not green. Our own are left out: they are what the gates answer.
func (c Case) checks() []pull.Reason {
	required := c.required()
	if len(required) == 0 && c.Policy != nil && !c.Policy.AllowNoChecks {
		return []pull.Reason{{Code: "nothing-required", State: pull.Wait,
			Message: "Nothing is configured to wait for: neither the branch's rules nor the policy require any check.",
			Next:    "List checks under automerge.checks, require some on the branch, or set automerge.allow_no_checks: true."}}
	}
	var out []pull.Reason
	for _, want := range required {
		if !c.ours(want) {
			out = append(out, c.judgeCheck(want)...)
		}
	}
	return out
}

func (c Case) required() []pull.RequiredCheck {
	all := c.Request.Rules.Checks
	if c.Policy == nil {
		return all
	}
	for _, name := range c.Policy.Checks {
		all = append(all[:len(all):len(all)], pull.RequiredCheck{Name: name, From: "the policy"})
	}
	return all
}

func (c Case) ours(want pull.RequiredCheck) bool {
	for _, r := range c.Reports {
		if r.Name == want.Name {
			return true
		}
	}
	return false
}

// judgeCheck wants every check run and every status of the name to have succeeded; GitHub, too, wants both.
func (c Case) judgeCheck(want pull.RequiredCheck) []pull.Reason {
	var out []pull.Reason
	found, foreign := false, int64(0)
	for _, have := range c.Request.Checks {
		if have.Name != want.Name {
			continue
		}
		if want.App != 0 && have.App != want.App {
			foreign = have.App
			continue
		}
		found = true
		if !have.Green() {
			out = append(out, notGreen(want, have))
		}
	}
	switch {
	case found:
		return out
	case foreign != 0:
		return []pull.Reason{missing(want, "check-wrong-app",
			fmt.Sprintf("The check %q was reported by another app (%d) than the one required (%d).", want.Name, foreign, want.App))}
	default:
		return []pull.Reason{missing(want, "check-missing", fmt.Sprintf("The required check %q has not reported.", want.Name))}
	}
}

func missing(want pull.RequiredCheck, code, message string) pull.Reason {
	return pull.Reason{Code: code, State: pull.Wait, Message: message,
		Evidence: map[string]string{"check": want.Name, "required by": want.From},
		Next:     "Start it, or see why it has not run."}
}

func notGreen(want pull.RequiredCheck, have pull.Check) pull.Reason {
	evidence := map[string]string{"check": have.Name, "required by": want.From}
	if !have.Done() {
		return pull.Reason{Code: "check-pending", State: pull.Wait, Evidence: evidence,
			Message: fmt.Sprintf("The check %q has not finished.", have.Name), Next: "Nothing to do: it lands when the check succeeds."}
	}
	evidence["conclusion"] = have.Conclusion
	return pull.Reason{Code: "check-failed", State: pull.Wait, Evidence: evidence,
		Message: fmt.Sprintf("The check %q ended as %s; only success counts.", have.Name, have.Conclusion),
		Next:    "Mend the cause, or run it again."}
}
