package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// Upload hands a finished commit object to GitHub, without a branch that points to it, and returns the name that
// GitHub gives it. The caller must hold that name against the bytes. Uploading twice is harmless.
func (h *Hub) Upload(ctx context.Context, repo pull.Repo, c pull.Candidate) (string, error) {
	who := &github.CommitAuthor{Name: &c.By.Name, Email: &c.By.Email, Date: &github.Timestamp{Time: c.By.At.UTC()}}
	commit := &github.Commit{Message: &c.Message, Tree: &github.Tree{SHA: &c.Tree}, Author: who, Committer: who,
		Parents:      []*github.Commit{{SHA: &c.Base}, {SHA: &c.Head}},
		Verification: &github.SignatureVerification{Signature: &c.Signature}}
	var made *github.Commit
	r := request{installation: repo.Installation, operation: "commit"}
	err := h.rest(ctx, r, func(ctx context.Context, client *github.Client) (resp *github.Response, err error) {
		made, resp, err = client.Git.CreateCommit(ctx, repo.Owner, repo.Name, commit, nil)
		return resp, err
	})
	if err != nil {
		return "", fmt.Errorf("uploading the merge commit: %w", err)
	}
	return made.GetSHA(), validID(made.GetSHA())
}

// Move moves a branch from one commit to another, only if it is still at the first: a compare-and-swap that is never
// forced. Refusals are Transient "base-modified" when the branch has moved, Permanent "protected", "no-permission" or
// "workflows-permission" with GitHub's sentence; a lost answer is Unknown.
func (h *Hub) Move(ctx context.Context, repo pull.Repo, branch, before, after string) error {
	var refused []graphError
	err := h.ask(ctx, repo.Installation, newMutation("MoveBranch", []variable{
		{"repository", "ID!", repo.NodeID}, {"ref", "GitRefname!", "refs/heads/" + branch},
		{"before", "GitObjectID!", before}, {"after", "GitObjectID!", after},
	}, "...MoveBranch"), &moved{}, func(e graphError) bool {
		refused = append(refused, e)
		return true
	})
	if err == nil && len(refused) > 0 {
		err = moveRefusal(refused[0])
	}
	if err != nil {
		return fmt.Errorf("moving %s from %.10s to %.10s: %w", branch, before, after, err)
	}
	return nil
}

// moved is the answer to a mutation, which has no points to tell.
type moved struct{}

func (moved) cost() int { return 0 }

func moveRefusal(e graphError) error {
	text := strings.ToLower(e.Message)
	says := errors.New(e.Message)
	switch {
	case e.Type == "STALE_DATA", strings.Contains(text, "not a fast forward"), strings.Contains(text, "expected"), strings.Contains(text, "beforeoid"):
		if strings.Contains(text, "status check") || strings.Contains(text, "rule violation") {
			return &pull.Failure{Class: pull.Permanent, Code: "protected", Err: says}
		}
		return &pull.Failure{Class: pull.Transient, Code: "base-modified", Err: says}
	case strings.Contains(text, "workflow"):
		return &pull.Failure{Class: pull.Permanent, Code: "workflows-permission", Err: says}
	case e.forbidden():
		return &pull.Failure{Class: pull.Permanent, Code: codePermission, Err: says}
	}
	return &pull.Failure{Class: pull.Permanent, Code: "protected", Err: says}
}

// Contains reports whether a branch contains a commit.
func (h *Hub) Contains(ctx context.Context, repo pull.Repo, branch, sha string) (bool, error) {
	var found *github.CommitsComparison
	r := request{installation: repo.Installation, operation: "compare"}
	var status int
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		found, resp, err = c.Repositories.CompareCommits(ctx, repo.Owner, repo.Name, sha, branch, &github.ListOptions{PerPage: 1})
		if resp != nil {
			status = resp.StatusCode
		}
		return resp, err
	})
	if status == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking whether %s contains %.10s: %w", branch, sha, err)
	}
	return found.GetStatus() == "identical" || found.GetStatus() == "ahead", nil
}

// Close closes a pull request.
func (h *Hub) Close(ctx context.Context, repo pull.Repo, number int) error {
	r := request{installation: repo.Installation, operation: "close"}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		state := "closed"
		_, resp, err := c.PullRequests.Edit(ctx, repo.Owner, repo.Name, number, &github.PullRequest{State: &state})
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("closing %s#%d: %w", repo.FullName(), number, err)
	}
	return nil
}
