package approval

import "slices"

// Demands is the least that the requirement can ever ask, counting an approval, a Duo confirmation and the
// signatures as one each: 0 means that some way through it asks nothing.
func (q Requirement) Demands() int {
	return q.least(func(q Requirement) int {
		n := duoCount(q.Duo) + q.own(func(Approvals) int { return 0 })
		if q.Signatures {
			n++
		}
		return n
	})
}

// LeastApprovals is how many people must agree at least, whichever alternatives are taken.
func (q Requirement) LeastApprovals() int {
	return q.least(func(q Requirement) int { return q.own(func(Approvals) int { return 0 }) })
}

// MayAskApprovals reports whether some part asks somebody to approve, though another alternative may ask nobody.
func (q Requirement) MayAskApprovals() bool {
	return q.Approvals != nil || q.Owners != nil || q.Codeowners != nil ||
		slices.ContainsFunc(q.Any, Requirement.MayAskApprovals) || slices.ContainsFunc(q.All, Requirement.MayAskApprovals)
}

// leastOthers is how many people besides the author must agree at least.
func (q Requirement) leastOthers() int {
	return q.least(func(q Requirement) int {
		return q.own(func(a Approvals) int {
			if a.authorCounts() {
				return 1
			}
			return 0
		})
	})
}

// own counts the approvals that this requirement asks itself, less those that discount says nobody need give.
func (q Requirement) own(discount func(Approvals) int) int {
	n := 0
	if q.Approvals != nil {
		n += q.Approvals.Count - discount(*q.Approvals)
	}
	if q.Owners != nil {
		n += q.Owners.Count
	}
	if q.Codeowners != nil && q.Codeowners.Unowned == "" {
		n += q.Codeowners.Count
	}
	return n
}

// AsksApprover reports whether some part asks Duo to confirm an approver.
func (q Requirement) AsksApprover() bool {
	return q.Duo == DuoApprover || q.Duo == DuoBoth ||
		slices.ContainsFunc(q.Any, Requirement.AsksApprover) || slices.ContainsFunc(q.All, Requirement.AsksApprover)
}

// AsksSignatures reports whether some part asks for signed commits.
func (q Requirement) AsksSignatures() bool {
	return q.Signatures || slices.ContainsFunc(q.Any, Requirement.AsksSignatures) || slices.ContainsFunc(q.All, Requirement.AsksSignatures)
}

func (q Requirement) least(own func(Requirement) int) int {
	n := own(q)
	for _, part := range q.All {
		n += part.least(own)
	}
	cheapest := -1
	for _, part := range q.Any {
		if c := part.least(own); cheapest < 0 || c < cheapest {
			cheapest = c
		}
	}
	return n + max(cheapest, 0)
}

func duoCount(who string) int {
	switch who {
	case "":
		return 0
	case DuoBoth:
		return 2
	}
	return 1
}

func duoUnion(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return DuoBoth
}
