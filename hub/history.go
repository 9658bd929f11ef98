package hub

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Histories returns the request's commits with each one's own difference: the paths whose entry differs from every
// parent. What a merge brings in from the base unchanged is not its own; what its author wrote into it is.
func (h *Hub) Histories(ctx context.Context, r pull.Request) ([]pull.Commit, error) {
	roots := map[string]string{r.Base.SHA: r.Base.Tree}
	for _, c := range r.Commits {
		roots[c.SHA] = c.Tree
	}
	commits := slices.Clone(r.Commits)
	for i := range commits {
		files, err := h.ownDifference(ctx, r.Repo, commits[i], roots)
		if err != nil {
			return nil, fmt.Errorf("reading what %.10s changes: %w", commits[i].SHA, err)
		}
		commits[i].Files, commits[i].Diffed = files, true
	}
	return commits, nil
}

func (h *Hub) ownDifference(ctx context.Context, repo pull.Repo, c pull.Commit, roots map[string]string) ([]pull.File, error) {
	if len(c.Parents) == 0 {
		return h.landingDiff(ctx, repo, sides{mergeCommit: c.SHA, merge: c.Tree}, map[string]tree{}, nil)
	}
	var own []pull.File
	for i, parent := range c.Parents {
		root, err := h.root(ctx, repo, parent, roots)
		if err != nil {
			return nil, err
		}
		files, err := h.landingDiff(ctx, repo, sides{baseCommit: parent, mergeCommit: c.SHA, base: root, merge: c.Tree}, map[string]tree{}, nil)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			own = files
			continue
		}
		own = slices.DeleteFunc(own, func(f pull.File) bool {
			return !slices.ContainsFunc(files, func(g pull.File) bool { return g.Path == f.Path })
		})
	}
	return own, nil
}

// root finds a commit's root tree, asking GitHub for those that are not the pull request's own.
func (h *Hub) root(ctx context.Context, repo pull.Repo, sha string, roots map[string]string) (string, error) {
	if tree, ok := roots[sha]; ok {
		return tree, nil
	}
	c, err := h.Commit(ctx, repo, sha)
	if err != nil {
		return "", err
	}
	roots[sha] = c.Tree
	return c.Tree, nil
}
