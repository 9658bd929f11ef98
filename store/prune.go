package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// PruneLedger removes the bodies of rows that are older than a moment, and counts them. The rows stay, with what kind they
// were, when, and the digest of their body, so that every proof ever given still verifies. Rows of landings keep their
// bodies for a day whatever is asked: their attestation, which quotes them, may still have to be written.
func (s *Store) PruneLedger(ctx context.Context, before time.Time) (int64, error) {
	var pruned, after int64
	for {
		n, last, err := s.pruneSome(ctx, after, before)
		if pruned += n; err != nil || last == after {
			return pruned, wrap("removing old bodies from the ledger", err)
		}
		after = last
	}
}

// pruneSome does so in steps: one long transaction would hold up whoever writes.
func (s *Store) pruneSome(ctx context.Context, after int64, before time.Time) (n, last int64, err error) {
	last = after
	err = s.inTx(ctx, func(t *tx) error {
		n, last = 0, after
		var rows []pull.Entry
		err := t.run(ctx, do(`
SELECT `+entryColumns+` FROM ledger WHERE id > $1 AND at < $2 AND body <> ''
    AND (kind NOT IN ('landing', 'landed') OR at < sallyport_now() - $4) ORDER BY id LIMIT $3`,
			after, micros(before), overtakeStep, (24*time.Hour).Microseconds()).
			rows(collect(&rows, scanEntry)))
		if err != nil {
			return err
		}
		var batch []stmt
		for _, e := range rows {
			digest, err := ledger.BodyDigest(e)
			if err != nil {
				return err
			}
			batch = append(batch, do(`UPDATE ledger SET body = '', digest = $2 WHERE id = $1`, e.ID, digest))
			n, last = n+1, e.ID
		}
		return t.run(ctx, batch...)
	})
	return n, last, err
}

// retain removes the bodies that have come of age by the database's clock. A role that may not change the ledger cannot,
// which is no reason to stop or to ask for more rights: it is said, and the tables' owner does it.
func (s *Store) retain(ctx context.Context, keep time.Duration) error {
	if keep <= 0 {
		return nil
	}
	at, err := readTip(ctx, s.db)
	if err != nil {
		return wrap("reading the ledger's state", err)
	}
	before := at.now.Add(-keep)
	n, err := s.PruneLedger(ctx, before)
	switch {
	case err != nil && ctx.Err() == nil:
		s.log.Error("ledger_not_pruned", "before", before, "error", err.Error(),
			"next", "where the serving role may not change the ledger, have its tables' owner run sallyport ledger prune")
	case n > 0:
		s.log.Info("ledger_pruned", "rows", n, "before", before)
	}
	return nil
}
