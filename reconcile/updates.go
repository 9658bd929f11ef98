package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/pull"
)

// readUpdates learns which of GitHub's own commits only bring the target branch in, where a rule asks for signatures:
// those commits, and no others of GitHub's, may go without a person's.
func (w *World) readUpdates(ctx context.Context, github historian) error {
	byGitHub := slices.ContainsFunc(w.Request.Commits, func(c pull.Commit) bool { return c.ByGitHub && len(c.Parents) == 2 })
	asked := slices.ContainsFunc(w.Rulebook.Approval.Rules, func(r approval.Rule) bool {
		return r.When.Signatures != nil || r.Require.AsksSignatures()
	})
	if !byGitHub || !asked {
		return nil
	}
	commits, err := github.Updates(ctx, w.Request)
	if err != nil {
		return fmt.Errorf("telling the base updates of %s from merges with content of their own: %w", w.Request.Ref(), err)
	}
	w.Request.Commits = commits
	return nil
}
