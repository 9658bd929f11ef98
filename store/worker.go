package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/sallyport/sallyport/pull"
)

const (
	passTimeout = time.Minute // of an audit
	// bookTimeout is what writing down the end of a pass may take, counted after the pass itself.
	bookTimeout = 10 * time.Second
)

// passArgs is the job "look at this pull request".
type passArgs struct {
	Repo   int64 `json:"repo"`
	Number int   `json:"number"`
}

// Kind names the job.
func (passArgs) Kind() string { return "reconcile" }

func (a passArgs) key() pull.Key { return pull.Key{Repo: a.Repo, Number: a.Number} }

// text is the JSON of the arguments, byte for byte as the statement in scope.go makes it: it is the job's identity.
func (a passArgs) text() string { return fmt.Sprintf(`{"repo":%d,"number":%d}`, a.Repo, a.Number) }

type passWorker struct {
	river.WorkerDefaults[passArgs]
	s      *Store
	handle func(context.Context, pull.Work) (pull.Outcome, error)
}

// Timeout leaves room to write down how the pass ended.
func (w *passWorker) Timeout(*river.Job[passArgs]) time.Duration { return w.s.Lease/2 + bookTimeout }

// Work runs one pass and decides in one transaction what comes next, so that an event either finds the job still there
// with its generation not yet compared, or finds it gone and files another.
func (w *passWorker) Work(ctx context.Context, job *river.Job[passArgs]) error {
	work, err := w.s.load(ctx, job.Args.key())
	if err != nil {
		return fmt.Errorf("loading %s: %w", job.Args.key(), err)
	}
	out, err := w.pass(ctx, work)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled // the process is stopping: River releases the job as it was
	}
	booking, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTimeout)
	defer cancel()
	if err != nil {
		w.s.log.Warn("pass failed", "pull", work.Key.String(), "class", pull.ClassOf(err), "error", err.Error())
		err = w.s.failed(booking, job, err)
	} else {
		err = w.s.finished(booking, job, work, out)
	}
	if errors.Is(err, rivertype.ErrNotFound) {
		return nil // somebody took this process for dead and has finished, or will finish, in its stead
	}
	return err
}

func (w *passWorker) pass(ctx context.Context, work pull.Work) (out pull.Outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.s.Lease/2)
	defer cancel()
	defer guard(w.s, "pass", &err)
	return w.handle(ctx, work)
}

// guard turns a panic into an error: one bad pull request must not end the process.
func guard(s *Store, what string, err *error) {
	if p := recover(); p != nil {
		s.log.Error("panic", "in", what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		*err = fmt.Errorf("panic: %v", p)
	}
}

// finished closes a pass that ran to its end.
func (s *Store) finished(ctx context.Context, job *river.Job[passArgs], w pull.Work, out pull.Outcome) error {
	return s.inTx(ctx, func(t *tx) error {
		t.changed(w.Key) // the error of an earlier pass goes
		var now int64
		err := t.one(ctx, do(`
UPDATE pulls SET handled = $3, failures = 0, error = '', error_at = 0 WHERE repo = $1 AND number = $2 RETURNING generation`,
			w.Key.Repo, w.Key.Number, w.Generation), &now)
		if err != nil {
			return fmt.Errorf("closing the pass: %w", err)
		}
		if err := t.run(ctx, do(`DELETE FROM news WHERE repo = $1 AND number = $2 AND generation <= $3`,
			w.Key.Repo, w.Key.Number, w.Generation)); err != nil {
			return fmt.Errorf("closing the pass: %w", err)
		}
		if now > w.Generation {
			return t.followUp(ctx, job, 0, true)
		}
		return t.followUp(ctx, job, out.After, out.After > 0)
	})
}

// failed keeps the news for the next attempt, and the error for people to read.
func (s *Store) failed(ctx context.Context, job *river.Job[passArgs], cause error) error {
	return s.inTx(ctx, func(t *tx) error {
		t.changed(job.Args.key())
		var failures int
		err := t.one(ctx, do(`
UPDATE pulls SET failures = failures + 1, error = $3, error_at = sallyport_now() WHERE repo = $1 AND number = $2 RETURNING failures`,
			job.Args.Repo, job.Args.Number, printable(cause.Error())), &failures)
		if err != nil {
			return fmt.Errorf("writing down a failed pass: %w", err)
		}
		delay := backoff(failures, 10*time.Minute)
		if after := pull.Delay(cause); after > 0 && pull.ClassOf(cause) == pull.Transient {
			delay = after
		}
		return t.followUp(ctx, job, delay, true)
	})
}

// followUp ends the job and, where more is to do, files the next one. The completed job must come first: both have
// the same unique key.
func (t *tx) followUp(ctx context.Context, job *river.Job[passArgs], delay time.Duration, again bool) error {
	if err := t.complete(ctx, job); err != nil {
		return fmt.Errorf("completing the job: %w", err)
	}
	if !again {
		return nil
	}
	return t.run(ctx, t.fileOne(job.Kind, job.Queue, job.Args.text(), delay))
}

// backoff grows from one second, doubling, up to the limit, with a quarter of jitter so that what failed together
// does not return together.
func backoff(failures int, limit time.Duration) time.Duration {
	d := min(time.Second<<min(max(failures-1, 0), 20), limit)
	return d - d/8 + rand.N(d/4)
}
