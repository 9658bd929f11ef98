package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// pushed reads who pushed the head, and who pushed what lies below it: whoever may write can have somebody else push on top.
func (p *pass) pushed(ctx context.Context, w *World) (err error) {
	if w.Request.Pusher, err = p.pusher(ctx, w.Request); err != nil {
		return err
	}
	w.Request.Pushers, err = p.pushers(ctx, w.Request)
	return err
}

// pushers are what the books know of the commits' pushes, and what they knew when the request was last read. Where more than
// one person pushed a commit, anywhere, the activity log tells who did so on this branch.
func (p *pass) pushers(ctx context.Context, r pull.Request) ([]pull.Pushed, error) {
	shas := make([]string, len(r.Commits))
	for i, c := range r.Commits {
		shas[i] = c.SHA
	}
	all, err := p.Store.Pushers(ctx, r.Head.Repo, shas)
	if err != nil {
		return nil, err
	}
	known := p.pushersBefore(shas)
	for _, pushed := range all {
		if slices.ContainsFunc(known, func(k pull.Pushed) bool { return k.SHA == pushed.SHA && !pushed.By.Known() || k == pushed }) {
			continue
		}
		if pushed, err = p.identify(ctx, r, pushed); err != nil {
			return nil, err
		}
		known = append(known, pushed)
	}
	slices.SortStableFunc(known, func(a, b pull.Pushed) int { return slices.Index(shas, a.SHA) - slices.Index(shas, b.SHA) })
	return known, nil
}

// pushersBefore are those whom the last reading knew.
func (p *pass) pushersBefore(shas []string) (known []pull.Pushed) {
	if p.work.Last == nil {
		return nil
	}
	for _, before := range p.work.Last.Request.Pushers {
		if before.By.Known() && slices.Contains(shas, before.SHA) {
			known = append(known, before)
		}
	}
	return known
}

// identify asks the activity log where the books know only that more than one person pushed the commit. Of the head it was asked.
func (p *pass) identify(ctx context.Context, r pull.Request, pushed pull.Pushed) (pull.Pushed, error) {
	if pushed.By.Known() || pushed.SHA == r.Head.SHA {
		return pushed, nil
	}
	r.Head.SHA = pushed.SHA
	who, err := p.GitHub.Pusher(ctx, r)
	if err != nil {
		return pushed, fmt.Errorf("asking who pushed %s: %w", pushed.SHA, err)
	}
	return pull.Pushed{SHA: pushed.SHA, By: who}, nil
}

// pusher is who pushed the head: the webhook said so, or else GitHub's activity log does.
func (p *pass) pusher(ctx context.Context, r pull.Request) (pull.Account, error) {
	if who, ok, err := p.Store.Pusher(ctx, r.Head.Repo, r.Head.SHA); ok || err != nil {
		return who, err
	}
	if last := p.work.Last; last != nil && last.Request.Head.SHA == r.Head.SHA && last.Request.Pusher.Known() {
		return last.Request.Pusher, nil
	}
	who, err := p.GitHub.Pusher(ctx, r)
	if err != nil {
		return pull.Account{}, fmt.Errorf("asking who pushed %s: %w", r.Head.SHA, err)
	}
	return who, nil
}
