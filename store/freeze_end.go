package store

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/sallyport/sallyport/pull"
)

// Frozen lists the freezes that stand in a repository, oldest first; repository 0 means all of them.
func (s *Store) Frozen(ctx context.Context, repo int64) ([]pull.Freeze, error) {
	var out []pull.Freeze
	err := s.db.run(ctx, do(`SELECT id, body FROM freezes WHERE CAST($1 AS bigint) IN (0, repo) AND lifted_at = 0 ORDER BY id`, repo).
		rows(collect(&out, scanFreeze)))
	return out, wrap("listing freezes", err)
}

// expireArgs is the job "lift this freeze when its time is over". Until it has run, the freeze stands.
type expireArgs struct {
	Freeze int64 `json:"freeze"`
}

// Kind names the job.
func (expireArgs) Kind() string { return "expire" }

type expireWorker struct {
	river.WorkerDefaults[expireArgs]
	s *Store
}

// Work lifts the freeze if the database's clock says so too, and otherwise comes again.
func (w *expireWorker) Work(ctx context.Context, job *river.Job[expireArgs]) error {
	var left time.Duration
	err := w.s.inTx(ctx, func(t *tx) (err error) {
		left, err = t.expire(ctx, job.Args.Freeze)
		return err
	})
	if err == nil && left > 0 {
		return river.JobSnooze(left)
	}
	return err
}

// expire says how long the freeze has left, or lifts it.
func (t *tx) expire(ctx context.Context, id int64) (left time.Duration, err error) {
	now, err := t.now(ctx)
	if err != nil {
		return 0, err
	}
	var f pull.Freeze
	err = t.run(ctx, do(`SELECT id, body FROM freezes WHERE id = $1 AND lifted_at = 0`, id).rows(func(r row) error { return scanFreeze(r, &f) }))
	switch {
	case err != nil || f.ID == 0 || f.Until.IsZero():
		return 0, err
	case now.Before(f.Until):
		return f.Until.Sub(now), nil
	}
	return 0, t.lift(ctx, id, liftEntry{Expired: true})
}
