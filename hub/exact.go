package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// Upload hands a finished commit object to GitHub, without a branch that points to it, and before it the tree, where GitHub has
// not made that. It returns the name that GitHub gives the commit, and its word for why it finds no valid signature on it,
// if it finds none. The caller must hold that name against the bytes. Uploading twice is harmless.
func (h *Hub) Upload(ctx context.Context, repo pull.Repo, c pull.Candidate) (sha, doubt string, err error) {
	if err := h.uploadTree(ctx, repo, c.Tree); err != nil {
		return "", "", fmt.Errorf("uploading the merged tree: %w", err)
	}
	made, err := h.upload(ctx, repo, c.By, &github.Commit{Message: &c.Message, Tree: &github.Tree{SHA: &c.Tree},
		Parents:      []*github.Commit{{SHA: &c.Base}, {SHA: &c.Head}},
		Verification: &github.SignatureVerification{Signature: &c.Signature}})
	if err != nil {
		return "", "", fmt.Errorf("uploading the merge commit: %w", err)
	}
	return made.GetSHA(), doubtOf(made.GetVerification()), nil
}

// doubtOf is empty, too, where GitHub could not look ("gpgverify_unavailable").
func doubtOf(v *github.SignatureVerification) string {
	if v.GetVerified() || strings.HasPrefix(v.GetReason(), "gpgverify_") {
		return ""
	}
	return v.GetReason()
}

// Move moves a branch as MoveRefs moves refs.
func (h *Hub) Move(ctx context.Context, repo pull.Repo, branch, before, after string) error {
	return h.MoveRefs(ctx, repo, pull.RefMove{Ref: "refs/heads/" + branch, Before: before, After: after})
}

// MoveRefs moves refs, each only if it still is where it was seen: a compare-and-swap that is forced only to delete. All of them
// move, or none does. Refusals are Transient "base-modified" when one has moved, Permanent "protected", "no-permission" or
// "workflows-permission" with GitHub's sentence, and "github-too-old" where several cannot be moved at once; a lost answer
// is Unknown.
func (h *Hub) MoveRefs(ctx context.Context, repo pull.Repo, moves ...pull.RefMove) error {
	said := make([]string, len(moves))
	for i, m := range moves {
		said[i] = fmt.Sprintf("%s from %.10s to %.10s", strings.TrimPrefix(m.Ref, "refs/heads/"), m.Before, m.After)
	}
	var unknown *undefinedError
	err := error(&undefinedError{})
	if !h.older.lacks(swapField) {
		err = h.swap(ctx, "MoveBranch", repo, moves)
	}
	switch {
	case len(moves) == 1 && (errors.As(err, &unknown) || refusesKind(err, moves[0])):
		err = h.moveLooking(ctx, repo, moves[0])
	case errors.As(err, &unknown):
		err = permanent("github-too-old", "this GitHub cannot move %d refs at once", len(moves))
	case errors.As(err, &unheardOf{}):
		err = h.orMoved(ctx, repo, moves, err)
	}
	if err != nil {
		return fmt.Errorf("moving %s: %w", strings.Join(said, " and "), err)
	}
	return nil
}

// unheardOf is a refusal in words that we do not know.
type unheardOf struct{ error }

// orMoved is the refusal, or, where a ref is no longer where it was seen, that: GitHub's words for it are published nowhere.
func (h *Hub) orMoved(ctx context.Context, repo pull.Repo, moves []pull.RefMove, refusal error) error {
	for _, m := range moves {
		if at, err := h.refAt(ctx, repo, m.Ref); err == nil && at != m.Before {
			return transient("base-modified", "%s is at %.10s, not at %.10s, and GitHub says: %w", m.Ref, at, m.Before, refusal)
		}
	}
	return refusal
}

// refusesKind reports whether GitHub would not move a ref that is no branch. No rule of a repository speaks of those, so it
// is the way of asking that was refused.
func refusesKind(err error, m pull.RefMove) bool {
	return err != nil && pull.ClassOf(err) == pull.Permanent && !strings.HasPrefix(m.Ref, "refs/heads/")
}

// swap asks for the movements under a name of the caller's, so that what is counted tells them apart. A deletion goes by force, which
// GitHub may ask for and which loses nothing: the ref is deleted only where it was seen.
func (h *Hub) swap(ctx context.Context, operation string, repo pull.Repo, moves []pull.RefMove) error {
	updates := make([]map[string]any, len(moves))
	for i, m := range moves {
		updates[i] = map[string]any{"name": m.Ref, "beforeOid": m.Before, "afterOid": m.After, "force": strings.Trim(m.After, "0") == ""}
	}
	var refused []graphError
	err := h.ask(ctx, repo.Installation, newMutation(operation, []variable{
		{"repository", "ID!", repo.NodeID}, {"updates", "[RefUpdate!]!", updates},
	}, "...MoveBranch"), &moved{}, func(e graphError) bool {
		refused = append(refused, e)
		return true
	})
	if err == nil && len(refused) > 0 {
		return moveRefusal(refused[0])
	}
	return err
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
	case strings.Contains(text, "rule violation"), strings.Contains(text, "protected"), strings.Contains(text, "required"):
		return &pull.Failure{Class: pull.Permanent, Code: "protected", Err: says}
	}
	return &pull.Failure{Class: pull.Permanent, Code: "protected", Err: unheardOf{says}}
}

// Contains reports whether a branch contains a commit. Compared is the branch's tip: by its bare name, GitHub might take a
// tag for it.
func (h *Hub) Contains(ctx context.Context, repo pull.Repo, branch, sha string) (bool, error) {
	tip, err := h.refAt(ctx, repo, "refs/heads/"+branch)
	if err != nil || tip == pull.NoCommit {
		return false, err
	}
	yes, err := h.follows(ctx, repo, sha, tip)
	if err != nil {
		return false, fmt.Errorf("asking whether %s contains %.10s: %w", branch, sha, err)
	}
	return yes, nil
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
