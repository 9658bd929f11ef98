// Package approval answers one question about a pull request: did the right people agree to exactly these paths?
// It owns the policy's rule types and judges them purely, from values to values; every doubt is a block with a reason.
package approval

import (
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

// Policy is the approval part of a policy file. The first rule whose paths match, and whose conditions hold, governs
// a path.
type Policy struct {
	Rules   []Rule
	History string // "" or EveryCommit
}

// Rule governs the paths that one of its patterns matches and no earlier rule governs, on pull requests that it is for.
type Rule struct {
	Name    string
	Paths   []string // doublestar patterns, anchored at the root, case-sensitive
	Special string   // "" or SpecialAllow
	When    When
	Require Requirement
	Block   *Block // who may hold the rule's paths up, besides those who could approve them
	// Reviewers says whom to ask for the approvals that are missing; nil asks nobody.
	Reviewers *ReviewRequests
	Line      int // where the rule stands in its file, for people; 0 when unknown
}

// Requirement is what a rule demands; all parts must hold. The zero value demands nothing.
type Requirement struct {
	Approvals  *Approvals
	Owners     *Owners
	Codeowners *Codeowners
	Duo        string // "", DuoAuthor, DuoApprover or DuoBoth
	Signatures bool
	Any        []Requirement // at least one must hold
	All        []Requirement // each must hold
}

// Needs is what the governing rules ask of the other gates, and whose approvals counted.
type Needs struct {
	Duo        string // "", DuoAuthor, DuoApprover or DuoBoth: the union of the governing rules
	Signatures bool
	Approvers  []pull.Account // each once, the latest approval last
	Reviewers  Reviewers      // who should be asked for a review, where a governing rule says so
	// Unsettled says that the landing diff is not known. Duo and Signatures then hold what any rule of the policy
	// could ask, so that nobody mistakes ignorance for "not required".
	Unsettled bool
}
