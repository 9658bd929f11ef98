package approval

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// When narrows a rule to pull requests of a kind. Every condition that is given must hold; the words of one condition
// are alternatives, but for Labels and Checks.Names, of which all must be there. The zero value always holds.
//
// People are named as in Approvals.From. What cannot be told yet (a role that was not read, a check that still runs)
// makes the rule govern its paths together with whatever rule follows, so that ignorance never chooses the laxer one.
type When struct {
	Author                  []string // who opened the pull request
	Contributors            []string // somebody who shaped it is among these
	OnlyContributors        []string // everybody who shaped it is among these
	AuthorIsOnlyContributor *bool

	Target     []string // patterns for the target branch
	Source     []string // patterns for the head's branch, "owner:branch" for a fork's
	Repository []string // patterns for "owner/name", in any case
	Labels     []string // all must be set, in any case
	Title      *Title
	Draft      *bool

	// Custom properties of the repository by name: each has one of the values, none of them, any value, or none at all.
	Property, NotProperty      map[string][]string
	PropertySet, PropertyUnset []string

	Changed     *Paths // some changed path is among these
	NotChanged  *Paths // none is
	OnlyChanged *Paths // all are
	Size        []Size // one of these must hold

	Checks     *Results    // by name
	Workflows  *Results    // by the path of the workflow's file
	Signatures *Signatures // what must be true of every commit
}

// Paths are path patterns, and those of paths to leave out of account.
type Paths struct{ Match, Ignore []string }

// Title holds if one of Matches finds something in the title and none of NotMatches does. Both are Go regular
// expressions, anchored only as written.
type Title struct{ Matches, NotMatches []string }

// Size compares counts of changed lines: "> 100", ">= 1", "= 0", "< 10", "<= 10". All that are given must hold.
type Size struct{ Added, Deleted, Total string }

// Results asks that everything named has ended with one of Conclusions, GitHub's words in lower case. Where App is
// set, only check runs of that GitHub App count.
type Results struct {
	Names       []string
	Conclusions []string
	App         int64
}

// Signatures asks that every commit is validly signed: by one of the people By, with one of the keys whose primary
// fingerprint is in Keys. An empty list does not narrow.
type Signatures struct{ By, Keys []string }

// Conclusions are GitHub's words for how a check can end.
var Conclusions = []string{
	"success", "failure", "neutral", "skipped", "cancelled", "timed_out", "action_required", "stale", "startup_failure", "error",
}

func (w When) empty() bool {
	conditions, err := w.conditions()
	return err == nil && len(conditions) == 0
}

// ConditionError says why a condition cannot be understood, and what to write instead.
type ConditionError struct{ Text, Mend string }

func (e *ConditionError) Error() string { return e.Text }

var fingerprintShape = regexp.MustCompile(`^(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$`)

// CheckFingerprint reports, as a *ConditionError, whether the text is a whole OpenPGP fingerprint.
func CheckFingerprint(text string) error {
	if fingerprintShape.MatchString(text) {
		return nil
	}
	return &ConditionError{fmt.Sprintf("%q is not a fingerprint", text), "write all 40 (or 64) hexadecimal digits without spaces; a short key id can be forged"}
}

func (r Results) check() error {
	if len(r.Names) == 0 || len(r.Conclusions) == 0 {
		return errors.New("names or conclusions are missing")
	}
	for _, word := range r.Conclusions {
		if !slices.Contains(Conclusions, word) {
			return fmt.Errorf("%q is not a conclusion", word)
		}
	}
	return nil
}
