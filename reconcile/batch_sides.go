package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// The branches of ours beside a target branch: one where GitHub merges for us what a batch consists of, and one where CI runs
// on its head.
const (
	scratchPrefix = "sallyport/batch/"
	stagingPrefix = "sallyport/staging/"
)

// point makes a branch of ours, or moves it. That it will be there is in the books before, so that it goes again whatever happens.
func (p *pass) point(ctx context.Context, repo pull.Repo, b pull.SideBranch) error {
	if err := p.Store.KeepSide(ctx, b); err != nil {
		return err
	}
	return p.GitHub.Point(ctx, repo, b.Name, b.SHA)
}

// sidePause is how long a branch that could not be deleted waits for the next try.
const sidePause = time.Minute

// dropSides deletes the branches of ours that nothing has a use for any more, and returns when to try those again that are left.
func (p *pass) dropSides(ctx context.Context) time.Duration {
	var wait time.Duration
	for _, b := range p.work.Sides {
		if err := p.dropSide(ctx, b); err != nil {
			p.log.Warn("a branch of ours is left over", "branch", b.Name, "error", err.Error())
			wait = sooner(wait, max(sidePause, pull.Delay(err)))
		}
	}
	return wait
}

// dropSide deletes a branch of ours, unless somebody has made it theirs: then it is theirs to keep.
func (p *pass) dropSide(ctx context.Context, b pull.SideBranch) error {
	at, err := p.GitHub.Branch(ctx, p.work.Repo, b.Name)
	if err != nil {
		return err
	}
	ours, err := p.putThere(ctx, b, at.SHA)
	if err != nil {
		return err
	}
	kept, gone := p.keeps(pull.Tidy{SHA: at.SHA}, at)
	switch {
	case gone:
		return p.Store.ForgetSide(ctx, b)
	case !ours:
		kept = "somebody moved it"
	case kept == "" && len(at.Into) > 0:
		kept = fmt.Sprintf("#%d targets it", at.Into[0])
	}
	if kept == "" {
		if err = p.GitHub.Drop(ctx, p.work.Repo, b.Name, at.SHA); err != nil && pull.ClassOf(err) != pull.Permanent {
			return err
		} else if err != nil {
			kept = err.Error()
		}
	}
	p.log.Info("a branch of ours is done with", "branch", b.Name, "sha", at.SHA, "kept", kept)
	return p.Store.ForgetSide(ctx, b)
}

// putThere reports whether it is us who had the branch point to a commit: to where the books say that it was put, or to what
// GitHub made of that and the head which it was asked to merge next.
func (p *pass) putThere(ctx context.Context, b pull.SideBranch, sha string) (bool, error) {
	if sha == b.SHA || sha == "" || b.Head == "" {
		return sha == b.SHA, nil
	}
	c, err := p.GitHub.Commit(ctx, p.work.Repo, sha)
	if err != nil {
		return false, err
	}
	return slices.Equal(c.Parents, []string{b.SHA, b.Head}), nil
}
