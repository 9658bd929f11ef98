package hub

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// activity is one movement of a branch, newest first in GitHub's listing.
type activity struct {
	Ref   string `json:"ref"`
	After string `json:"after"`
	Actor *struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
		Type  string `json:"type"`
	} `json:"actor"`
}

// Pusher says who moved the head branch to its SHA, by the repository's activity log. It is the zero Account where
// GitHub does not say: for a fork, which the app is not installed on, for a log that the app may not read, and for
// a movement that is no longer among the hundred newest of its branch.
func (h *Hub) Pusher(ctx context.Context, r pull.Request) (pull.Account, error) {
	if r.Head.Repo != r.Repo.ID || r.Head.SHA == "" {
		return pull.Account{}, nil
	}
	return h.Mover(ctx, r.Repo, r.Head.Branch, r.Head.SHA)
}

// Mover is Pusher for any branch of the repository.
func (h *Hub) Mover(ctx context.Context, repo pull.Repo, branch, sha string) (pull.Account, error) {
	ref := "refs/heads/" + branch
	address := fmt.Sprintf("repos/%s/%s/activity?per_page=100&ref=%s", repo.Owner, repo.Name, url.QueryEscape(ref))
	var log []activity
	call := request{installation: repo.Installation, operation: "activity"}
	err := h.rest(ctx, call, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		req, err := c.NewRequest("GET", address, nil)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, req, &log)
	})
	var f *pull.Failure
	if errors.As(err, &f) && (f.Code == codeNotFound || f.Code == codePermission) {
		return pull.Account{}, nil
	}
	if err != nil {
		return pull.Account{}, fmt.Errorf("reading who pushed to %s of %s: %w", branch, repo.FullName(), err)
	}
	return moverOf(log, ref, sha), nil
}

// moverOf finds the newest movement of the branch to the SHA.
func moverOf(log []activity, ref, sha string) pull.Account {
	for _, a := range log {
		if a.Ref != ref || a.After != sha {
			continue
		}
		if a.Actor == nil {
			return pull.Account{}
		}
		who := actor{Kind: a.Actor.Type, Login: a.Actor.Login, ID: a.Actor.ID}
		return who.account()
	}
	return pull.Account{}
}
