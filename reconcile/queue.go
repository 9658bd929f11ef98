package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// queuePatience is how often a pull request in GitHub's merge queue is looked at although nothing was heard.
const queuePatience = 30 * time.Second

// throughQueue reports whether GitHub's merge queue has a part in what is to be done now.
func (d Decision) throughQueue() bool {
	if !d.judged() {
		return false
	}
	return d.Request.Queued != nil || d.Binding.Method == pull.MethodQueue && d.Stage == automerge.Ready
}

// queueCase is the automerge judge's view, with the gates as they were judged.
func (d Decision) queueCase() automerge.Case {
	c := d.Case(slices.DeleteFunc(slices.Clone(d.Verdicts), func(v pull.Verdict) bool { return v.Gate == pull.GateAutomerge }))
	c.Reports = d.names()
	return c
}

// leaves says why the pull request must not stay in the queue. Where nothing could be judged, that is why.
func (d Decision) leaves() (pull.Reason, bool) {
	if d.Request.Queued != nil && d.Binding.Method == "" {
		return d.Verdicts[0].Lead(), true
	}
	return automerge.Leave(d.queueCase())
}

// queue enters GitHub's merge queue, answers on the group that the queue built, lets the group go, or leaves.
func (p *pass) queue(ctx context.Context, d Decision, wrote bool) (pull.Outcome, bool, error) {
	why, leave := d.leaves()
	switch {
	case d.Request.Queued == nil && (wrote || d.outOfDate()):
		return pull.Outcome{After: time.Second}, wrote, nil // GitHub has to show our checks first
	case d.Request.Queued == nil:
		return p.enqueue(ctx, d)
	case leave:
		return p.dequeue(ctx, d, why)
	case d.Stage == automerge.Agreed:
		return p.release(ctx, d)
	}
	return pull.Outcome{}, false, p.publishGroup(ctx, &d, d.groupReports(false))
}

// queueActs reports whether there is something to do about the merge queue.
func (d Decision) queueActs() bool {
	if !d.throughQueue() {
		return false
	}
	_, leave := d.leaves()
	return d.Request.Queued == nil || leave || d.groupDrifts()
}

// enqueue puts the head into the queue. The try is in the books first; where its answer was lost, the queue is looked at
// before it is tried again.
func (p *pass) enqueue(ctx context.Context, d Decision) (pull.Outcome, bool, error) {
	try := pull.Enqueuing{Head: d.Request.Head.SHA, At: p.Now(), Tries: 1}
	if last := d.Enqueuing; last != nil {
		if left := doubtful - p.Now().Sub(last.At); !last.Entered && last.Code == "" && left > 0 {
			return pull.Outcome{After: left}, false, nil
		}
		try.Tries += last.Tries
	}
	d.World.Enqueuing = &try
	if err := p.save(ctx, d, StateOpen); err != nil {
		return pull.Outcome{}, false, err
	}
	err := p.GitHub.Enqueue(ctx, d.Request)
	switch {
	case err == nil:
		p.log.Info("enqueued", "head", try.Head, "tries", try.Tries)
		try.Entered = true // even if the queue has let go of it before the next look
		d.World.Enqueuing = &try
		return pull.Outcome{}, true, p.save(ctx, d, StateOpen)
	case pull.ClassOf(err) == pull.Unknown:
		p.log.Warn("enqueuing of unknown outcome", "error", err.Error())
		return pull.Outcome{After: time.Second}, false, nil
	}
	code, after := again(err, try.Tries-1)
	p.log.Warn("not enqueued", "code", code, "error", err.Error())
	if try.Code, try.Detail = code, err.Error(); code == "" {
		try.At = time.Time{} // it certainly did not happen: nothing need be waited for
	}
	d.World.Enqueuing = &try
	return pull.Outcome{After: after}, false, p.save(ctx, d.World.Decide(), StateOpen)
}

// dequeue takes it out again. Its group is marked first, so that nothing lands even if the queue keeps it.
func (p *pass) dequeue(ctx context.Context, d Decision, why pull.Reason) (pull.Outcome, bool, error) {
	if err := p.publishGroup(ctx, &d, d.groupReports(false)); err != nil {
		return pull.Outcome{}, false, err
	}
	left := pull.Enqueuing{Head: d.Request.Head.SHA, At: p.Now(), Entered: true}
	if d.Enqueuing != nil {
		left = *d.Enqueuing
	}
	left.Left = p.Now()
	d.World.Enqueuing = &left
	if err := p.save(ctx, d, StateOpen); err != nil {
		return pull.Outcome{}, false, err
	}
	p.log.Warn("dequeued", "code", why.Code, "why", why.Message)
	err := p.GitHub.Dequeue(ctx, d.Request)
	if pull.ClassOf(err) == pull.Unknown {
		return pull.Outcome{After: time.Second}, false, nil
	}
	return pull.Outcome{}, err == nil, err
}

