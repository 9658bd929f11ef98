package store

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/sallyport/sallyport/pull"
)

// Raise raises an alarm in one step with its ledger entry, where there is one, and the freezes that follow from it. The
// same occurrence raised again changes nothing and yields fresh=false.
func (s *Store) Raise(ctx context.Context, a pull.Alarm, entry *pull.Entry, freezes ...pull.Freeze) (fresh bool, err error) {
	err = s.inTx(ctx, func(t *tx) (err error) {
		fresh, err = t.raise(ctx, a, entry, freezes...)
		return err
	})
	return fresh, wrap("raising an alarm", err)
}

func (t *tx) raise(ctx context.Context, a pull.Alarm, entry *pull.Entry, freezes ...pull.Freeze) (fresh bool, err error) {
	if a.At, err = t.now(ctx); err != nil {
		return false, err
	}
	a.ID = 0
	body, err := encode(a)
	if err != nil {
		return false, err
	}
	err = t.run(ctx, do(`
INSERT INTO alarms (kind, repo, branch, mark, at, body) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (kind, repo, branch, mark) DO NOTHING RETURNING id`, a.Kind, a.Repo, a.Branch, a.Mark, micros(a.At), body).into(&fresh, &a.ID))
	if err != nil || !fresh {
		return fresh, err
	}
	if entry != nil {
		t.note(*entry)
	}
	for _, f := range freezes {
		if err := t.freeze(ctx, f); err != nil {
			return false, err
		}
	}
	return true, t.run(ctx, t.fileOne(tellArgs{}.Kind(), upkeep, fmt.Sprintf(`{"alarm":%d}`, a.ID), 0))
}

// RaiseFraud raises the alarm of a fraudulent push and freezes the pull request that it was for, together with every
// other open one by the same author in the same installation: whoever asked for that push acts in the author's name.
func (s *Store) RaiseFraud(ctx context.Context, a pull.Alarm, f pull.Freeze) error {
	return wrap("raising the alarm of fraud", s.inTx(ctx, func(t *tx) error {
		others, err := t.othersByAuthor(ctx, pull.Key{Repo: f.Repo, Number: f.Number})
		if err != nil {
			return err
		}
		freezes := []pull.Freeze{f}
		for _, k := range others {
			other := f
			other.Repo, other.Number, other.Branch = k.Repo, k.Number, ""
			other.Reason = f.Reason + ", for another pull request of the same author"
			freezes = append(freezes, other)
		}
		_, err = t.raise(ctx, a, nil, freezes...)
		return err
	}))
}

func (t *tx) othersByAuthor(ctx context.Context, k pull.Key) ([]pull.Key, error) {
	var out []pull.Key
	err := t.run(ctx, do(`
SELECT o.repo, o.number FROM pulls p JOIN pulls o ON o.author = p.author AND o.open
WHERE p.repo = $1 AND p.number = $2 AND p.author <> 0 AND NOT (o.repo = $1 AND o.number = $2)
    AND coalesce((SELECT installation FROM repos WHERE id = o.repo), 0) = coalesce((SELECT installation FROM repos WHERE id = $1), 0)
ORDER BY o.repo, o.number`, k.Repo, k.Number).
		rows(collect(&out, func(r row, k *pull.Key) error { return r.Scan(&k.Repo, &k.Number) })))
	return out, err
}

// Alarms lists the alarms raised since then, newest first, at most 100.
func (s *Store) Alarms(ctx context.Context, since time.Time) ([]pull.Alarm, error) {
	var out []pull.Alarm
	err := s.db.run(ctx, do(`SELECT id, body FROM alarms WHERE at >= $1 ORDER BY id DESC LIMIT 100`, micros(since)).
		rows(collect(&out, func(r row, a *pull.Alarm) error { return scanBody(r, &a.ID, a) })))
	return out, wrap("listing alarms", err)
}

// tellArgs is the job "tell people of this alarm".
type tellArgs struct {
	Alarm int64 `json:"alarm"`
}

// Kind names the job.
func (tellArgs) Kind() string { return "tell" }

// giveUp is for how long a webhook that refuses an alarm is tried.
const giveUp = 3 * 24 * time.Hour

type tellWorker struct {
	river.WorkerDefaults[tellArgs]
	s      *Store
	handle func(context.Context, pull.Alarm) error
}

// Work hands the alarm over, and comes back later when that failed. No pass ever waits for it.
func (w *tellWorker) Work(ctx context.Context, job *river.Job[tellArgs]) error {
	var a pull.Alarm
	var found bool
	var told int64
	var tries int
	err := w.s.db.run(ctx,
		do(`SELECT id, body FROM alarms WHERE id = $1`, job.Args.Alarm).
			rows(func(r row) error { found = true; return scanBody(r, &a.ID, &a) }),
		do(`UPDATE alarms SET tries = tries + 1 WHERE id = $1 RETURNING told_at, tries`, job.Args.Alarm).
			rows(func(r row) error { return r.Scan(&told, &tries) }))
	if err != nil || !found || told != 0 || w.handle == nil {
		return err
	}
	if err := w.tell(ctx, a); err != nil {
		return w.later(ctx, a, tries, err)
	}
	return w.s.db.run(ctx, do(`UPDATE alarms SET told_at = sallyport_now() WHERE id = $1`, a.ID))
}

func (w *tellWorker) tell(ctx context.Context, a pull.Alarm) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	defer guard(w.s, "tell", &err)
	return w.handle(ctx, a)
}

func (w *tellWorker) later(ctx context.Context, a pull.Alarm, tries int, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err() // the process is stopping: River releases the job as it was
	}
	if time.Since(a.At) > giveUp {
		w.s.log.Error("alarm not told", "alarm", a.ID, "kind", a.Kind, "error", cause.Error())
		return nil
	}
	w.s.log.Warn("alarm not told yet", "alarm", a.ID, "kind", a.Kind, "tries", tries, "error", cause.Error())
	return river.JobSnooze(backoff(tries, 10*time.Minute))
}
