package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// standing is the batch that the pull request is part of and that may still land, or landed; nil for none.
func (p *pass) standing() *pull.Batch {
	for i, b := range p.work.Batches {
		if b.Place(p.work.Key.Number) >= 0 && (b.State.Open() && b.State != pull.BatchForming || b.State == pull.BatchLanding || b.State == pull.BatchLanded) {
			return &p.work.Batches[i]
		}
	}
	return nil
}

// ahead is the batch of others that lands on the branch meanwhile; nil for none.
func (d Decision) ahead() *pull.Batch {
	for i, b := range d.Batches {
		if b.Branch == d.Request.Base.Branch && b.Place(d.Request.Number) < 0 && (b.State.Open() || b.State == pull.BatchLanding) {
			return &d.Batches[i]
		}
	}
	return nil
}

// redAlone is the latest batch of the pull request by itself on which CI failed, if nothing came after it; nil for none.
func (d Decision) redAlone() *pull.Batch {
	for i, b := range d.Batches {
		if b.Place(d.Request.Number) < 0 {
			continue
		}
		if b.State == pull.BatchRed && len(b.Members) == 1 {
			return &d.Batches[i]
		}
		return nil
	}
	return nil
}

// onTop lays a fresh snapshot on top of what lands before it in its batch: the member below is its base, and its own merge
// commit takes the place of GitHub's test merge, so that judges, Duo and binding see what lands. parted says what has moved
// since the batch was made; it is then seen as if it landed alone.
func (p *pass) onTop(ctx context.Context, r pull.Request) (on pull.Request, parted string, err error) {
	b := p.standing()
	if b == nil || !b.State.Open() {
		return r, "", nil
	}
	place := b.Place(r.Number)
	if why, ok := b.Shows(place, r); !ok {
		return r, why, nil
	}
	tree := r.Base.Tree
	if place > 0 {
		tree = b.Members[place-1].Candidate.Tree
	}
	c := b.Members[place].Candidate
	r, err = p.lay(ctx, r, pull.Base{SHA: b.Under(place), Branch: r.Base.Branch, Tree: tree}, pull.TestMerge{SHA: c.SHA, Tree: c.Tree})
	return r, "", err
}

// lay puts another base, and what merging into that gives, in the place of those that GitHub shows.
func (p *pass) lay(ctx context.Context, r pull.Request, base pull.Base, m pull.TestMerge) (pull.Request, error) {
	m.State, m.Parents = pull.Clean, []string{base.SHA, r.Head.SHA}
	r.Base, r.Test, r.Content = base, m, ""
	var err error
	r.Files, err = p.GitHub.Difference(ctx, r.Repo, base.Tree, m.Tree)
	return r, err
}

// batched tells the world of its batch, where the request was laid on top of it.
func (p *pass) batched(w *World) {
	w.Batches = p.work.Batches
	if last := p.work.Last; last != nil && last.Batch != "" {
		w.Candidate = nil // it was made for a batch, which is made anew
	}
	b := p.standing()
	if b == nil {
		return
	}
	place, r := b.Place(w.Request.Number), w.Request
	c := b.Members[place].Candidate
	if r.Base.SHA == b.Under(place) && r.Head.SHA == c.Head && r.Test.Tree == c.Tree {
		w.Batch, w.Candidate = b, &c
	}
}

// actInBatch carries out what follows for a member. Whoever holds the turn asks and lands for all; every other member keeps its
// own check runs true, and tells the leader.
func (p *pass) actInBatch(ctx context.Context, d Decision) (pull.Outcome, bool, error) {
	b := *d.Batch
	if why, broken := d.breaks(); broken {
		return pull.Outcome{}, true, p.dissolve(ctx, b, why)
	}
	leads, err := p.keepPlace(ctx, &d)
	if err != nil || d.Batch == nil {
		return pull.Outcome{}, err == nil, err
	}
	fresh := p.work.Last == nil || p.work.Last.Batch != b.Head
	p.explain(ctx, d)
	if err := p.save(ctx, d, StateOpen); err != nil {
		return pull.Outcome{}, false, err
	}
	wait := p.turnTTL() / 2
	if leads {
		var again bool
		if d, wait, again, err = p.lead(ctx, d); again || err != nil {
			return pull.Outcome{After: wait}, again && wait == 0, err
		}
	}
	wrote, err := p.publish(ctx, d)
	if err != nil {
		return pull.Outcome{}, false, err
	}
	if err := errors.Join(p.invite(ctx, d), p.dismiss(ctx, d)); err != nil {
		return pull.Outcome{}, false, err
	}
	switch {
	case leads && wrote && d.Stage >= automerge.Agreed:
		return pull.Outcome{}, true, nil // GitHub has to show our checks first
	case leads:
		return p.landTogether(ctx, d, wait)
	case fresh, wrote && d.Stage >= automerge.Agreed:
		_, err = p.Store.File(ctx, []pull.Scope{{Repo: b.Repo, Number: b.Leader}}, true)
	}
	return pull.Outcome{After: sooner(wait, d.retryIn(p.Now()))}, false, err
}

// keepPlace keeps the member's place in the queue, and reports whether it leads. A batch whose leader lost the turn is
// dissolved.
func (p *pass) keepPlace(ctx context.Context, d *Decision) (leads bool, err error) {
	b := *d.Batch
	turn, err := p.lineUp(ctx, *d)
	if err != nil {
		return false, err
	}
	leads = turn.Holds && turn.Epoch == b.Epoch && b.Leader == p.work.Key.Number
	if turn.Holds && !leads || b.Leader == p.work.Key.Number && !leads {
		d.Batch = nil
		return false, p.dissolve(ctx, b, pull.Reason{Code: "turn-passed", State: pull.Wait, Message: "The turn passed on to another pull request."})
	}
	turn.Holds, turn.Epoch = true, b.Epoch // the leader holds it for all
	d.World.Turn = &turn
	p.epoch = turn.Epoch
	*d = d.World.Decide()
	return leads, nil
}

// lead brings the batch further: it is tested, then its people are asked. again says that it has moved on, and that the world
// is to be looked at anew, at once where wait is 0.
func (p *pass) lead(ctx context.Context, d Decision) (_ Decision, wait time.Duration, again bool, err error) {
	if d.Batch.State == pull.BatchTesting {
		wait, again, err = p.try(ctx, d)
		return d, wait, again, err
	}
	if d.Batch.State != pull.BatchAsking || p.Duo == nil {
		return d, p.turnTTL() / 2, false, nil
	}
	here, unasked, err := p.assembled(ctx, d)
	if err != nil || !here || !unasked {
		return d, p.turnTTL() / 2, false, err
	}
	return p.askTogether(ctx, d)
}
