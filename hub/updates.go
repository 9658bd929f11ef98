package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-github/v60/github"

	"github.com/sallyport/sallyport/pull"
)

// Updates returns the request's commits with those marked that only bring the target branch in, as GitHub's update
// button makes them: merges by GitHub's own key of one of the request's commits with one of the target branch, whose
// tree holds exactly what the branch changed, on top of what the target became. GitHub makes merges with a resolved
// conflict by the same key, so the trees decide and not the key. A file that both sides changed is not followed into.
func (h *Hub) Updates(ctx context.Context, r pull.Request) ([]pull.Commit, error) {
	commits := slices.Clone(r.Commits)
	roots := map[string]string{}
	for _, c := range commits {
		roots[c.SHA] = c.Tree
	}
	for i, c := range commits {
		if !c.ByGitHub || !bringsBaseIn(r, c) {
			continue
		}
		clean, err := h.cleanUpdate(ctx, r.Repo, c, roots)
		if err != nil {
			return nil, fmt.Errorf("looking at the base update %.10s: %w", c.SHA, err)
		}
		commits[i].Update = clean
	}
	return commits, nil
}

// bringsBaseIn reports whether the commit merges into the request's own line what is not the request's own. While
// commits are missing from the list, nobody knows what is.
func bringsBaseIn(r pull.Request, c pull.Commit) bool {
	ours := func(sha string) bool {
		return slices.ContainsFunc(r.Commits, func(o pull.Commit) bool { return o.SHA == sha })
	}
	return len(r.Commits) == r.CommitsTotal && len(c.Parents) == 2 && ours(c.Parents[0]) && !ours(c.Parents[1])
}

// cleanUpdate compares two differences object by object: what the branch had changed since it left the target, and
// what the merge changes on the target's commit. Where they are equal, nothing in the merge is anybody's own.
func (h *Hub) cleanUpdate(ctx context.Context, repo pull.Repo, c pull.Commit, roots map[string]string) (bool, error) {
	own, target := c.Parents[0], c.Parents[1]
	fork, err := h.mergeBase(ctx, repo, own, target)
	if err != nil {
		return false, err
	}
	for _, sha := range []string{own, target, fork} {
		if _, err := h.root(ctx, repo, sha, roots); err != nil {
			return false, err
		}
	}
	known := map[string]tree{}
	before, err := h.landingDiff(ctx, repo, sides{baseCommit: fork, mergeCommit: own, base: roots[fork], merge: roots[own]}, known, nil)
	if err != nil {
		return false, err
	}
	after, err := h.landingDiff(ctx, repo, sides{baseCommit: target, mergeCommit: c.SHA, base: roots[target], merge: c.Tree}, known, nil)
	return err == nil && slices.Equal(before, after), err
}

type forkKey struct{ own, target string }

// forkBudget is how many merge bases are remembered. They never change.
const forkBudget = 10_000

// mergeBase is the best common ancestor of two commits.
func (h *Hub) mergeBase(ctx context.Context, repo pull.Repo, own, target string) (string, error) {
	k := forkKey{own, target}
	if sha, ok := h.forks.get(k); ok {
		return sha, nil
	}
	var found *github.CommitsComparison
	r := request{installation: repo.Installation, operation: "compare"}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		found, resp, err = c.Repositories.CompareCommits(ctx, repo.Owner, repo.Name, target, own, &github.ListOptions{PerPage: 1})
		return resp, err
	})
	if err != nil {
		return "", fmt.Errorf("looking for where %.10s left %.10s: %w", own, target, err)
	}
	sha := found.GetMergeBaseCommit().GetSHA()
	if err := validID(sha); err != nil {
		return "", err
	}
	h.forks.put(k, sha, 1)
	return sha, nil
}

// follows reports whether a commit is an older one or contains it. Where GitHub has not both, or they share nothing, it does not.
func (h *Hub) follows(ctx context.Context, repo pull.Repo, older, newer string) (bool, error) {
	fork, err := h.mergeBase(ctx, repo, newer, older)
	var f *pull.Failure
	if errors.As(err, &f) && f.Code == codeNotFound {
		return false, nil
	}
	return fork == older, err
}
