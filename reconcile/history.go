package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/pull"
)

// history reads each commit's own difference where every commit is governed: where the policy says so, and where a
// rebase would put every commit on the target branch.
func (p *pass) history(ctx context.Context, w *World) error {
	return w.readHistory(ctx, p.GitHub)
}

// historian reads what the commits themselves do.
type historian interface {
	Histories(ctx context.Context, r pull.Request) ([]pull.Commit, error)
	// Updates returns the commits with those marked that only bring the target branch in.
	Updates(ctx context.Context, r pull.Request) ([]pull.Commit, error)
}

func (w *World) readHistory(ctx context.Context, github historian) error {
	r := &w.Request
	if err := w.readUpdates(ctx, github); err != nil {
		return err
	}
	if r.Test.State != pull.Clean || !w.everyCommit() && !readsMerges(w.Rulebook) {
		return nil
	}
	commits, err := github.Histories(ctx, *r)
	if err != nil {
		return fmt.Errorf("reading the commits of %s one by one: %w", r.Ref(), err)
	}
	r.Commits = commits
	if !w.everyCommit() {
		return nil
	}
	for _, c := range commits {
		r.Files = Widen(r.Files, c.Files)
	}
	return nil
}

func (w World) everyCommit() bool {
	replays := w.Request.Rules.QueueMethod == pull.MethodRebase && w.Rulebook.Automerge.MethodFor(w.Request) == pull.MethodQueue
	return replays || w.Rulebook.Approval.History == approval.EveryCommit || w.Floor.Rules.History == approval.EveryCommit
}

// Widen adds the paths that only a commit on the way changes, so that they are governed too.
func Widen(files, more []pull.File) []pull.File {
	for _, f := range more {
		at, known := slices.BinarySearchFunc(files, f.Path, func(g pull.File, path string) int { return strings.Compare(g.Path, path) })
		if !known {
			files = slices.Insert(slices.Clone(files), at, f)
			continue
		}
		if f.Special() && !files[at].Special() {
			files = slices.Clone(files)
			files[at] = f
		}
	}
	return files
}
