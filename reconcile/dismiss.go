package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

// dismiss takes back on GitHub the approvals that policy-bot's options void, as policy-bot does, so that GitHub's own
// count of approvals tells the same. The snapshot shows which are left to do: a crash or a lost answer repeats nothing.
func (p *pass) dismiss(ctx context.Context, d Decision) error {
	if d.Policy.PolicyBot == nil || d.Request.State != pull.Open {
		return nil
	}
	refused := len(p.undismissed)
	for _, review := range policybot.Dismissals(*d.Policy.PolicyBot, d.Request, d.People) {
		if slices.Contains(p.undismissed, review.Review) {
			continue
		}
		why := fmt.Sprintf("Dismissed because %s. The policy in %s asks for a new review then.", review.Why, d.policyPath())
		err := p.GitHub.Dismiss(ctx, d.Request.Repo, d.Request.Number, review.Review, why)
		switch {
		case err == nil:
			p.log.Info("review_dismissed", "review", review.Review, "author", review.Author, "why", review.Why)
		case pull.ClassOf(err) != pull.Permanent:
			return fmt.Errorf("dismissing the review of %s: %w", review.Author, err)
		default: // only some may dismiss reviews here, say: the review counts no more for that, and is not tried again
			p.log.Warn("dismissal_refused", "review", review.Review, "author", review.Author, "error", err.Error())
			p.undismissed = append(p.undismissed, review.Review)
		}
	}
	if len(p.undismissed) == refused {
		return nil
	}
	return p.save(ctx, d, StateOpen)
}

// policyPath names the file whose rules are judged by.
func (d Decision) policyPath() string {
	if d.Request.Remote.Present() {
		return d.Request.Remote.Path
	}
	return d.Request.Policy.Path
}
