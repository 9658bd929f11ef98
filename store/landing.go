package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// BeginLanding writes down, before anything is asked of GitHub, that a landing is about to be attempted. The turn is
// the proof that nobody else lands on the branch: it refuses with [pull.ErrTurnPassed] when the branch has another
// holder, another epoch or none, or when the turn is not for this landing, none of which is asked where GitHub's merge queue
// gives the order; with [pull.ErrRolledBack] while the ledger is older than a
// checkpoint of it; with [pull.ErrFrozen] when a freeze covers
// the pull request or its branch; with [pull.ErrLandingOpen] while an earlier intent has no outcome. The
// returned Intent's Entry is the ledger's row about it.
func (s *Store) BeginLanding(ctx context.Context, turn pull.Turn, i pull.Intent) (pull.Intent, error) {
	b := i.Binding
	if b.Method == pull.MethodQueue { // GitHub's queue orders these, and several are on their way at once
		turn = pull.Turn{Repo: b.Repo, Branch: b.Branch, Number: b.Number}
	}
	if turn.Repo != b.Repo || turn.Number != b.Number || turn.Branch != b.Branch {
		return i, fmt.Errorf("beginning a landing: the turn is for %d#%d on %s: %w", turn.Repo, turn.Number, turn.Branch, pull.ErrTurnPassed)
	}
	if err := s.CheckLedger(ctx); err != nil {
		return i, wrap("beginning a landing", err)
	}
	var row int64
	err := s.inTx(ctx, func(t *tx) error {
		if err := t.mayLand(ctx, turn, b); err != nil {
			return err
		}
		var err error
		i, err = t.insertIntent(ctx, i, &row)
		return err
	})
	if err != nil {
		return i, wrap("beginning a landing", err)
	}
	i.Entry = row
	return s.attest(ctx, i)
}

// attest has the row that says so outlive this database before anything is asked of GitHub. Where that fails, the landing
// has not begun, and the books say so.
func (s *Store) attest(ctx context.Context, i pull.Intent) (pull.Intent, error) {
	err := s.CheckLedger(ctx)
	if err == nil {
		return i, nil
	}
	refused := i
	refused.State, refused.Detail = pull.IntentRefused, "the checkpoint of the ledger could not be kept: "+err.Error()
	return i, wrap("beginning a landing", errors.Join(err, s.EndLanding(ctx, refused)))
}

// mayLand asks for the turn, where there are turns, and that nothing stops the landing. An admin's freeze of the branch
// does not stop those who broke the glass; every other freeze does.
func (t *tx) mayLand(ctx context.Context, turn pull.Turn, b pull.Binding) error {
	orderly, lifted := b.Method != pull.MethodQueue, ""
	if b.Glass != "" {
		lifted = pull.FrozenBranch
	}
	h, err := t.lockBranch(ctx, turn.Repo, turn.Branch)
	if err != nil {
		return err
	}
	if orderly && (h.number != turn.Number || h.epoch != turn.Epoch || h.expires <= h.now) {
		return pull.ErrTurnPassed
	}
	var frozen bool
	var halted string
	err = t.run(ctx, haltedInto(&halted), do(`
SELECT 1 FROM freezes WHERE repo = $1 AND lifted_at = 0 AND (number = $2 OR (number = 0 AND branch IN ('', $3)))
    AND NOT ($4 <> '' AND number = 0 AND code = $4) LIMIT 1`,
		turn.Repo, turn.Number, turn.Branch, lifted).rows(seen(&frozen)))
	if err == nil && halted != "" {
		return pull.ErrRolledBack
	}
	if err == nil && frozen {
		return pull.ErrFrozen
	}
	return err
}

