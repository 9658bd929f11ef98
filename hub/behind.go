package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// Update asks GitHub to merge the target's tip into the head branch of r, only if the head is still the one of r.
//
// GitHub answers before it is done. Transient refusals: "head-moved", "up-to-date" and rate limits. Permanent ones carry GitHub's own
// sentence: "conflict", "workflows-permission", "protected", "no-permission", "not-found", "refused". A lost
// answer is Unknown.
func (h *Hub) Update(ctx context.Context, r pull.Request) error {
	if err := validID(r.Head.SHA); err != nil {
		return err
	}
	call := request{installation: r.Repo.Installation, operation: "update", write: true}
	status := 0
	err := h.rest(ctx, call, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		_, resp, err := c.PullRequests.UpdateBranch(ctx, r.Repo.Owner, r.Repo.Name, r.Number,
			&github.PullRequestBranchUpdateOptions{ExpectedHeadSHA: &r.Head.SHA})
		if resp != nil {
			status = resp.StatusCode
		}
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("bringing %s up to date: %w", r.Ref(), updateRefusal(status, err))
	}
	return nil
}

// updateRefusals are looked through in order, as in [refusals].
var updateRefusals = []refusal{
	{"expected head sha", "head-moved", pull.Transient, time.Second},
	{"merge conflict", "conflict", pull.Permanent, 0},
	{"no new commits", "up-to-date", pull.Transient, time.Second},
	{"workflow", "workflows-permission", pull.Permanent, 0},
	{"protected branch", "protected", pull.Permanent, 0},
	{"rule violations", "protected", pull.Permanent, 0},
}

// updateRefusal names why GitHub would not update, where it answered that it would not.
func updateRefusal(status int, err error) error {
	var f *pull.Failure
	if !errors.As(err, &f) || f.Class != pull.Permanent || status < http.StatusBadRequest {
		return err
	}
	text := strings.ToLower(f.Error())
	for _, known := range updateRefusals {
		if strings.Contains(text, known.says) {
			return &pull.Failure{Class: known.class, Code: known.code, After: known.after, Err: f.Err}
		}
	}
	return err
}
