package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

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
	other, err := p.neighbour(ctx, number)
	if err != nil {
		return nil, World{}, err
	}
	w, err := other.read(ctx)
	return other, w, err
}

// neighbour is a pass over another pull request of the repository, as the books have it.
func (p *pass) neighbour(ctx context.Context, number int) (*pass, error) {
	work, err := p.Store.Work(ctx, pull.Key{Repo: p.work.Key.Repo, Number: number})
	if err != nil {
		return nil, err
	}
	return &pass{Reconciler: p.Reconciler, work: work, turnedDown: map[string]*pull.Reason{}, log: p.log.With("pull", number)}, nil
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
