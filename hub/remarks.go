package hub

import (
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"

	"github.com/sallyport/sallyport/pull"
)

// Remarks reads the comments on lines of a pull request's diff, oldest first, a hundred a request.
func (h *Hub) Remarks(ctx context.Context, repo pull.Repo, number int) ([]pull.Comment, error) {
	var all []pull.Comment
	page := 1
	for range maxPages {
		found, next, err := h.remarks(ctx, repo, number, page)
		if err != nil {
			return nil, fmt.Errorf("reading what is written on lines of %s#%d: %w", repo.FullName(), number, err)
		}
		for _, c := range found {
			all = append(all, remarkOf(c))
		}
		if page = next; page == 0 {
			return all, nil
		}
	}
	return nil, permanent("pull-too-large", "what is written on lines of the pull request is longer than %d pages", maxPages)
}

func (h *Hub) remarks(ctx context.Context, repo pull.Repo, number, page int) (found []*github.PullRequestComment, next int, err error) {
	r := request{installation: repo.Installation, operation: "remarks"}
	err = h.rest(ctx, r, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		o := &github.PullRequestListCommentsOptions{ListOptions: github.ListOptions{Page: page, PerPage: 100}}
		if found, resp, err = c.PullRequests.ListComments(ctx, repo.Owner, repo.Name, number, o); err == nil {
			next = resp.NextPage
		}
		return resp, err
	})
	if err == nil && found == nil { // an empty list is one
		err = transient(codeTrouble, "GitHub's answer is no list")
	}
	return found, next, err
}

// remarkOf reads one. Here GitHub does not say whose hand it was last in: only its author and people who may write can change it,
// so that where the author's words count, so would the other's.
func remarkOf(c *github.PullRequestComment) pull.Comment {
	out := pull.Comment{ID: c.GetID(), Body: c.GetBody(), At: c.GetCreatedAt().UTC()}
	if u := c.User; u != nil {
		who := actor{Kind: u.GetType(), Login: u.GetLogin(), ID: u.GetID()}
		out.Author = who.account()
	}
	return out
}
