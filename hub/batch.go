package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// Difference lists every path that differs between two root trees. It is asked of GitHub once for each pair.
func (h *Hub) Difference(ctx context.Context, repo pull.Repo, base, merge string) ([]pull.File, error) {
	files, err := h.landingDiff(ctx, repo, sides{base: base, merge: merge}, map[string]tree{}, nil)
	if err != nil {
		return nil, fmt.Errorf("comparing the trees %.10s and %.10s: %w", base, merge, err)
	}
	return files, nil
}

// Point makes a branch of ours, or moves it by force: what it pointed to before is of no use to anybody.
func (h *Hub) Point(ctx context.Context, repo pull.Repo, branch, sha string) error {
	name := "refs/heads/" + branch
	ref := &github.Reference{Ref: &name, Object: &github.GitObject{SHA: &sha}}
	r := request{installation: repo.Installation, operation: "point"}
	exists := false
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		_, resp, err := c.Git.CreateRef(ctx, repo.Owner, repo.Name, ref)
		exists = resp != nil && resp.StatusCode == http.StatusUnprocessableEntity
		return resp, err
	})
	if exists {
		err = h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
			_, resp, err := c.Git.UpdateRef(ctx, repo.Owner, repo.Name, ref, true)
			return resp, err
		})
	}
	if err != nil {
		return fmt.Errorf("pointing %s to %.10s: %w", branch, sha, err)
	}
	return nil
}

// Drop removes a branch of ours that is at a commit. A server that cannot do that by compare-and-swap is asked right before where
// the branch is.
func (h *Hub) Drop(ctx context.Context, repo pull.Repo, branch, at string) error {
	name := "refs/heads/" + branch
	var unknown *undefinedError
	err := error(&undefinedError{})
	if !h.older.lacks(swapField) {
		err = h.swap(ctx, "DropBranch", repo, []pull.RefMove{{Ref: name, Before: at, After: strings.Repeat("0", len(at))}})
	}
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &unknown):
		return fmt.Errorf("removing %s: %w", branch, err)
	}
	is, err := h.refAt(ctx, repo, name)
	switch {
	case err != nil:
		return fmt.Errorf("looking where %s is: %w", branch, err)
	case is != at:
		return transient("base-modified", "%s is at %.10s, not at %.10s", branch, is, at)
	}
	err = h.rest(ctx, request{installation: repo.Installation, operation: "drop"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		return c.Git.DeleteRef(ctx, repo.Owner, repo.Name, name)
	})
	if err != nil {
		return fmt.Errorf("removing %s: %w", branch, err)
	}
	return nil
}

// MergeInto has GitHub merge a commit into a branch of ours that is at under, and returns the merge with its tree. It is believed
// only where it joins exactly these two. Refusals are Permanent "conflict" and "contained". GitHub also answers 409 where it finds for
// a moment that the app may not push to the branch: that is Transient.
func (h *Hub) MergeInto(ctx context.Context, repo pull.Repo, branch, under, head string) (pull.TestMerge, error) {
	var made *github.RepositoryCommit
	status := 0
	message := "Merge " + head + " into " + under
	err := h.rest(ctx, request{installation: repo.Installation, operation: "merge-into"}, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		made, resp, err = c.Repositories.Merge(ctx, repo.Owner, repo.Name, &github.RepositoryMergeRequest{Base: &branch, Head: &head, CommitMessage: &message})
		if resp != nil {
			status = resp.StatusCode
		}
		return resp, err
	})
	switch {
	case status == http.StatusConflict && strings.Contains(strings.ToLower(err.Error()), "merge conflict"):
		return pull.TestMerge{}, permanent("conflict", "it conflicts with what lands before it")
	case status == http.StatusConflict:
		return pull.TestMerge{}, transient(codeTrouble, "merging %.10s into %s: %w", head, branch, err)
	case status == http.StatusNoContent:
		return pull.TestMerge{}, permanent("contained", "what lands before it contains it already")
	case err != nil:
		return pull.TestMerge{}, fmt.Errorf("merging %.10s into %s: %w", head, branch, err)
	}
	m := pull.TestMerge{State: pull.Clean, SHA: made.GetSHA(), Tree: made.GetCommit().GetTree().GetSHA()}
	for _, p := range made.Parents {
		m.Parents = append(m.Parents, p.GetSHA())
	}
	if !slices.Equal(m.Parents, []string{under, head}) {
		return pull.TestMerge{}, transient("base-modified", "somebody moved %s while it was being merged into", branch)
	}
	return m, errors.Join(validID(m.SHA), validID(m.Tree))
}

type testedFacts struct {
	Repository *struct {
		ID     int64 `json:"databaseId"`
		Object *struct {
			OID    string `json:"oid"`
			Rollup *struct {
				Contexts page[contextFacts] `json:"contexts"`
			} `json:"statusCheckRollup"`
		} `json:"object"`
	} `json:"repository"`
	points
}

// ChecksOn reads the newest of each check on a commit, all of them or none.
func (h *Hub) ChecksOn(ctx context.Context, repo pull.Repo, sha string) ([]pull.Check, error) {
	var all page[contextFacts]
	var after any
	for range maxPages {
		var found testedFacts
		q := newQuery("Tested", append(named(repo), variable{"oid", "GitObjectID!", sha}, variable{"contexts", "String", after}), "...Tested")
		if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
			return nil, fmt.Errorf("reading the checks on %.10s: %w", sha, err)
		}
		if found.Repository == nil || found.Repository.Object == nil {
			return nil, transient(codeTrouble, "GitHub does not show commit %s yet", sha)
		}
		if err := sameRepository(repo, found.Repository.ID); err != nil {
			return nil, err
		}
		if found.Repository.Object.Rollup == nil {
			return nil, nil
		}
		all.grow(found.Repository.Object.Rollup.Contexts)
		if !all.PageInfo.HasNextPage {
			return checksOf(all.Nodes), nil
		}
		after = all.PageInfo.EndCursor
	}
	return nil, tooManyChecks(sha)
}

// tooManyChecks refuses a commit whose checks were not read to their end: the red one may be among the rest.
func tooManyChecks(sha string) error {
	return permanent("pull-too-large", "commit %.10s has more than %d pages of checks", sha, maxPages)
}
