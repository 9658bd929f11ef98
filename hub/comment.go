package hub

import (
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// Comment writes a comment on a pull request. A lost answer is Unknown: the comment may be there.
func (h *Hub) Comment(ctx context.Context, repo pull.Repo, number int, body string) error {
	r := request{installation: repo.Installation, operation: "comment", write: true, explains: true}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		text := clip(body, maxText-3)
		_, resp, err := c.Issues.CreateComment(ctx, repo.Owner, repo.Name, number, &github.IssueComment{Body: &text})
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("commenting on %s#%d: %w", repo.FullName(), number, err)
	}
	return nil
}

// React puts a reaction ("+1", "eyes", "confused", …) on a comment. Doing it twice leaves one, so that a lost answer
// is Transient.
func (h *Hub) React(ctx context.Context, repo pull.Repo, commentID int64, content string) error {
	r := request{installation: repo.Installation, operation: "reaction", explains: true}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		_, resp, err := c.Reactions.CreateIssueCommentReaction(ctx, repo.Owner, repo.Name, commentID, content)
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("reacting to comment %d in %s: %w", commentID, repo.FullName(), err)
	}
	return nil
}
