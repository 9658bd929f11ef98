package hub

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

type openFacts struct {
	Repository *struct {
		ID     int64     `json:"databaseId"`
		Policy *objectID `json:"policy"`
		Bot    *objectID `json:"policyBot"`
		Dozer  *objectID `json:"bulldozer"`
		Pulls  page[struct {
			Number int    `json:"number"`
			Head   string `json:"headRefOid"`
			Branch string `json:"baseRefName"`
		}] `json:"pullRequests"`
	} `json:"repository"`
	points
}

// OpenPulls lists every open pull request of the repository, a hundred a request. gated tells whether the default
// branch carries a policy, or a file about landing; a pull request into another branch may be gated although it does not.
func (h *Hub) OpenPulls(ctx context.Context, repo pull.Repo) (open []pull.Listed, gated bool, err error) {
	for after := any(nil); ; {
		var found openFacts
		q := newQuery("OpenPulls", append(named(repo), variable{"after", "String", after}), "...OpenPulls")
		if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
			return nil, false, fmt.Errorf("listing the open pull requests of %s: %w", repo.FullName(), err)
		}
		if found.Repository == nil {
			return nil, false, permanent(codeNotFound, "GitHub does not show %s", repo.FullName())
		}
		if err := sameRepository(repo, found.Repository.ID); err != nil {
			return nil, false, err
		}
		for _, p := range found.Repository.Pulls.Nodes {
			open = append(open, pull.Listed{Number: p.Number, Head: p.Head, Branch: p.Branch})
		}
		gated = found.Repository.Policy != nil || found.Repository.Bot != nil || found.Repository.Dozer != nil
		next := found.Repository.Pulls.PageInfo
		if !next.HasNextPage || after == any(next.EndCursor) {
			return open, gated, nil
		}
		after = next.EndCursor
	}
}
