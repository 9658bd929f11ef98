package reconcile

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// read takes a fresh snapshot and gathers what belongs to it.
func (p *pass) read(ctx context.Context) (World, error) {
	hint := p.hint()
	r, err := p.GitHub.Snapshot(ctx, p.work.Repo, p.work.Key.Number, hint)
	if err != nil {
		return World{}, fmt.Errorf("reading %s: %w", p.work.Key, err)
	}
	if err := p.hear(r); err != nil {
		return World{}, fmt.Errorf("hearing what people say on %s: %w", p.work.Key, err)
	}
	r, parted, err := p.onTop(ctx, r)
	if err != nil {
		return World{}, fmt.Errorf("laying %s on top of its batch: %w", p.work.Key, err)
	}
	return p.readOn(ctx, r, parted, hint)
}

// readOn gathers what belongs to a snapshot.
func (p *pass) readOn(ctx context.Context, r pull.Request, parted string, hint pull.Question) (World, error) {
	w, err := p.withRules(ctx, r)
	if err != nil {
		return World{}, err
	}
	w.Asked, w.Parted = hint, parted
	if r.State != pull.Open {
		return w, nil
	}
	readings := []func(context.Context, *World) error{p.depends, p.pushed, p.history, p.propose, p.properties, p.owned, p.remarks, p.ask, p.besides, p.ahead,
		p.reviewed}
	switch {
	case !w.gated():
		readings = []func(context.Context, *World) error{p.readUngated}
	case !w.judged(): // nobody has to agree: what is left to know is whether it would change how things land
		readings = []func(context.Context, *World) error{p.depends, p.propose, p.properties, p.proposer, p.remarks, p.ask, p.reviewed}
	}
	for _, read := range readings {
		if err := read(ctx, &w); err != nil {
			return World{}, err
		}
	}
	if w.judged() {
		w.Requests = p.requests(w)
	}
	return w, nil
}

// withRules reads the files that the snapshot's own refer to, and what landing by them needs.
func (p *pass) withRules(ctx context.Context, r pull.Request) (w World, err error) {
	w = p.world(r)
	if r.State != pull.Open {
		return w, nil
	}
	if remote := w.remote(); remote != nil {
		if r.Remote, err = p.GitHub.RemotePolicy(ctx, r.Repo, remote.Repo, remote.Path, remote.Ref); err != nil {
			return World{}, err
		}
		w = p.world(r)
	}
	if r, err = p.findLanding(ctx, r, w.Rulebook); err != nil {
		return World{}, err
	}
	if w = p.world(r); w.Rulebook.Automerge == nil {
		return w, nil
	}
	if r.Rules.Lacks, err = p.GitHub.Lacks(ctx, r.Repo); err != nil {
		return World{}, err
	}
	w = p.world(r)
	return w, p.barring(ctx, &w)
}

func (p *pass) depends(ctx context.Context, w *World) (err error) {
	w.Request.Depends, err = p.depend(ctx, w.Request)
	return err
}

func (p *pass) owned(ctx context.Context, w *World) error { return w.readOwners(ctx, p.GitHub) }

// besides looks for pull requests whose checks are written on the same head.
func (p *pass) besides(ctx context.Context, w *World) (err error) {
	r := w.Request
	if w.Siblings, err = p.Store.Siblings(ctx, r.Key(), r.Head.SHA, r.Base.Branch); err != nil {
		return fmt.Errorf("looking for pull requests on the same head: %w", err)
	}
	return nil
}

// proposer reads who pushed a change to files that others share: that decides what they are told.
func (p *pass) proposer(ctx context.Context, w *World) error {
	if len(w.Proposal.Shared) == 0 && !w.Proposal.AltersFloor {
		return nil
	}
	return p.pushed(ctx, w)
}
