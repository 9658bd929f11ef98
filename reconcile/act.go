package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// turnTTL is how long the holder of a turn may be silent: longer than a Duo prompt lives, and, where somebody shortens it,
// longer than a pass may take.
func (r *Reconciler) turnTTL() time.Duration { return cmp.Or(r.Lease, 2*time.Minute) }

// stalePatience is how often a pull request that waits to be brought up to date shows that it still queues. Many may
// wait, and whoever leaves its turn wakes the next.
const stalePatience = 8 * time.Minute

// act carries a decision out. The decision is in the books before anything leaves the house.
func (p *pass) act(ctx context.Context, d Decision) (pull.Outcome, bool, error) {
	if d.Batch != nil {
		return p.actInBatch(ctx, d)
	}
	d, err := p.takeTurn(ctx, d)
	if err != nil {
		return pull.Outcome{}, false, err
	}
	if formed, err := p.form(ctx, d); formed || err != nil {
		return pull.Outcome{}, true, err
	}
	if d, err = p.prepare(ctx, d); err != nil {
		return pull.Outcome{}, false, err
	}
	p.explain(ctx, d)
	if err := p.save(ctx, d, StateOpen); err != nil {
		return pull.Outcome{}, false, err
	}
	d, wait, err := p.prompt(ctx, d)
	if err != nil {
		return pull.Outcome{}, false, err
	}
	wrote, err := p.publish(ctx, d)
	if err != nil {
		return pull.Outcome{}, false, err
	}
	if err := p.invite(ctx, d); err != nil {
		return pull.Outcome{}, false, err
	}
	if err := p.dismiss(ctx, d); err != nil {
		return pull.Outcome{}, false, err
	}
	if d.throughQueue() {
		outcome, again, err := p.queue(ctx, d, wrote)
		outcome.After = sooner(sooner(outcome.After, wait), sooner(d.retryIn(p.Now()), queuePatience))
		return outcome, again, err
	}
	if d.Stage == automerge.Proved {
		held := d.epoch() == p.epoch
		if p.epoch = d.epoch(); !held {
			return pull.Outcome{}, true, nil // somebody may have landed between our look and our turn: look again
		}
		return p.land(ctx, d)
	}
	p.epoch = d.epoch()
	if moved, err := p.restack(ctx, d); moved || err != nil {
		return pull.Outcome{After: time.Second}, false, err
	}
	if updated, err := p.update(ctx, &d); updated || err != nil {
		return pull.Outcome{After: time.Second}, false, err
	}
	wait = sooner(wait, automerge.NextEntry(d.Case(nil)))
	wait = sooner(wait, sooner(automerge.NextLook(d.Case(nil)), automerge.NextUpdate(d.Case(nil))))
	return pull.Outcome{After: sooner(sooner(wait, d.retryIn(p.Now())), p.patience(d))}, wrote && d.Stage == automerge.Agreed, nil
}

// outdatedPatience is how often GitHub is asked for a test merge that it makes twice a day by itself.
const outdatedPatience = 10 * time.Minute

// patience is how long to wait for what sends no event of its own.
func (p *pass) patience(d Decision) time.Duration {
	switch {
	case d.Unsettled > 0:
		return patience(d.Unsettled)
	case d.Request.Test.State == pull.Outdated:
		return outdatedPatience
	case d.Turn != nil && !d.Turn.Holds && d.Stage == automerge.Stale:
		return stalePatience
	case d.Turn != nil && !d.Turn.Holds:
		return p.turnTTL() / 2
	case d.Stage == automerge.Agreed && d.Policy.Automerge != nil:
		return time.Second
	case d.wantsTurn():
		return p.turnTTL() / 2
	}
	return 0
}

// retryIn is how long until a push that was certainly not sent is due again. One that Duo refused for good is due when
// somebody asks for it, never by itself.
func (d Decision) retryIn(now time.Time) time.Duration {
	var next time.Duration
	for _, c := range d.Confirmations {
		if c.State == pull.PromptUnsent && !c.RetryAt.IsZero() && c.Binding.Same(d.Binding) {
			next = sooner(next, max(c.RetryAt.Sub(now), time.Millisecond))
		}
	}
	return next
}

// sooner is the shorter of two delays, where 0 means never.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// epoch is that of the turn held now; 0 when it is not this pull request's turn.
func (d Decision) epoch() int64 {
	if d.World.Turn == nil || !d.World.Turn.Holds {
		return 0
	}
	return d.World.Turn.Epoch
}

// takeTurn queues the pull request for its branch once nothing but its people's answers is missing, and takes it
// out of the queue otherwise, so that nobody waits behind it.
func (p *pass) takeTurn(ctx context.Context, d Decision) (Decision, error) {
	if !d.wantsTurn() {
		if p.settling(d) {
			d.World.Turn = p.turn
			return d, nil
		}
		return d, p.Store.LeaveTurn(ctx, p.work.Key, d.Request.Base.Branch)
	}
	turn, err := p.lineUp(ctx, d)
	if err != nil {
		return d, err
	}
	d.World.Turn = &turn
	return d.World.Decide(), nil
}

// settles is how many reads in a row may find the test merge not computed before the pull request loses its place in the queue.
const settles = 5

// settling reports whether GitHub has only begun to work out what would land, as it does for everybody when the branch moves:
// whoever queues then keeps its place for some seconds, and whoever is given the turn meanwhile keeps that. Under a holder that
// was about to land nothing of ours moves the branch.
func (p *pass) settling(d Decision) bool {
	last := p.work.Last
	return d.Request.Test.State == pull.Unsettled && d.Unsettled <= settles && last != nil && (last.Epoch == 0 || last.Unsettled > 0)
}

// hurries reports whether the pull request goes before others: by a label of the policy's, or by an admin's word.
func (d Decision) hurries() bool {
	return d.Priority || d.Binding.Glass != "" || d.Policy.Automerge.Hurries(d.Request.Labels)
}

// wantsTurn reports whether the pull request is ready to land, or to ask the people whose answer is all it lacks.
func (d Decision) wantsTurn() bool {
	if d.Binding.Method == pull.MethodQueue {
		return false // GitHub's queue gives the order
	}
	switch d.Stage {
	case automerge.Proved:
		return true
	case automerge.Agreed:
		return d.Policy.Automerge != nil
	case automerge.Stale:
		return !slices.ContainsFunc(d.Verdicts, func(v pull.Verdict) bool { return v.Gate == pull.GateDuo && v.State == pull.Block })
	case automerge.Ready:
		return len(d.Asks) > 0 || d.duo().State == pull.Wait
	}
	return false
}

func (d Decision) duo() pull.Verdict {
	for _, v := range d.Verdicts {
		if v.Gate == pull.GateDuo {
			return v
		}
	}
	return pull.Verdict{Gate: pull.GateDuo}
}

// isAny reports whether err is one of the targets.
func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
