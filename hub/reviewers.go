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
