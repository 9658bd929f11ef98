package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// updatesPerTip bounds what one movement of a target sets going where the branch does not demand updates.
const updatesPerTip = 10

// update has GitHub bring the head branch up to date where that is due. The try is in the books before GitHub is asked,
// and GitHub is told the head that is meant: whatever becomes of the answer, there is no second update of one head.
func (p *pass) update(ctx context.Context, d *Decision) (bool, error) {
	c := d.Case(nil)
	if !automerge.UpdateNow(c, d.Stage) {
		return false, nil
	}
	r := d.Request
	if !c.MustBeCurrent() {
		admitted, err := p.Store.AdmitUpdate(ctx, p.work.Key, r.Base.Branch, r.Base.SHA, updatesPerTip)
		if !admitted || err != nil {
			return false, err
		}
	}
	try := pull.Update{Base: r.Base.SHA, Head: r.Head.SHA, At: r.At, Tries: 1}
	if last := d.Update; last != nil && last.Base == try.Base && last.Head == try.Head {
		try.Tries = last.Tries + 1
	}
	d.World.Update = &try
	if err := p.save(ctx, *d, StateOpen); err != nil {
		return false, fmt.Errorf("writing that %s is about to be brought up to date: %w", r.Ref(), err)
	}
	return true, p.updated(ctx, d, try, p.GitHub.Update(ctx, r))
}

// updated writes down what GitHub said. What certainly did not happen and may next time counts as not tried.
func (p *pass) updated(ctx context.Context, d *Decision, try pull.Update, err error) error {
	if err == nil {
		p.log.Info("branch updated", "head", try.Head, "base", try.Base)
		return nil
	}
	p.log.Warn("branch not updated", "head", try.Head, "base", try.Base, "error", err.Error())
	var f *pull.Failure
	switch {
	case !errors.As(err, &f) || f.Class == pull.Unknown:
		return nil
	case f.Class == pull.Transient:
		d.World.Update = nil
		return errors.Join(p.save(ctx, *d, StateOpen), err)
	}
	try.Code, try.Detail = f.Code, f.Error()
	d.World.Update = &try
	return p.save(ctx, d.World.Decide(), StateOpen)
}
