package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

type branchFacts struct {
	Repository *struct {
		ID  int64 `json:"databaseId"`
		Ref *struct {
			Target objectID `json:"target"`
			Rule   *struct {
				Deletions bool `json:"allowsDeletions"`
			} `json:"refUpdateRule"`
			Rules *page[ruleFacts] `json:"rules"`
		} `json:"ref"`
		Into page[hangingFacts] `json:"into"`
		From page[hangingFacts] `json:"from"`
	} `json:"repository"`
	points
}

type hangingFacts struct {
	Number int `json:"number"`
	Repo   *struct {
		ID int64 `json:"databaseId"`
	} `json:"headRepository"`
}

// Branch reads a branch with what guards it and what hangs on it, at one moment.
func (h *Hub) Branch(ctx context.Context, repo pull.Repo, name string) (pull.Branch, error) {
	var found branchFacts
	q := newQuery("Branch", append(named(repo), variable{"ref", "String!", "refs/heads/" + name}, variable{"branch", "String!", name}), "...Branch")
	if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
		return pull.Branch{}, fmt.Errorf("reading the branch %s of %s: %w", name, repo.FullName(), err)
	}
	if found.Repository == nil {
		return pull.Branch{}, permanent(codeNotFound, "GitHub does not show %s", repo.FullName())
	}
	if err := sameRepository(repo, found.Repository.ID); err != nil {
		return pull.Branch{}, err
	}
	r := found.Repository
	b := pull.Branch{Crowded: r.Into.PageInfo.HasNextPage || r.From.PageInfo.HasNextPage}
	for _, p := range r.Into.Nodes {
		b.Into = append(b.Into, p.Number)
	}
	for _, p := range r.From.Nodes {
		if p.Repo != nil && p.Repo.ID == repo.ID { // a fork's branch of that name is another branch
			b.From = append(b.From, p.Number)
		}
	}
	if r.Ref != nil {
		b.SHA = r.Ref.Target.OID
		b.Protected = r.Ref.Rule != nil && !r.Ref.Rule.Deletions || r.Ref.Rules != nil && (r.Ref.Rules.PageInfo.HasNextPage ||
			slices.ContainsFunc(r.Ref.Rules.Nodes, func(n ruleFacts) bool { return n.Type == "DELETION" }))
	}
	return b, nil
}

// Retarget gives a pull request another target branch.
func (h *Hub) Retarget(ctx context.Context, repo pull.Repo, number int, base string) error {
	r := request{installation: repo.Installation, operation: "retarget"}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		_, resp, err := c.PullRequests.Edit(ctx, repo.Owner, repo.Name, number, &github.PullRequest{Base: &github.PullRequestBranch{Ref: &base}})
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("retargeting %s#%d to %s: %w", repo.FullName(), number, base, err)
	}
	return nil
}

// Delete deletes a branch, only if it is still where it was seen.
func (h *Hub) Delete(ctx context.Context, repo pull.Repo, branch, at string) error {
	if err := h.Move(ctx, repo, branch, at, strings.Repeat("0", len(at))); err != nil {
		return fmt.Errorf("deleting %s: %w", branch, err)
	}
	return nil
}
