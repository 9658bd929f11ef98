// Package approval answers one question about a pull request: did the right people agree to exactly these paths?
// It owns the policy's rule types and judges them purely, from values to values; every doubt is a block with a reason.
package approval

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// EveryCommit is the History that asks each commit's own difference to be governed, not only the landing diff.
const EveryCommit = "every-commit"

// SpecialAllow is the Rule.Special that lets a rule without demands cover symlinks, submodules and mode changes.
const SpecialAllow = "allow"

// The values of Requirement.Duo, besides "" for nobody.
const (
	DuoAuthor   = "author"
	DuoApprover = "approver"
	DuoBoth     = "both"
)

// Policy is the approval part of a policy file. The first rule whose paths match governs a path.
type Policy struct {
	Rules   []Rule
	History string // "" or EveryCommit
}

// Rule governs the paths that one of its patterns matches and no earlier rule does.
type Rule struct {
	Name    string
	Paths   []string // doublestar patterns, anchored at the root, case-sensitive
	Special string   // "" or SpecialAllow
	Require Requirement
	Line    int // where the rule stands in its file, for people; 0 when unknown
}

// Requirement is what a rule demands; all parts must hold. The zero value demands nothing.
type Requirement struct {
	Approvals  *Approvals
	Duo        string // "", DuoAuthor, DuoApprover or DuoBoth
	Signatures bool
	Any        []Requirement // at least one must hold
	All        []Requirement // each must hold
}

// Approvals demands that Count people from From agree. From holds role words, "@org/team", logins and "user:NAME";
// empty means anyone with write access.
type Approvals struct {
	Count int
	From  []string
}

// Needs is what the governing rules ask of the other gates, and whose approvals counted.
type Needs struct {
	Duo        string // "", DuoAuthor, DuoApprover or DuoBoth: the union of the governing rules
	Signatures bool
	Approvers  []pull.Account // each once, the latest approval last
	// Unsettled says that the landing diff is not known. Duo and Signatures then hold what any rule of the policy
	// could ask, so that nobody mistakes ignorance for "not required".
	Unsettled bool
}

// Check reports the first thing that makes the policy unfit to judge by. The configuration parser finds the same
// faults with their positions; this is the net under policies that were made in other ways.
func (p Policy) Check() error {
	_, err := compile(p)
	return err
}

func (r Rule) check() error {
	switch {
	case r.Name == "":
		return errors.New("a rule has no name")
	case len(r.Paths) == 0:
		return fmt.Errorf("rule %q has no paths", r.Name)
	case r.Special != "" && r.Special != SpecialAllow:
		return fmt.Errorf("rule %q: special is %q, not %q", r.Name, r.Special, SpecialAllow)
	}
	if err := r.Require.check(); err != nil {
		return fmt.Errorf("rule %q: %w", r.Name, err)
	}
	if r.Require.AsksApprover() && r.Require.LeastApprovals() == 0 {
		return fmt.Errorf("rule %q: duo asks an approver, but there may be none", r.Name)
	}
	return nil
}

func (q Requirement) check() error {
	if !slices.Contains([]string{"", DuoAuthor, DuoApprover, DuoBoth}, q.Duo) {
		return fmt.Errorf("duo is %q, not author, approver or both", q.Duo)
	}
	if q.Any != nil && len(q.Any) == 0 {
		return errors.New("any: lists no alternative")
	}
	if q.Approvals != nil {
		if err := q.Approvals.check(); err != nil {
			return err
		}
	}
	for _, part := range slices.Concat(q.Any, q.All) {
		if err := part.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a Approvals) check() error {
	if a.Count < 1 {
		return fmt.Errorf("approvals: count is %d, less than 1", a.Count)
	}
	for _, word := range a.From {
		if _, err := ParseFrom(word); err != nil {
			return fmt.Errorf("approvals: %w", err)
		}
	}
	return nil
}

// Demands is the least that the requirement can ever ask, counting an approval, a Duo confirmation and the
// signatures as one each: 0 means that some way through it asks nothing.
func (q Requirement) Demands() int {
	return q.least(func(q Requirement) int {
		n := duoCount(q.Duo)
		if q.Approvals != nil {
			n += q.Approvals.Count
		}
		if q.Signatures {
			n++
		}
		return n
	})
}

// LeastApprovals is how many people must agree at least, whichever alternatives are taken.
func (q Requirement) LeastApprovals() int {
	return q.least(func(q Requirement) int {
		if q.Approvals == nil {
			return 0
		}
		return q.Approvals.Count
	})
}

// AsksApprover reports whether some part asks Duo to confirm an approver.
func (q Requirement) AsksApprover() bool {
	return q.Duo == DuoApprover || q.Duo == DuoBoth ||
		slices.ContainsFunc(q.Any, Requirement.AsksApprover) || slices.ContainsFunc(q.All, Requirement.AsksApprover)
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
