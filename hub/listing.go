package hub

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

type openFacts struct {
	Repository *struct {
		ID      int64 `json:"databaseId"`
		Default *struct {
			Name   string   `json:"name"`
			Target objectID `json:"target"`
		} `json:"defaultBranchRef"`
		Policy *objectID `json:"policy"`
		Bot    *objectID `json:"policyBot"`
		Dozer  *objectID `json:"bulldozer"`
		Pulls  page[struct {
			Number int    `json:"number"`
			Head   string `json:"headRefOid"`
			Branch string `json:"baseRefName"`
			Base   *struct {
				Target objectID `json:"target"`
			} `json:"baseRef"`
		}] `json:"pullRequests"`
	} `json:"repository"`
	House *houseFacts `json:"house"`
	points
}

// OpenPulls lists every open pull request of the repository, a hundred a request.
func (h *Hub) OpenPulls(ctx context.Context, repo pull.Repo) (pull.Listing, error) {
	list := pull.Listing{Tips: map[string]string{}}
	for after := any(nil); ; {
		var found openFacts
		var f facts
		q := newQuery("OpenPulls", append(named(repo), variable{"after", "String", after}), "...OpenPulls", houseSelection)
		if err := h.ask(ctx, repo.Installation, q, &found, f.tolerateHouse); err != nil {
			return list, fmt.Errorf("listing the open pull requests of %s: %w", repo.FullName(), err)
		}
		if found.Repository == nil {
			return list, permanent(codeNotFound, "GitHub does not show %s", repo.FullName())
		}
		if err := sameRepository(repo, found.Repository.ID); err != nil {
			return list, err
		}
		for _, p := range found.Repository.Pulls.Nodes {
			list.Open = append(list.Open, pull.Listed{Number: p.Number, Head: p.Head, Branch: p.Branch})
			if p.Base != nil {
				list.Tips[p.Branch] = p.Base.Target.OID
			}
		}
		if d := found.Repository.Default; d != nil {
			list.Tips[d.Name] = d.Target.OID
		}
		next := found.Repository.Pulls.PageInfo
		if !next.HasNextPage || after == any(next.EndCursor) {
			f.house = found.House
			return list, h.gating(ctx, repo, &list, found, &f)
		}
		after = next.EndCursor
	}
}

// gating finds out whether anything judges the pull requests of the list.
func (h *Hub) gating(ctx context.Context, repo pull.Repo, list *pull.Listing, found openFacts, f *facts) error {
	r := pull.Request{Repo: repo}
	if err := h.furnish(ctx, &r, f); err != nil {
		return fmt.Errorf("reading what holds for all repositories of %s: %w", repo.Owner, err)
	}
	list.Floor = r.Floor
	list.Gated = found.Repository.Policy != nil || found.Repository.Bot != nil || found.Repository.Dozer != nil || r.Policy.Present() || r.Landing.Present()
	return nil
}