// release lets the group go: our checks on it turn green, all of them, and only once the landing is in the books. From then
// on GitHub lands it whenever it likes.
func (p *pass) release(ctx context.Context, d Decision) (pull.Outcome, bool, error) {
	if !p.released(d.Request) {
		intent, err := d.intent()
		if err != nil {
			return pull.Outcome{}, false, err
		}
		intent, err = p.Store.BeginLanding(ctx, pull.Turn{}, intent)
		if isAny(err, pull.ErrLandingOpen, pull.ErrFrozen, pull.ErrRolledBack) {
			p.log.Info("landing held back", "why", err.Error())
			return pull.Outcome{After: time.Second}, false, nil
		}
		if err != nil {
			return pull.Outcome{}, false, fmt.Errorf("writing the intent to land: %w", err)
		}
		p.work.Intents = append([]pull.Intent{intent}, p.work.Intents...)
		p.log.Info("released", "merge", d.Binding.Merge, "head", d.Binding.Head, "base", d.Binding.Base)
	}
	if err := p.publishGroup(ctx, &d, d.groupReports(true)); err != nil {
		return pull.Outcome{}, false, err
	}
	return pull.Outcome{}, false, p.wakeBehind(ctx, d.Request)
}

// wakeBehind has those looked at whose groups contain this one and waited for it.
func (p *pass) wakeBehind(ctx context.Context, r pull.Request) error {
	var scopes []pull.Scope
	for _, number := range r.Queued.Behind {
		scopes = append(scopes, pull.Scope{Repo: r.Repo.ID, Number: number})
	}
	if len(scopes) == 0 {
		return nil
	}
	_, err := p.Store.File(ctx, scopes, true)
	return err
}

// released reports whether this very group was let go and is not known to have landed.
func (p *pass) released(r pull.Request) bool {
	i := p.openIntent()
	return i != nil && i.Binding.Method == pull.MethodQueue && r.Queued.Built() && r.Queued.Head == i.Binding.Merge
}

// letGo settles a landing whose group is no longer in the queue: it landed, which GitHub says any moment, or it never will.
func (p *pass) letGo(ctx context.Context, w World, intent pull.Intent) (pull.Outcome, bool, error) {
	b := intent.Binding
	contained, err := p.GitHub.Contains(ctx, w.Request.Repo, b.Branch, b.Merge)
	if err != nil {
		return pull.Outcome{}, false, err
	}
	if contained {
		return pull.Outcome{After: soon}, false, nil
	}
	intent.State, intent.Detail = pull.IntentRefused, "GitHub's merge queue let go of the group"
	if err := p.Store.EndLanding(ctx, intent); err != nil {
		return pull.Outcome{}, false, fmt.Errorf("writing that the group did not land: %w", err)
	}
	p.work.Intents = slices.DeleteFunc(p.work.Intents, func(i pull.Intent) bool { return i.ID == intent.ID })
	return pull.Outcome{}, true, nil
}

// enqueued carries over what is known of this head's way into the queue.
func (p *pass) enqueued(r pull.Request) *pull.Enqueuing {
	var e *pull.Enqueuing
	if last := p.work.Last; last != nil && last.Enqueuing != nil && last.Enqueuing.Head == r.Head.SHA {
		kept := *last.Enqueuing
		e = &kept
	}
	if r.Queued == nil {
		if e != nil && !e.At.IsZero() && !r.Removed.At.Before(e.At.Truncate(time.Second)) {
			e.Entered = true // the answer was lost, and the queue had it and let go of it
		}
		return e
	}
	if e == nil {
		e = &pull.Enqueuing{Head: r.Head.SHA, At: r.At}
	}
	e.Entered, e.Left, e.Code, e.Detail = true, time.Time{}, "", ""
	return e
}

// groupSince is when the group was first seen.
func (p *pass) groupSince(r pull.Request) time.Time {
	if last := p.work.Last; last != nil && last.Request.Queued.Built() && last.Request.Queued.Head == r.Queued.Head {
		return last.Request.Queued.Since
	}
	return r.At
}

// ahead learns which groups on the branch were let go, where others land first.
func (p *pass) ahead(ctx context.Context, w *World) error {
	if !w.Request.Queued.Built() || len(w.Request.Queued.Ahead) == 0 {
		return nil
	}
	open, err := p.Store.LandingsUnderWay(ctx, w.Request.Repo.ID, w.Request.Base.Branch)
	if err != nil {
		return fmt.Errorf("looking for what lands before %s: %w", w.Request.Ref(), err)
	}
	w.Released = nil
	for _, i := range open {
		if i.Binding.Method == pull.MethodQueue {
			w.Released = append(w.Released, i.Binding.Merge)
		}
	}
	return nil
}
