package policybot

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Dismissal is an approving review that is to be taken back on GitHub, and why.
type Dismissal struct {
	Review int64
	Author string
	Why    string
}

// Dismissals are the approving reviews that an option of a rule has voided for good (a push with invalidate_on_push, an
// edit with ignore_edited_comments), and that no other rule would still hear. While any rule is in doubt nothing is
// dismissed: a dismissal cannot be undone, and the doubt may be settled in the review's favour.
func Dismissals(p Policy, r pull.Request, people Humans) []Dismissal {
	if p.Approval == nil || p.Remote != nil || r.Test.State != pull.Clean {
		return nil
	}
	h := newHearing(r, people)
	listening, certain := h.listening(p)
	literally, sure := h.literal().listening(p)
	if !certain || !sure {
		return nil
	}
	return h.voided(append(listening, literally...))
}

// listening are the rules that apply and hear reviews; certain is false while any rule is in doubt.
func (h *hearing) listening(p Policy) (rules []Rule, certain bool) {
	for _, index := range p.Approval.rules() {
		switch rule := p.Rules[index]; h.rule(rule).standing {
		case inDoubt:
			return nil, false
		case skipped:
		default:
			if rule.Requires.Count > 0 && rule.Options.Methods.reviews() {
				rules = append(rules, rule)
			}
		}
	}
	return rules, true
}

func (h *hearing) voided(listening []Rule) []Dismissal {
	var out []Dismissal
	for i, v := range h.reviews {
		if h.request.Reviews[i].State != pull.Approved || !v.who.Known() {
			continue
		}
		why := make([]string, len(listening))
		for n, rule := range listening {
			why[n] = h.void(v, rule.Options)
		}
		if len(why) > 0 && !slices.Contains(why, "") {
			out = append(out, Dismissal{Review: v.id, Author: v.who.Canonical(), Why: why[0]})
		}
	}
	return out
}

// void says why a rule will never again hear a review; "" where it does, or may. An approval that was given for another
// target is not void for good: it counts again once the pull request returns there.
func (h *hearing) void(v voice, o Options) string {
	if o.IgnoreEditedComments && v.edited {
		return "its text was edited"
	}
	if o.InvalidateOnPush && v.commit != "" && h.stale(v, o).Code == "approval-stale" {
		return fmt.Sprintf("it was given on %s, and %s was pushed since", short(v.commit), short(h.request.Head.SHA))
	}
	return ""
}
