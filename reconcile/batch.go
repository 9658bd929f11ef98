package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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

// part dissolves the batch of which this is no longer the member that it was made from.
func (p *pass) part(ctx context.Context, w World) error {
	if w.Parted == "" {
		return nil
	}
	return p.dissolve(ctx, *p.standing(), pull.Reason{Code: "batch-member-moved", State: pull.Wait,
		Message: fmt.Sprintf("#%d %s.", p.work.Key.Number, w.Parted), Evidence: map[string]string{"member": fmt.Sprintf("#%d", p.work.Key.Number)}})
}

// dissolve ends a batch. Its members are woken, and whoever holds the turn forms another.
func (p *pass) dissolve(ctx context.Context, b pull.Batch, why pull.Reason) error {
	return p.dissolveAs(ctx, b, pull.BatchDissolved, why)
}

func (p *pass) dissolveAs(ctx context.Context, b pull.Batch, as pull.BatchState, why pull.Reason) error {
	err := p.Store.DissolveBatch(ctx, b.ID, as, why)
	if err != nil && !errors.Is(err, pull.ErrBatchMoved) {
		return fmt.Errorf("dissolving the batch %.10s: %w", b.Head, err)
	}
	p.log.Info("batch dissolved", "batch", b.Head, "code", why.Code, "why", why.Message)
	return p.reload(ctx)
}

// reload reads from the books what became of batches and landings; what this pass knows besides stays as it is.
func (p *pass) reload(ctx context.Context) error {
	work, err := p.Store.Work(ctx, p.work.Key)
	if err != nil {
		return err
	}
	p.work.Batches, p.work.Intents, p.work.Confirmations = work.Batches, work.Intents, work.Confirmations
	return nil
}

// breaks says why a member cannot land in its batch, whatever its people answer.
func (d Decision) breaks() (pull.Reason, bool) {
	why := pull.Reason{State: pull.Wait, Evidence: map[string]string{"member": fmt.Sprintf("#%d", d.Request.Number)}}
	switch duo := d.duo(); {
	case d.Binding.Method != pull.MethodExact:
		why.Code, why.Message = "batch-member-moved", "lands otherwise now"
	case d.breaksGlass():
		why.Code, why.Message = "batch-member-moved", "is to land past the gates, alone"
	case d.Stage < automerge.Ready:
		lead := d.Verdict(pull.GateAutomerge).Lead()
		why.Code, why.Message = "batch-member-held", "is held back: "+lead.Message
		why.Evidence["code"] = lead.Code
	case duo.State == pull.Block:
		why.Code, why.Message = "batch-member-refused", "was not confirmed: "+duo.Lead().Message
		why.Evidence["code"] = duo.Lead().Code
	case !d.fits():
		why.Code, why.Message = "batch-member-moved", "is approved by others now"
	default:
		return pull.Reason{}, false
	}
	why.Message = fmt.Sprintf("#%d %s", d.Request.Number, why.Message)
	return why, true
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
	turn, err := p.Store.TakeTurn(ctx, p.work.Key, d.Request.Base.Branch, p.turnTTL(), d.hurries())
	if err != nil {
		return false, fmt.Errorf("taking the turn on %s: %w", d.Request.Base.Branch, err)
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

// companions judges every other member on a fresh look at its own world, in the order in which they land, with this one at its
// place. ok is false where the batch broke, and was dissolved.
func (p *pass) companions(ctx context.Context, d Decision) (all []Decision, ok bool, err error) {
	b := *d.Batch
	for _, m := range b.Members {
		if m.Number == p.work.Key.Number {
			all = append(all, d)
			continue
		}
		other, why, err := p.companion(ctx, b, m.Number)
		if err != nil {
			return nil, false, err
		}
		if why != nil {
			return nil, false, p.dissolve(ctx, b, *why)
		}
		all = append(all, other)
	}
	return all, true, nil
}

// companion reads and judges another member.
func (p *pass) companion(ctx context.Context, b pull.Batch, number int) (Decision, *pull.Reason, error) {
	other, w, err := p.beside(ctx, number)
	if err != nil {
		return Decision{}, nil, err
	}
	if w.Batch == nil || w.Batch.ID != b.ID || other.landingOpen() {
		why := pull.Reason{Code: "batch-member-moved", State: pull.Wait, Message: fmt.Sprintf("#%d %s.", number, cmp.Or(w.Parted, "is no longer part of it")),
			Evidence: map[string]string{"member": fmt.Sprintf("#%d", number)}}
		return Decision{}, &why, nil
	}
	w.Turn = &pull.Turn{Repo: b.Repo, Branch: b.Branch, Number: number, Epoch: b.Epoch, Holds: true}
	d := w.Decide()
	if why, broken := d.breaks(); broken {
		return d, &why, nil
	}
	return d, nil, nil
}

// beside reads another pull request of the repository as its own pass would, and does nothing about it.
func (p *pass) beside(ctx context.Context, number int) (*pass, World, error) {
	k := pull.Key{Repo: p.work.Key.Repo, Number: number}
	work, err := p.Store.Work(ctx, k)
	if err != nil {
		return nil, World{}, err
	}
	other := &pass{Reconciler: p.Reconciler, work: work, turnedDown: map[string]*pull.Reason{}, log: p.log.With("pull", number)}
	w, err := other.read(ctx)
	return other, w, err
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

// assembled asks the books whether every member was judged in this batch, and whether somebody is still to be asked.
func (p *pass) assembled(ctx context.Context, d Decision) (here, unasked bool, err error) {
	here, unasked = true, awaitsPush(d.duo())
	for _, m := range d.Batch.Members {
		if m.Number == p.work.Key.Number {
			continue
		}
		record, known, err := p.Store.Record(ctx, pull.Key{Repo: p.work.Key.Repo, Number: m.Number})
		if err != nil {
			return false, false, err
		}
		here = here && known && record.Batch == d.Batch.Head
		unasked = unasked || slices.ContainsFunc(record.Verdicts, awaitsPush)
	}
	return here, unasked, nil
}

func awaitsPush(v pull.Verdict) bool {
	return v.Gate == pull.GateDuo && (v.Has("awaiting-push") || v.Has("duo-unreachable"))
}

// agreed asks the books whether every member's gates pass in this batch: only then is a fresh look worth its cost.
func (p *pass) agreed(ctx context.Context, d Decision) (bool, error) {
	for _, m := range d.Batch.Members {
		if m.Number == p.work.Key.Number {
			continue
		}
		record, known, err := p.Store.Record(ctx, pull.Key{Repo: p.work.Key.Repo, Number: m.Number})
		if err != nil || !known || record.Batch != d.Batch.Head {
			return false, err
		}
		for _, v := range record.Verdicts {
			if v.Gate != pull.GateAutomerge && v.State != pull.Pass {
				return false, nil
			}
		}
	}
	return d.Stage == automerge.Proved, nil
}
