package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// Freeze stops landings of a pull request or, with Number 0, of a branch (of every branch when Branch is empty too).
// It is ledgered, and wakes the pull requests concerned. A freeze of the same code that already stands is kept as it is.
func (s *Store) Freeze(ctx context.Context, f pull.Freeze) error {
	return wrap("freezing", s.inTx(ctx, func(t *tx) error { return t.freeze(ctx, f) }))
}

func (t *tx) freeze(ctx context.Context, f pull.Freeze) (err error) {
	if f.At, err = t.now(ctx); err != nil {
		return err
	}
	if f.ID = 0; f.For > 0 {
		f.Until = f.At.Add(f.For)
	}
	body, err := encode(f)
	if err != nil {
		return err
	}
	var inserted bool
	err = t.run(ctx, do(`
INSERT INTO freezes (repo, branch, number, code, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (repo, branch, number, code) WHERE lifted_at = 0 DO NOTHING RETURNING id`,
		f.Repo, f.Branch, f.Number, f.Code, body).into(&inserted, &f.ID))
	if err != nil || !inserted {
		return err
	}
	t.note(pull.Entry{Kind: "freeze", Repo: f.Repo, Pull: f.Number, Body: f})
	t.changed(pull.Key{Repo: f.Repo})
	if !f.Until.IsZero() {
		if err := t.run(ctx, t.fileOne(expireArgs{}.Kind(), upkeep, fmt.Sprintf(`{"freeze":%d}`, f.ID), f.Until.Sub(f.At))); err != nil {
			return err
		}
	}
	_, err = t.wake(ctx, []pull.Scope{frozen(f)}, false)
	return err
}

// frozen is the scope of a freeze.
func frozen(f pull.Freeze) pull.Scope {
	if f.Number != 0 {
		return pull.Scope{Repo: f.Repo, Number: f.Number}
	}
	return pull.Scope{Repo: f.Repo, Branch: f.Branch}
}

// liftEntry is the body of a ledger entry "unfreeze".
type liftEntry struct {
	Freeze  pull.Freeze  `json:"freeze"`
	By      pull.Account `json:"by"`
	Expired bool         `json:"expired,omitempty"` // nobody lifted it: its time was over
}

// Unfreeze lifts a freeze in the name of an account. It is ledgered, and wakes the pull requests concerned. Lifting
// what was lifted before changes nothing.
func (s *Store) Unfreeze(ctx context.Context, id int64, by pull.Account) error {
	return wrap("lifting a freeze", s.inTx(ctx, func(t *tx) error { return t.unfreeze(ctx, id, by) }))
}

func (t *tx) unfreeze(ctx context.Context, id int64, by pull.Account) error {
	return t.lift(ctx, id, liftEntry{By: by})
}

func (t *tx) lift(ctx context.Context, id int64, entry liftEntry) error {
	var f pull.Freeze
	var known, lifted bool
	err := t.run(ctx,
		do(`SELECT 1 FROM freezes WHERE id = $1`, id).rows(seen(&known)),
		do(`UPDATE freezes SET lifted_at = sallyport_now() WHERE id = $1 AND lifted_at = 0 RETURNING id, body`, id).
			rows(func(r row) error { lifted = true; return scanFreeze(r, &f) }))
	switch {
	case err != nil:
		return err
	case !known:
		return errors.New("there is no such freeze")
	case !lifted:
		return nil
	}
	entry.Freeze = f
	t.note(pull.Entry{Kind: "unfreeze", Repo: f.Repo, Pull: f.Number, Body: entry})
	t.changed(pull.Key{Repo: f.Repo})
	_, err = t.wake(ctx, []pull.Scope{frozen(f)}, false)
	return err
}
