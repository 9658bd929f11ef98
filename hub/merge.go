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

// Merge asks GitHub to land exactly the intent's head by the intent's method, and returns the SHA of what landed. The
// first line of message is the commit's title, the rest its body; a rebase has neither.
//
// Transient refusals pass by themselves: "head-moved", "base-modified", "not-mergeable" (GitHub is still computing,
// or at it) and rate limits. Permanent ones carry GitHub's own sentence: "protected", "method-not-allowed", "draft", "closed",
// "no-permission", "workflows-permission", "not-found", "refused". An answer that was lost or is an error of GitHub's
// own is Unknown with code "outcome-unknown": the merge may have happened.
func (h *Hub) Merge(ctx context.Context, r pull.Request, i pull.Intent, message string) (string, error) {
	b := i.Binding
	title, body, _ := strings.Cut(message, "\n")
	options := &github.PullRequestOptions{SHA: b.Head, MergeMethod: b.Method, CommitTitle: title, DontDefaultIfBlank: true}
	body = strings.TrimLeft(body, "\n")
	if b.Method == pull.MethodRebase {
		options.CommitTitle, options.DontDefaultIfBlank, body = "", false, ""
	}
	if err := validID(b.Head); err != nil {
		return "", err
	}
	var merged *github.PullRequestMergeResult
	call := request{installation: r.Repo.Installation, operation: "merge", write: true}
	var status int
	err := h.rest(ctx, call, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		merged, resp, err = c.PullRequests.Merge(ctx, r.Repo.Owner, r.Repo.Name, b.Number, body, options)
		if resp != nil {
			status = resp.StatusCode
		}
		return resp, err
	})
	if err != nil {
		return "", fmt.Errorf("merging %s: %w", r.Ref(), mergeRefusal(status, err))
	}
	if !merged.GetMerged() || validID(merged.GetSHA()) != nil {
		return "", fmt.Errorf("merging %s: %w", r.Ref(), &pull.Failure{Class: pull.Unknown, Code: codeUnknown,
			Err: errors.New("GitHub answered without saying what landed")})
	}
	return merged.GetSHA(), nil
}

// refusal is how GitHub words one reason for not merging.
type refusal struct {
	says  string // lower-case, part of the message
	code  string
	class pull.Class
	after time.Duration
}

// refusals are looked through in order. GitHub tells most of them apart by their sentence alone; an unknown sentence
// is a permanent refusal that a person reads.
var refusals = []refusal{
	{"head branch was modified", "head-moved", pull.Transient, time.Second},
	{"base branch was modified", "base-modified", pull.Transient, time.Second},
	{"workflow", "workflows-permission", pull.Permanent, 0},
	{"not accessible by integration", codePermission, pull.Permanent, 0},
	{"draft", "draft", pull.Permanent, 0},
	{"already in progress", "not-mergeable", pull.Transient, 5 * time.Second},
	{"not mergeable", "not-mergeable", pull.Transient, 5 * time.Second},
	{"merge conflict", "not-mergeable", pull.Transient, 5 * time.Second},
	{"are not allowed on this repository", "method-not-allowed", pull.Permanent, 0},
	{"rule violations", "protected", pull.Permanent, 0},
	{"protected branch", "protected", pull.Permanent, 0},
	{"required status check", "protected", pull.Permanent, 0},
	{"review is required", "protected", pull.Permanent, 0},
	{"merge queue", "protected", pull.Permanent, 0},
	{"must be made through", "protected", pull.Permanent, 0},
	{"required", "protected", pull.Permanent, 0},
	{"already merged", "closed", pull.Permanent, 0},
	{"is closed", "closed", pull.Permanent, 0},
}

// mergeRefusal names why GitHub would not merge, where it answered that it would not.
func mergeRefusal(status int, err error) error {
	var f *pull.Failure
	if !errors.As(err, &f) || f.Class != pull.Permanent || status < 400 {
		return err
	}
	text := strings.ToLower(f.Error())
	for _, known := range refusals {
		if strings.Contains(text, known.says) {
			return &pull.Failure{Class: known.class, Code: known.code, After: known.after, Err: f.Err}
		}
	}
	switch status {
	case http.StatusConflict:
		return &pull.Failure{Class: pull.Transient, Code: "head-moved", After: time.Second, Err: f.Err}
	case http.StatusMethodNotAllowed:
		return &pull.Failure{Class: pull.Permanent, Code: "not-mergeable", Err: f.Err}
	}
	return err
}
