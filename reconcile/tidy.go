package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// tidyFor is what is left to do once the landing is in the books: it is saved with it, so that a crash forgets neither.
// Branches of forks are their owners' affair, and a default branch is nobody's to delete.
func (d Decision) tidyFor() *pull.Tidy {
	r := d.Request
	if d.Policy.Automerge == nil || !d.Policy.Automerge.DeleteBranch || r.Head.Repo != r.Repo.ID || r.Head.Branch == "" ||
		r.Head.Branch == r.Repo.DefaultBranch || r.Head.Branch == r.Base.Branch {
		return nil
	}
	return &pull.Tidy{Branch: r.Head.Branch, SHA: r.Head.SHA, Base: r.Base.Branch}
}

// untidy reports whether a landed pull request's branch is still to be dealt with.
func (p *pass) untidy() bool {
	return p.work.Last != nil && p.work.Last.Tidy != nil && !p.work.Last.Tidy.Done
}

// tidy deletes the branch of what landed. It looks first and can be repeated at any point: pull requests that target
// the branch move on to where it landed, then the branch is deleted by compare-and-swap.
func (p *pass) tidy(ctx context.Context) (pull.Outcome, error) {
	t := *p.work.Last.Tidy
	repo := p.work.Last.Request.Repo
	b, err := p.GitHub.Branch(ctx, repo, t.Branch)
	if err != nil {
		return pull.Outcome{}, err
	}
	if kept, gone := p.keeps(t, b); kept != "" || gone {
		return pull.Outcome{}, p.tidied(ctx, t, kept)
	}
	for _, number := range b.Into {
		switch err := p.GitHub.Retarget(ctx, repo, number, t.Base); {
		case pull.ClassOf(err) == pull.Permanent && err != nil:
			return pull.Outcome{}, p.tidied(ctx, t, fmt.Sprintf("#%d targets it and cannot be retargeted: %v", number, err))
		case err != nil:
			return pull.Outcome{}, err
		}
	}
	if len(b.Into) > 0 {
		return pull.Outcome{After: time.Millisecond}, nil // look again before deleting: somebody may have opened another
	}
	switch err := p.GitHub.Delete(ctx, repo, t.Branch, t.SHA); {
	case pull.ClassOf(err) == pull.Permanent && err != nil:
		return pull.Outcome{}, p.tidied(ctx, t, err.Error())
	case err != nil && pull.ClassOf(err) == pull.Unknown:
		return pull.Outcome{After: time.Second}, nil
	case err != nil:
		return pull.Outcome{}, err
	}
	p.log.Info("branch deleted", "branch", t.Branch, "sha", t.SHA)
	return pull.Outcome{}, p.tidied(ctx, t, "")
}

// keeps says why the branch has to stay, or that there is nothing left to delete.
func (p *pass) keeps(t pull.Tidy, b pull.Branch) (why string, gone bool) {
	switch {
	case b.SHA == "":
		return "", true
	case b.SHA != t.SHA:
		return "somebody pushed to it after the landing", false
	case b.Protected:
		return "it is protected", false
	case len(b.From) > 0:
		return fmt.Sprintf("it is the head of #%d too", b.From[0]), false
	case b.Crowded:
		return "too many pull requests hang on it", false
	}
	return "", false
}

func (p *pass) tidied(ctx context.Context, t pull.Tidy, kept string) error {
	if t.Done, t.Kept = true, kept; kept != "" {
		p.log.Info("branch kept", "branch", t.Branch, "why", kept)
	}
	record := *p.work.Last
	record.Tidy = &t
	p.work.Last = &record
	return p.Store.Save(ctx, record)
}
