package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

type mergedPull struct {
	Number  int       `json:"number"`
	Merged  time.Time `json:"mergedAt"`
	Updated time.Time `json:"updatedAt"`
}

type mergedFacts struct {
	Repository *struct {
		ID    int64            `json:"databaseId"`
		Pulls page[mergedPull] `json:"pullRequests"`
	} `json:"repository"`
	points
}

// mergedPages bounds the search for the latest landings, a hundred pull requests each.
const mergedPages = 20

// MergedPulls lists the numbers of the last pull requests that were merged, the latest landing first. Old ones that
// people still write on are read past, two thousand at most.
func (h *Hub) MergedPulls(ctx context.Context, repo pull.Repo, last int) ([]int, error) {
	var found []mergedPull
	after := any(nil)
	for range mergedPages {
		var facts mergedFacts
		q := newQuery("MergedPulls", append(named(repo), variable{"after", "String", after}), "...MergedPulls")
		if err := h.ask(ctx, repo.Installation, q, &facts, nil); err != nil {
			return nil, fmt.Errorf("listing the merged pull requests of %s: %w", repo.FullName(), err)
		}
		if facts.Repository == nil {
			return nil, permanent(codeNotFound, "GitHub does not show %s", repo.FullName())
		}
		if err := sameRepository(repo, facts.Repository.ID); err != nil {
			return nil, err
		}
		list := facts.Repository.Pulls
		found = append(found, list.Nodes...)
		slices.SortFunc(found, func(a, b mergedPull) int {
			return cmp.Or(b.Merged.Compare(a.Merged), b.Number-a.Number)
		})
		if !list.PageInfo.HasNextPage || complete(found, list.Nodes, last) {
			break
		}
		after = list.PageInfo.EndCursor
	}
	numbers := make([]int, min(last, len(found)))
	for i := range numbers {
		numbers[i] = found[i].Number
	}
	return numbers, nil
}

// complete reports whether no later page can hold one of the last landings: a pull request changes when it is merged,
// so what changed earlier was merged earlier.
func complete(found, page []mergedPull, last int) bool {
	return len(found) >= last && len(page) > 0 && !page[len(page)-1].Updated.After(found[last-1].Merged)
}

// LandedPull reads a merged pull request as if it were open and about to become exactly what it became: Base is what
// the landing stands on, Test is the landed commit, Files is the difference between their trees. Labels, title and the
// people's standing are today's, as is the owner's floor; Policy is empty. It fails with code "not-landed" where nothing was merged.
func (h *Hub) LandedPull(ctx context.Context, repo pull.Repo, number int) (pull.Request, error) {
	at := h.now().UTC()
	f, err := h.facts(ctx, repo, number, pull.Question{})
	if err != nil {
		return pull.Request{}, fmt.Errorf("reading %s#%d: %w", repo.FullName(), number, err)
	}
	r := f.decode(repo, at)
	if r.Landed, err = h.landed(ctx, r.Repo, f.pull(), r.Commits); err != nil {
		return r, err
	}
	if r.State != pull.Merged || r.Landed.SHA == "" || r.Landed.Under == "" {
		return r, permanent("not-landed", "%s has no landed commit", r.Ref())
	}
	under, err := h.Commit(ctx, r.Repo, r.Landed.Under)
	if err != nil {
		return r, fmt.Errorf("reading what %s stands on: %w", r.Ref(), err)
	}
	r.State, r.Base.SHA, r.Base.Tree = pull.Open, under.SHA, under.Tree
	r.Test = pull.TestMerge{State: pull.Clean, SHA: r.Landed.SHA, Tree: r.Landed.Tree, Parents: []string{under.SHA, r.Head.SHA}}
	s := sides{baseCommit: r.Base.SHA, mergeCommit: r.Test.SHA, base: r.Base.Tree, merge: r.Test.Tree}
	if r.Files, err = h.landingDiff(ctx, r.Repo, s, map[string]tree{}, f.pull().hints()); err != nil {
		return r, fmt.Errorf("comparing the trees of %s: %w", r.Ref(), err)
	}
	r.Content = pull.Digest(r.Files)
	if err := h.furnish(ctx, &r, f); err != nil {
		return r, err
	}
	r.Policy = pull.Source{}
	return r, nil
}
