package hub

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// Repos lists the repositories of every installation that is not suspended. What could be read is returned even when
// the error is not nil, so that one broken installation does not hide the others.
func (h *Hub) Repos(ctx context.Context) ([]pull.Repo, error) {
	installations, err := h.installations(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing installations: %w", err)
	}
	var all []pull.Repo
	var troubles []error
	for _, id := range installations {
		repos, err := h.installed(ctx, id)
		if err != nil {
			troubles = append(troubles, fmt.Errorf("listing the repositories of installation %d: %w", id, err))
		}
		all = append(all, repos...)
	}
	return all, errors.Join(troubles...)
}

func (h *Hub) installations(ctx context.Context) ([]int64, error) {
	var ids []int64
	for page := 1; page != 0; {
		err := h.rest(ctx, request{operation: "installations"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
			found, resp, err := c.Apps.ListInstallations(ctx, &github.ListOptions{Page: page, PerPage: 100})
			if err != nil {
				return resp, err
			}
			for _, i := range found {
				if i.SuspendedAt == nil {
					ids = append(ids, i.GetID())
				}
			}
			page = resp.NextPage
			return resp, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (h *Hub) installed(ctx context.Context, installation int64) ([]pull.Repo, error) {
	var repos []pull.Repo
	r := request{installation: installation, operation: "repositories"}
	for page := 1; page != 0; {
		err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
			found, resp, err := c.Apps.ListRepos(ctx, &github.ListOptions{Page: page, PerPage: 100})
			if err != nil {
				return resp, err
			}
			for _, repo := range found.Repositories {
				repos = append(repos, pull.Repo{ID: repo.GetID(), NodeID: repo.GetNodeID(), Owner: repo.GetOwner().GetLogin(),
					Name: repo.GetName(), DefaultBranch: repo.GetDefaultBranch(), Installation: installation})
			}
			page = resp.NextPage
			return resp, nil
		})
		if err != nil {
			return repos, err
		}
	}
	return repos, nil
}