// insertIntent notes in row the id that the ledger gives.
func (t *tx) insertIntent(ctx context.Context, i pull.Intent, row *int64) (pull.Intent, error) {
	now, err := t.now(ctx)
	if err != nil {
		return i, err
	}
	i.ID, i.State, i.At, i.EndedAt, i.Entry = 0, pull.IntentOpen, now, time.Time{}, 0
	bare := i // passes read this often, and have no need of the grounds
	bare.Evidence = ""
	body, err := encode(bare)
	if err != nil {
		return i, err
	}
	var inserted bool
	err = t.run(ctx, do(`
INSERT INTO landings (repo, number, state, at, body, merge) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (repo, number) WHERE state = '' DO NOTHING RETURNING id`,
		i.Binding.Repo, i.Binding.Number, string(i.State), micros(now), body, exactly(i)).into(&inserted, &i.ID))
	if err != nil {
		return i, err
	}
	if !inserted {
		return i, pull.ErrLandingOpen
	}
	t.noteThen(pull.Entry{Kind: "landing", Repo: i.Binding.Repo, Pull: i.Binding.Number, Body: i}, func(id int64) stmt {
		*row = id
		return do(`UPDATE landings SET entry = $2 WHERE id = $1`, i.ID, id)
	})
	return i, nil
}

// ErrLandingEnded refuses an outcome for a landing that has another one already.
var ErrLandingEnded = errors.New("the landing has ended otherwise")

var landingKinds = map[pull.IntentState]string{
	pull.IntentDone: "landed", pull.IntentRefused: "landing-refused", pull.IntentBreach: "breach",
}

// EndLanding writes the outcome of a landing: State, Landed, Code and Detail. It adds "landed", "landing-refused" or
// "breach" to the ledger and wakes the pull request. Writing the same outcome again changes nothing.
func (s *Store) EndLanding(ctx context.Context, i pull.Intent) error {
	if landingKinds[i.State] == "" {
		return fmt.Errorf("ending landing %d: %q is no outcome", i.ID, i.State)
	}
	err := s.inTx(ctx, func(t *tx) error { return t.endLanding(ctx, i) })
	return wrap(fmt.Sprintf("ending landing %d", i.ID), err)
}

func (t *tx) endLanding(ctx context.Context, i pull.Intent) error {
	var old pull.Intent
	var found bool
	err := t.run(ctx, do(`UPDATE landings SET state = state WHERE id = $1 RETURNING id, body, entry`, i.ID).
		rows(func(r row) error { found = true; return scanIntent(r, &old) }))
	switch {
	case err != nil:
		return err
	case !found:
		return errors.New("there is no such landing")
	case old.State == i.State:
		return nil
	case old.State != pull.IntentOpen:
		return ErrLandingEnded
	}
	next := old // what was agreed to is not open to change
	next.State, next.Landed, next.Code, next.Detail, next.CommitSHA256 = i.State, i.Landed, i.Code, i.Detail, i.CommitSHA256
	if next.EndedAt, err = t.now(ctx); err != nil {
		return err
	}
	body, err := encode(next)
	if err != nil {
		return err
	}
	if err := t.run(ctx, do(`UPDATE landings SET state = $2, ended_at = $3, body = $4, landed = $5 WHERE id = $1`,
		i.ID, string(next.State), micros(next.EndedAt), body, next.Landed)); err != nil {
		return err
	}
	if next.State == pull.IntentDone {
		if err := t.run(ctx, landed(next.Binding, next.Landed)...); err != nil {
			return err
		}
		if next.Binding.Batch != "" {
			if err := t.batchLanded(ctx, next); err != nil {
				return err
			}
		}
	}
	if i.State != pull.IntentRefused {
		if next.Evidence, err = t.grounds(ctx, next.Entry); err != nil {
			return err
		}
	}
	t.note(pull.Entry{Kind: landingKinds[i.State], Repo: next.Binding.Repo, Pull: next.Binding.Number, Body: next})
	return t.wakeOne(ctx, next.Binding.Key())
}

// grounds are those that the row of the intent holds, so that the outcome's row stands by itself.
func (t *tx) grounds(ctx context.Context, entry int64) (pull.Grounds, error) {
	var intent pull.Intent
	var text string
	err := t.run(ctx, do(`SELECT body FROM ledger WHERE id = $1`, entry).rows(func(r row) error { return r.Scan(&text) }))
	if err != nil || text == "" {
		return "", err
	}
	err = decode(text, &intent)
	return intent.Evidence, err
}
