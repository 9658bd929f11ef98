package hub

import (
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// RequestReviews asks people, and teams of the repository's owner by their slugs, for a review. Asking twice is asking
// once, so that a lost answer is Transient.
func (h *Hub) RequestReviews(ctx context.Context, repo pull.Repo, number int, people, teams []string) error {
	r := request{installation: repo.Installation, operation: "request-reviews"}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		_, resp, err := c.PullRequests.RequestReviewers(ctx, repo.Owner, repo.Name, number, github.ReviewersRequest{Reviewers: people, TeamReviewers: teams})
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("asking for reviews of %s#%d: %w", repo.FullName(), number, err)
	}
	return nil
}

// Dismiss takes a review's decision back, and says why beneath it. GitHub turns down what was dismissed before, so that
// a lost answer is Transient: the next snapshot shows whether it is still to be done.
func (h *Hub) Dismiss(ctx context.Context, repo pull.Repo, number int, review int64, why string) error {
	r := request{installation: repo.Installation, operation: "dismiss-review"}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		_, resp, err := c.PullRequests.DismissReview(ctx, repo.Owner, repo.Name, number, review, &github.PullRequestReviewDismissalRequest{Message: &why})
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("dismissing review %d of %s#%d: %w", review, repo.FullName(), number, err)
	}
	return nil
}
