package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// require judges a requirement for the files that its rule governs: every part that it has must hold.
func (h *hearing) require(q Requirement, files []pull.File) outcome {
	parts := make([]outcome, 0, 2+len(q.All))
	if q.Approvals != nil {
		parts = append(parts, h.approvals(*q.Approvals))
	}
	if q.Owners != nil {
		parts = append(parts, h.owned(estatesOf(*q.Owners, files)))
	}
	if q.Codeowners != nil {
		parts = append(parts, h.owned(h.codeEstates(*q.Codeowners, files)))
	}
	if q.Duo != "" {
		parts = append(parts, elsewhere("needs-duo", "Left to the Duo gate: "+duoWords[q.Duo]+".", Needs{Duo: q.Duo}))
	}
	if q.Signatures {
		parts = append(parts, h.signed())
	}
	for _, part := range q.All {
		parts = append(parts, h.require(part, files))
	}
	if len(q.Any) > 0 {
		parts = append(parts, h.anyOf(q.Any, files))
	}
	return h.allOf(parts)
}

var duoWords = map[string]string{
	DuoAuthor: "the author confirms it", DuoApprover: "an approver confirms it", DuoBoth: "the author and an approver confirm it",
}

// elsewhere is a demand that another gate settles: here it holds, and is passed on.
func elsewhere(code, message string, needs Needs) outcome {
	return outcome{state: pull.Pass, needs: needs, reason: pull.Reason{Code: code, State: pull.Pass, Message: message}}
}

func (h *hearing) signed() outcome {
	out := elsewhere("needs-signatures", "Left to the signatures gate: every commit must be signed.", Needs{Signatures: true})
	out.hopeless = h.signatures == pull.Block
	return out
}

// allOf is as careful as its most careful part, whose words it takes.
func (h *hearing) allOf(parts []outcome) outcome {
	if len(parts) == 0 {
		return outcome{state: pull.Pass, reason: pull.Reason{Code: "nothing-required", State: pull.Pass, Message: "Nothing is required."}}
	}
	lead := slices.MinFunc(parts, func(a, b outcome) int { return int(a.state) - int(b.state) })
	all := outcome{state: lead.state, reason: lead.reason}
	for _, part := range parts {
		all.needs = h.union(all.needs, part.needs)
		all.hopeless = all.hopeless || part.hopeless
	}
	if len(parts) > 1 {
		all.reason.Because = reasonsOf(parts)
	}
	return all
}

func reasonsOf(parts []outcome) []pull.Reason {
	reasons := make([]pull.Reason, len(parts))
	for i, p := range parts {
		reasons[i] = p.reason
	}
	return reasons
}

// anyOf takes the satisfied alternative that leaves least to other gates; the first of equals.
func (h *hearing) anyOf(alternatives []Requirement, files []pull.File) outcome {
	parts := make([]outcome, len(alternatives))
	best := -1
	for i, q := range alternatives {
		parts[i] = h.require(q, files)
		if parts[i].hopeless {
			parts[i] = despair(parts[i])
		}
		if parts[i].state != pull.Pass {
			continue
		}
		if best < 0 || h.outstanding(parts[i].needs) < h.outstanding(parts[best].needs) {
			best = i
		}
	}
	if best >= 0 {
		return parts[best]
	}
	return h.noneOf(parts)
}

// despair turns down an alternative that rests on signatures that do not verify.
func despair(o outcome) outcome {
	return outcome{state: pull.Block, needs: o.needs, reason: pull.Reason{
		Code:    "signatures-unmet",
		Message: "This alternative needs signatures, and they do not verify.",
		Next:    "Sign every commit with a key of the keyring, or meet another alternative",
		Because: []pull.Reason{o.reason},
	}}
}

// noneOf waits while one alternative can still come true. What each would ask of the other gates is kept, since
// nobody knows yet which it will be.
func (h *hearing) noneOf(parts []outcome) outcome {
	out := outcome{state: pull.Block}
	var hopes, next []string
	for _, p := range parts {
		out.needs = h.union(out.needs, p.needs)
		if p.state == pull.Wait {
			out.state = pull.Wait
			hopes = append(hopes, decapitalised(strings.TrimSuffix(p.reason.Message, ".")))
			next = append(next, p.reason.Next)
		}
	}
	out.reason = pull.Reason{Code: "no-alternative", State: out.state, Because: reasonsOf(parts)}
	if out.state == pull.Wait {
		out.reason.Message = "Any of these would do: " + strings.Join(hopes, "; ") + "."
		out.reason.Next = next[0]
		return out
	}
	out.reason.Message = fmt.Sprintf("None of %d alternatives can hold.", len(parts))
	out.reason.Next = "See why each alternative is refused; one of them has to be mended"
	return out
}

func decapitalised(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func invalid(err error) outcome {
	return outcome{state: pull.Block, reason: invalidReason(err)}
}

func invalidReason(err error) pull.Reason {
	return pull.Reason{
		Code:    "policy-invalid",
		Message: fmt.Sprintf("The policy cannot be judged by: %v.", err),
		Next:    "Correct the policy on the target branch",
	}
}
