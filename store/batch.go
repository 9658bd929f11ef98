package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// FormBatch writes down a batch that the holder of the turn has put together, and dissolves whatever was being made ready on
// the branch before. It refuses with [pull.ErrTurnPassed] unless the turn is the leader's, and stands.
func (s *Store) FormBatch(ctx context.Context, turn pull.Turn, b pull.Batch) (pull.Batch, error) {
	err := s.inTx(ctx, func(t *tx) error {
		h, err := t.lockBranch(ctx, b.Repo, b.Branch)
		if err != nil {
			return err
		}
		if turn.Number != b.Leader || h.number != b.Leader || h.epoch != turn.Epoch || h.expires <= h.now {
			return pull.ErrTurnPassed
		}
		if err := t.clearBranch(ctx, b.Repo, b.Branch); err != nil {
			return err
		}
		b.Epoch = turn.Epoch
		b, err = t.insertBatch(ctx, b)
		return err
	})
	return b, wrap("forming a batch", err)
}

// clearBranch dissolves what an earlier holder of the turn left behind.
func (t *tx) clearBranch(ctx context.Context, repo int64, branch string) error {
	var open []pull.Batch
	err := t.run(ctx, do(`SELECT id, body FROM batches WHERE repo = $1 AND branch = $2 AND state IN ('forming', 'testing', 'asking')`, repo, branch).
		rows(collect(&open, scanBatch)))
	if err != nil {
		return err
	}
	for _, b := range open {
		b.Why = &pull.Reason{Code: "turn-passed", Message: "The turn passed on to another pull request."}
		if err := t.endBatch(ctx, b, pull.BatchDissolved); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) insertBatch(ctx context.Context, b pull.Batch) (pull.Batch, error) {
	var err error
	b.ID, b.State = 0, pull.BatchForming
	if b.At, err = t.now(ctx); err != nil {
		return b, err
	}
	if _, twice, err := t.batchOf(ctx, pull.Binding{Repo: b.Repo, Batch: b.Head}); err != nil || twice {
		return b, errors.Join(err, pull.ErrBatchMoved) // made anew within the second, so that it has the same name
	}
	body, err := encode(b)
	if err != nil {
		return b, err
	}
	if err := t.one(ctx, do(`INSERT INTO batches (repo, branch, head, state, body) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		b.Repo, b.Branch, b.Head, string(b.State), body), &b.ID); err != nil {
		return b, err
	}
	for _, m := range b.Members {
		if err := t.run(ctx, do(`INSERT INTO batch_members (batch, repo, number) VALUES ($1, $2, $3)`, b.ID, b.Repo, m.Number)); err != nil {
			return b, err
		}
	}
	t.noteBatch("batch", b)
	return b, nil
}

// batchRow is the body of a ledger row about a batch.
type batchRow struct {
	State   pull.BatchState `json:"state"`
	Branch  string          `json:"branch"`
	Base    string          `json:"base"`
	Head    string          `json:"head"`
	Members []batchLine     `json:"members"`
	LeftOut []pull.LeftOut  `json:"left_out,omitempty"`
	Why     *pull.Reason    `json:"why,omitempty"`
}

type batchLine struct {
	Pull  int    `json:"pull"`
	Head  string `json:"head"`
	Merge string `json:"merge"`
}

// noteBatch writes a row about the leader, and has everybody told who follows one of the members.
func (t *tx) noteBatch(kind string, b pull.Batch) {
	row := batchRow{State: b.State, Branch: b.Branch, Base: b.Base, Head: b.Head, LeftOut: b.LeftOut, Why: b.Why}
	for _, m := range b.Members {
		row.Members = append(row.Members, batchLine{m.Number, m.Candidate.Head, m.Candidate.SHA})
		t.changed(pull.Key{Repo: b.Repo, Number: m.Number})
	}
	t.note(pull.Entry{Kind: kind, Repo: b.Repo, Pull: b.Leader, Body: row})
}

// AdvanceBatch moves a batch on from one state to the next, and wakes its members, and once it is formed those that were left
// out of it, so that their people read why. It refuses with [pull.ErrBatchMoved] where it is in another state.
func (s *Store) AdvanceBatch(ctx context.Context, id int64, from, to pull.BatchState) error {
	err := s.inTx(ctx, func(t *tx) error {
		b, err := t.lockBatch(ctx, id, from)
		if err != nil {
			return err
		}
		b.State = to
		if err := t.writeBatch(ctx, b); err != nil {
			return err
		}
		if from == pull.BatchForming {
			if err := t.wakeLeftOut(ctx, b); err != nil {
				return err
			}
		}
		return t.wakeMembers(ctx, b)
	})
	return wrap(fmt.Sprintf("moving batch %d on", id), err)
}

// DissolveBatch ends a batch whose landing has not begun, and wakes its members. One that has ended stays as it ended; one whose
// landing was begun is refused with [pull.ErrBatchMoved].
func (s *Store) DissolveBatch(ctx context.Context, id int64, as pull.BatchState, why pull.Reason) error {
	err := s.inTx(ctx, func(t *tx) error {
		b, err := t.lockBatch(ctx, id)
		switch {
		case err != nil:
			return err
		case b.State == pull.BatchLanding:
			return pull.ErrBatchMoved
		case !b.State.Open():
			return nil
		}
		b.Why = &why
		return t.endBatch(ctx, b, as)
	})
	return wrap(fmt.Sprintf("dissolving batch %d", id), err)
}

var batchKinds = map[pull.BatchState]string{
	pull.BatchLanded: "batch-landed", pull.BatchDissolved: "batch-dissolved", pull.BatchRed: "batch-red",
}

func (t *tx) endBatch(ctx context.Context, b pull.Batch, as pull.BatchState) (err error) {
	b.State = as
	if b.EndedAt, err = t.now(ctx); err != nil {
		return err
	}
	if err := t.writeBatch(ctx, b); err != nil {
		return err
	}
	t.noteBatch(batchKinds[as], b)
	return t.wakeMembers(ctx, b)
}

func (t *tx) wakeMembers(ctx context.Context, b pull.Batch) error {
	var scopes []pull.Scope
	for _, m := range b.Members {
		scopes = append(scopes, pull.Scope{Repo: b.Repo, Number: m.Number})
	}
	_, err := t.wake(ctx, scopes, true)
	return err
}

// wakeLeftOut brings no news from GitHub, so that nobody is read anew for it.
func (t *tx) wakeLeftOut(ctx context.Context, b pull.Batch) error {
	var scopes []pull.Scope
	for _, l := range b.LeftOut {
		scopes = append(scopes, pull.Scope{Repo: b.Repo, Number: l.Number})
	}
	_, err := t.wake(ctx, scopes, false)
	return err
}

// lockBatch reads a batch and keeps others from changing it until the transaction ends. With states, it must be in one of them.
func (t *tx) lockBatch(ctx context.Context, id int64, states ...pull.BatchState) (b pull.Batch, err error) {
	var found bool
	err = t.run(ctx, do(`UPDATE batches SET state = state WHERE id = $1 RETURNING id, body`, id).
		rows(func(r row) error { found = true; return scanBatch(r, &b) }))
	if err == nil && !found {
		err = errors.New("there is no such batch")
	}
	if err != nil || len(states) == 0 {
		return b, err
	}
	for _, state := range states {
		if b.State == state {
			return b, nil
		}
	}
	return b, pull.ErrBatchMoved
}

func (t *tx) writeBatch(ctx context.Context, b pull.Batch) error {
	body, err := encode(b)
	if err != nil {
		return err
	}
	for _, m := range b.Members {
		t.changed(pull.Key{Repo: b.Repo, Number: m.Number})
	}
	return t.run(ctx, do(`UPDATE batches SET state = $2, body = $3 WHERE id = $1`, b.ID, string(b.State), body))
}

func scanBatch(r row, b *pull.Batch) error { return scanBody(r, &b.ID, b) }

// LastBatch is the latest batch of a branch that has ended; false where there was none.
func (s *Store) LastBatch(ctx context.Context, repo int64, branch string) (b pull.Batch, found bool, err error) {
	err = s.db.run(ctx, do(`
SELECT id, body FROM batches WHERE repo = $1 AND branch = $2 AND state IN ('landed', 'dissolved', 'red') ORDER BY id DESC LIMIT 1`, repo, branch).
		rows(func(r row) error { found = true; return scanBatch(r, &b) }))
	return b, found, wrap("reading the last batch of "+branch, err)
}

// Batches lists the batches that are on their way; repository 0 means all of them.
func (s *Store) Batches(ctx context.Context, repo int64) ([]pull.Batch, error) {
	var out []pull.Batch
	err := s.db.run(ctx, do(`
SELECT id, body FROM batches WHERE state IN ('forming', 'testing', 'asking', 'landing') AND CAST($1 AS bigint) IN (0, repo) ORDER BY id`, repo).
		rows(collect(&out, scanBatch)))
	return out, wrap("listing batches", err)
}

// batchesOf are those that a pass is given: the latest that the pull request was part of, and the one on its branch.
func batchesOf(k pull.Key, into *[]pull.Batch) stmt {
	return do(`
SELECT id, body FROM batches WHERE id IN (SELECT batch FROM batch_members WHERE repo = $1 AND number = $2 ORDER BY batch DESC LIMIT 3)
OR (repo = $1 AND state IN ('testing', 'asking', 'landing') AND branch = (SELECT branch FROM pulls WHERE repo = $1 AND number = $2))
ORDER BY id DESC`, k.Repo, k.Number).rows(collect(into, scanBatch))
}
