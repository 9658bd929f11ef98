package automerge

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// unreviewed says that GitHub itself misses reviews, which by its own rules of the branch it requires of this landing: what the
// policy asks for may be less, or of others.
func (c Case) unreviewed() []pull.Reason {
	by := c.demandsReviews()
	if by == "" || c.Request.Rules.Unreviewed == "" {
		return nil
	}
	said, next := "does not have all that it requires", "Have it reviewed as that setting wants it"
	if c.Request.Rules.Unreviewed == "changes_requested" {
		said, next = "has one that requests changes", "Have whoever requested changes approve, or dismiss that review"
	}
	return []pull.Reason{{Code: "github-reviews", State: pull.Wait, Evidence: map[string]string{"setting": by, "github": c.Request.Rules.Unreviewed},
		Message: fmt.Sprintf("GitHub itself requires approving reviews on %s (%s), and %s.", c.Request.Base.Branch, by, said),
		Next:    next + passReviews(by)}}
}

func passReviews(by string) string {
	if by == classicProtection {
		return ", or let the app bypass required pull requests there."
	}
	return ", " + passRuleset
}

// demandsReviews is the setting by which GitHub requires reviews; empty where none is known that we may not pass by.
func (c Case) demandsReviews() string {
	if c.Request.Rules.ReviewsClassic {
		return classicProtection
	}
	if barred := c.barred("pull_request"); len(barred) > 0 {
		return "ruleset " + barred[0].Name
	}
	return ""
}
