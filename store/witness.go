package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// Witness compares the ledger with a checkpoint of it that was kept elsewhere, such as in a repository's notes. One that
// does not carry a good signature by a key of Verifier is an error and changes nothing: whoever can push could have
// written it. One that the ledger does not extend stops all landings, for every replica, and is [pull.ErrRolledBack].
func (s *Store) Witness(ctx context.Context, checkpoint string) error {
	c, err := ledger.Open(checkpoint, s.Verifier)
	if err != nil {
		return wrap("reading a checkpoint from elsewhere", err)
	}
	return s.compare(ctx, c, "a repository's notes")
}

// compare holds the ledger to a checkpoint that is believed.
func (s *Store) compare(ctx context.Context, c ledger.Checkpoint, where string) error {
	at, err := readTip(ctx, s.db)
	if err != nil {
		return wrap("comparing the ledger with a checkpoint", err)
	}
	wrong, err := s.differs(ctx, at, c)
	if err != nil || wrong == "" {
		return wrap("comparing the ledger with a checkpoint", err)
	}
	reason := rolledBack(wrong, where, at, c)
	if err := s.halt(ctx, reason); err != nil {
		return wrap("stopping all landings", err)
	}
	return fmt.Errorf("%s: %w", reason.Message, pull.ErrRolledBack)
}

// differs says how the ledger fails to extend the checkpoint; "" when it does, or when the checkpoint is of an epoch that
// an accepted restore has ended.
func (s *Store) differs(ctx context.Context, at tip, c ledger.Checkpoint) (string, error) {
	if c.Origin != at.origin {
		var past bool
		err := s.db.run(ctx, do(`SELECT 1 FROM ledger_epochs WHERE origin = $1 OR replaces = $1`, c.Origin).rows(seen(&past)))
		if past {
			return "", err
		}
		return "it is another ledger than the one that was kept before", err
	}
	size, whole := ledger.SizeOf(at.hashes)
	switch {
	case !whole:
		return "its hashes are incomplete", nil
	case c.Size > size:
		return fmt.Sprintf("it has %d rows and had %d", size, c.Size), nil
	}
	root, err := rootAt(ctx, s.db, c.Size)
	if err == nil && root != c.Root {
		return fmt.Sprintf("its first %d rows are not what they were", c.Size), nil
	}
	return "", err
}

func rolledBack(wrong, where string, at tip, c ledger.Checkpoint) pull.Reason {
	return pull.Reason{
		Code: "ledger-rolled-back", State: pull.Block,
		Message: fmt.Sprintf("The ledger is older than a checkpoint of it in %s: %s. Nothing lands.", where, wrong),
		Evidence: map[string]string{
			"checkpoint": where, "checkpoint-origin": c.Origin, "checkpoint-size": strconv.FormatInt(c.Size, 10),
			"ledger-origin": at.origin, "ledger-size": strconv.FormatInt(at.rows, 10),
		},
		Next: "An operator restores the newest database or, when the restore was meant, runs sallyport ledger accept-restore.",
	}
}

// halt stops all landings until an operator decides. It is ledgered, logged and shown on every open pull request.
func (s *Store) halt(ctx context.Context, reason pull.Reason) error {
	text, err := encode(reason)
	if err != nil {
		return err
	}
	news := false
	err = s.inTx(ctx, func(t *tx) error {
		news = false
		err := t.run(ctx, do(`UPDATE ledger_state SET halted = $1 WHERE id = 1 AND halted = '' RETURNING id`, text).rows(seen(&news)))
		if err != nil || !news {
			return err
		}
		t.note(pull.Entry{Kind: "ledger_rolled_back", Body: reason})
		_, err = t.wake(ctx, []pull.Scope{{}}, false)
		return err
	})
	if news && err == nil {
		s.log.Error("ledger_rolled_back", "code", reason.Code, "message", reason.Message, "evidence", reason.Evidence)
	}
	return err
}

// Halted is why nothing may land; nil while the ledger is what it should be.
func (s *Store) Halted(ctx context.Context) (*pull.Reason, error) {
	var text string
	err := s.db.run(ctx, haltedInto(&text))
	if err != nil {
		return nil, wrap("reading whether landing is stopped", err)
	}
	return haltReason(text)
}

func haltedInto(text *string) stmt {
	return do(`SELECT halted FROM ledger_state WHERE id = 1`).rows(func(r row) error { return r.Scan(text) })
}

func haltReason(text string) (*pull.Reason, error) {
	if text == "" {
		return nil, nil
	}
	reason := new(pull.Reason)
	return reason, decode(text, reason)
}

// LedgerFault says what is wrong with the ledger, for the readiness report: landing is stopped, or the role that serves
// could rewrite it.
func (s *Store) LedgerFault(ctx context.Context) error {
	reason, err := s.Halted(ctx)
	if err == nil && reason != nil {
		err = errors.New(reason.Code + ": " + reason.Message)
	}
	return err
}

// AcceptRestore ends the epoch of the ledger that was lost: checkpoints of it no longer count, and landing goes on under a
// new origin. It is ledgered with the name of whoever decided so.
func (s *Store) AcceptRestore(ctx context.Context, by string) (ledger.Checkpoint, error) {
	err := s.inTx(ctx, func(t *tx) error {
		if err := t.lock(ctx, ledgerLock); err != nil {
			return err
		}
		var text string
		at, err := readTip(ctx, t)
		if err != nil {
			return err
		}
		if err := t.run(ctx, haltedInto(&text)); err != nil {
			return err
		}
		reason, err := haltReason(text)
		if err != nil {
			return err
		}
		if reason == nil {
			return errors.New("there is nothing to accept: no checkpoint contradicts the ledger")
		}
		origin := newOrigin()
		t.note(pull.Entry{Kind: "restore_accepted", Body: map[string]any{
			"by": by, "because": reason, "ended": at.origin, "origin": origin, "size": at.rows}})
		return t.run(ctx,
			do(`INSERT INTO ledger_epochs (epoch, origin, size, at, replaces) SELECT max(epoch) + 1, CAST($1 AS text), CAST($2 AS bigint), sallyport_now(), CAST($3 AS text) FROM ledger_epochs`,
				origin, at.rows, reason.Evidence["checkpoint-origin"]),
			do(`UPDATE ledger_state SET halted = '' WHERE id = 1`))
	})
	if err != nil {
		return ledger.Checkpoint{}, wrap("accepting the restore", err)
	}
	if err := s.wakeAll(ctx); err != nil {
		return ledger.Checkpoint{}, wrap("accepting the restore", err)
	}
	c, err := checkpoint(ctx, s.db)
	if err == nil {
		err = s.replaceFile(c)
	}
	return c, wrap("accepting the restore", err)
}

func (s *Store) wakeAll(ctx context.Context) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.wake(ctx, []pull.Scope{{}}, false)
		return err
	})
}
