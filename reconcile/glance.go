package reconcile

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// glance applies routine news to a copy of the last snapshot and judges the copy. When that leads to nothing new to
// do, GitHub need not be asked. A copy never leads to an act: whatever it calls for is decided again on a fresh read.
func (p *pass) glance(ctx context.Context) (quiet bool, outcome pull.Outcome, err error) {
	if !p.routine() || p.turn != nil && p.turn.Holds {
		return false, outcome, nil
	}
	before := p.world(p.work.Last.Request)
	before.Turn = p.turn
	after := before
	after.Request = apply(before.Request, p.work.News)
	after.Siblings, err = p.Store.Siblings(ctx, p.work.Key, after.Request.Head.SHA, after.Request.Base.Branch)
	if err != nil {
		return false, outcome, err
	}
	if after.Lent, err = p.lent(ctx, after.Request); err != nil {
		return false, outcome, err
	}
	if err := p.consider(ctx, &after); err != nil {
		return false, outcome, err
	}
	if err := p.ahead(ctx, &after); err != nil {
		return false, outcome, err
	}
	before.Released = after.Released
	was, is := before.Decide(), after.Decide()
	if is, err = p.joinLine(ctx, was, is); err != nil {
		return false, outcome, err
	}
	joined := p.inLine() && was.Turn == nil
	if is.Stage != was.Stage && !joined || is.Stage > automerge.Ready && !p.inLine() || len(is.Asks) > 0 || is.outOfDate() || is.queueActs() || automerge.UpdateNow(is.Case(nil), is.Stage) {
		return false, outcome, nil
	}
	wait := sooner(automerge.NextLook(is.Case(nil)), automerge.NextUpdate(is.Case(nil)))
	if is.Request.Queued != nil {
		wait = sooner(wait, queuePatience)
	}
	if is.Stage == automerge.Stale || p.inLine() {
		wait = sooner(wait, p.patience(is)) // it queues for its turn, or holds it
	}
	return true, pull.Outcome{After: wait}, p.save(ctx, is, StateOpen)
}

// joinLine has what the copy shows to be ready queue at once for its branch. If others go first, the look is left for when its turn
// comes; if nobody does, the look that follows is younger than the turn, and is enough to land on. A place in the queue is
// nothing that a copy could be wrong about for long: whoever is found not to be ready leaves it.
func (p *pass) joinLine(ctx context.Context, was, is Decision) (Decision, error) {
	if p.turn != nil || is.Stage <= was.Stage || is.Stage < automerge.Ready || !is.wantsTurn() {
		return is, nil
	}
	if err := p.lineUpFirst(ctx, is); err != nil {
		return is, err
	}
	is.World.Turn = p.turn
	return is.World.Decide(), nil
}

// routine reports whether everything new can be judged on a copy of what is known.
func (p *pass) routine() bool {
	last := p.work.Last
	if b := p.standing(); last != nil && (b == nil) != (last.Batch == "") || b != nil && last != nil && last.Batch != b.Head {
		return false // what is known was judged on top of other commits
	} else if b != nil && b.State == pull.BatchTesting && b.Leader == p.work.Key.Number {
		return false // the news may be about the batch's head
	}
	if last == nil || last.State != StateOpen || last.Error != "" || p.work.Fresh || p.landingOpen() || len(p.work.News) == 0 {
		return false
	}
	if last.Request.Test.State == pull.Unsettled {
		return false
	}
	return !slices.ContainsFunc(p.work.News, func(n pull.News) bool { return !n.Routine() })
}

// apply lays checks and statuses over a copy of the request. News of another head is no news.
func apply(r pull.Request, news []pull.News) pull.Request {
	r.Checks = slices.Clone(r.Checks)
	for _, n := range news {
		switch {
		case n.SHA == r.Head.SHA:
			r.Checks = overlay(r.Checks, *n.Check)
		case r.Queued.Built() && n.SHA == r.Queued.Head:
			queued := *r.Queued
			queued.Checks = overlay(slices.Clone(queued.Checks), *n.Check)
			r.Queued = &queued
		}
	}
	return r
}

// overlay puts one check in the place of an older one of the same kind, app and name.
func overlay(checks []pull.Check, c pull.Check) []pull.Check {
	for i, have := range checks {
		if have.Kind != c.Kind || have.App != c.App || have.Name != c.Name {
			continue
		}
		if !older(c, have) {
			checks[i] = c
		}
		return checks
	}
	return append(checks, c)
}

// older reports whether news of c arrived late: a newer run is known, or the same run is known to have ended. GitHub counts
// runs up; their start is whatever the app says it is, and of those that we wrote it is by our clock.
func older(c, have pull.Check) bool {
	if c.ID != have.ID {
		return c.ID < have.ID
	}
	return c.Kind == pull.CheckRun && have.Done() && !c.Done()
}

// outOfDate reports whether a check run of ours should read differently.
func (d Decision) outOfDate() bool {
	for _, report := range d.Reports {
		if have := d.own(d.Request.Checks, report.Name); have == nil || !have.Shows(report) {
			return true
		}
	}
	return false
}
