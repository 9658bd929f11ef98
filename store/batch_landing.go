package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// BeginBatch writes down that a batch is about to land: an intent for each member, all or none. It refuses as BeginLanding
// does, for the turn's holder and for each member, and with [pull.ErrBatchMoved] where the batch is not ready to land. The
// returned intents' entries are the ledger's rows about them.
func (s *Store) BeginBatch(ctx context.Context, turn pull.Turn, id int64, intents []pull.Intent) ([]pull.Intent, error) {
	if err := s.CheckLedger(ctx); err != nil {
		return nil, wrap("beginning a batch", err)
	}
	out, rows := make([]pull.Intent, len(intents)), make([]int64, len(intents))
	err := s.inTx(ctx, func(t *tx) error {
		b, err := t.lockBatch(ctx, id, pull.BatchAsking)
		if err != nil {
			return err
		}
		if b.Epoch != turn.Epoch || b.Leader != turn.Number || b.Branch != turn.Branch || b.Repo != turn.Repo || len(b.Members) != len(intents) {
			return pull.ErrTurnPassed
		}
		for i, intent := range intents {
			if intent.Binding.Number != b.Members[i].Number || intent.Binding.Batch != b.Head || intent.Binding.Merge != b.Members[i].Candidate.SHA {
				return pull.ErrBatchMoved
			}
			if err := t.mayLandIn(ctx, turn, intent.Binding); err != nil {
				return err
			}
			if out[i], err = t.insertIntent(ctx, intent, &rows[i]); err != nil {
				return err
			}
		}
		b.State = pull.BatchLanding
		return t.writeBatch(ctx, b)
	})
	if err != nil {
		return nil, wrap("beginning a batch", err)
	}
	for i := range out {
		out[i].Entry = rows[i]
	}
	if err := s.CheckLedger(ctx); err != nil {
		refused := pull.Intent{State: pull.IntentRefused, Detail: "the checkpoint of the ledger could not be kept: " + err.Error()}
		return nil, wrap("beginning a batch", errors.Join(err, s.AbandonBatch(ctx, id, refused)))
	}
	return out, nil
}

// mayLandIn asks for the leader's turn, and that nothing stops the member.
func (t *tx) mayLandIn(ctx context.Context, turn pull.Turn, b pull.Binding) error {
	if err := t.mayLand(ctx, turn, pull.Binding{Method: pull.MethodExact}); err != nil || b.Number == turn.Number {
		return err
	}
	turn.Number = b.Number
	return t.mayLand(ctx, turn, pull.Binding{Method: pull.MethodQueue}) // the leader's turn is asked for, and its own freezes
}

// AbandonBatch writes down that a batch whose landing was begun certainly did not land: how gives the outcome of every
// member's intent that is still open. Where how has no code the batch may be tried again, with what people have answered; else it
// is dissolved. It does nothing where the batch's landing is not under way.
func (s *Store) AbandonBatch(ctx context.Context, id int64, how pull.Intent) error {
	err := s.inTx(ctx, func(t *tx) error {
		b, err := t.lockBatch(ctx, id)
		if err != nil || b.State != pull.BatchLanding {
			return err
		}
		open, err := t.intentsOf(ctx, b)
		if err != nil {
			return err
		}
		for _, i := range open {
			i.State, i.Code, i.Detail = pull.IntentRefused, how.Code, how.Detail
			if err := t.endLanding(ctx, i); err != nil {
				return err
			}
		}
		return t.tryLater(ctx, b, how)
	})
	return wrap(fmt.Sprintf("abandoning batch %d", id), err)
}

// tryLater puts a batch back to where its people had answered, unless it was refused for good or another one is being made ready.
func (t *tx) tryLater(ctx context.Context, b pull.Batch, how pull.Intent) error {
	var other bool
	err := t.run(ctx, do(`SELECT 1 FROM batches WHERE repo = $1 AND branch = $2 AND state IN ('forming', 'testing', 'asking')`, b.Repo, b.Branch).rows(seen(&other)))
	if err != nil {
		return err
	}
	if how.Code != "" || other {
		b.Why = &pull.Reason{Code: "landing-refused", Message: how.Detail}
		return t.endBatch(ctx, b, pull.BatchDissolved)
	}
	b.State = pull.BatchAsking
	return t.writeBatch(ctx, b)
}

// intentsOf are the landings of a batch without an outcome.
func (t *tx) intentsOf(ctx context.Context, b pull.Batch) ([]pull.Intent, error) {
	var open, own []pull.Intent
	err := t.run(ctx, do(`SELECT id, body, entry FROM landings WHERE repo = $1 AND state = '' ORDER BY id`, b.Repo).rows(collect(&open, scanIntent)))
	for _, i := range open {
		if i.Binding.Batch == b.Head {
			own = append(own, i)
		}
	}
	return own, err
}

// batchLanded writes down, with the first member that is seen on the branch, that all of the batch is there, and accounts for
// the branch's tip: members may be settled in any order, and the tip only ever goes up the batch.
func (t *tx) batchLanded(ctx context.Context, i pull.Intent) error {
	b, found, err := t.batchOf(ctx, i.Binding)
	if err != nil || !found {
		return err
	}
	place := b.Place(i.Binding.Number)
	for below := range max(place, 0) { // whoever settled after one that lands below it
		if err := t.run(ctx, do(`UPDATE tips SET sha = $3, at = sallyport_now() WHERE repo = $1 AND branch = $2 AND sha = $4`,
			b.Repo, b.Branch, i.Landed, b.Under(below))); err != nil {
			return err
		}
	}
	if b.State != pull.BatchLanding {
		return nil
	}
	return t.endBatch(ctx, b, pull.BatchLanded)
}

func (t *tx) batchOf(ctx context.Context, of pull.Binding) (b pull.Batch, found bool, err error) {
	err = t.run(ctx, do(`UPDATE batches SET state = state WHERE repo = $1 AND head = $2 RETURNING id, body`, of.Repo, of.Batch).
		rows(func(r row) error { found = true; return scanBatch(r, &b) }))
	return b, found, err
}
