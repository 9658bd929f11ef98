package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/riverqueue/river"

	"github.com/sallyport/sallyport/pull"
)

const (
	pollTimeout  = 2 * time.Minute
	pollPace     = 250 * time.Millisecond // polls follow one another no faster, should they return at once
	pollPause    = 2 * time.Second        // after a poll that failed
	watchTimeout = 10 * time.Minute       // after which a watch gives its place to others and queues again
)

// watchArgs is the job "wait for the answer to this prompt".
type watchArgs struct {
	Prompt int64 `json:"prompt"`
}

// Kind names the job.
func (watchArgs) Kind() string { return "watch" }

// watchJob files the watch of a prompt.
func (t *tx) watchJob(prompt int64) stmt {
	return t.fileOne(watchArgs{}.Kind(), watch, fmt.Sprintf(`{"prompt":%d}`, prompt), 0)
}

type watchWorker struct {
	river.WorkerDefaults[watchArgs]
	s        *Store
	handle   func(context.Context, pull.Confirmation) (pull.Confirmation, error)
	stopping context.Context // ends when Run is told to end
}

func (*watchWorker) Timeout(*river.Job[watchArgs]) time.Duration { return watchTimeout + bookTimeout }

// Work polls until the prompt ends. One that cannot be polled is snoozed, not finished, so that a prompt always has
// exactly one watch.
func (w *watchWorker) Work(ctx context.Context, job *river.Job[watchArgs]) error {
	c, found, err := w.s.prompt(ctx, job.Args.Prompt)
	if err != nil || !found {
		return err
	}
	for deadline := time.Now().Add(watchTimeout - pollTimeout); c.State == pull.PromptOpen; {
		pace := time.NewTimer(pollPace)
		seen, err := w.poll(ctx, c)
		if err != nil && w.stopping.Err() == nil {
			w.s.log.Warn("watching a prompt failed", "prompt", c.ID, "class", pull.ClassOf(err), "error", err.Error())
			return river.JobSnooze(max(pollPause, pull.Delay(err)))
		}
		if err == nil {
			if err := w.write(ctx, c, seen); err != nil {
				return err
			}
			c = seen
		}
		if c.State == pull.PromptOpen && (w.stopping.Err() != nil || time.Now().After(deadline)) {
			return river.JobSnooze(0) // the next process polls on
		}
		if c.State == pull.PromptOpen {
			<-pace.C
		}
	}
	return nil
}

// write keeps news of a prompt. That it has moved meanwhile is fine: somebody else knew first.
func (w *watchWorker) write(ctx context.Context, c, seen pull.Confirmation) error {
	if reflect.DeepEqual(seen, c) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTimeout)
	defer cancel()
	if err := w.s.UpdatePrompt(ctx, seen); !errors.Is(err, ErrPromptMoved) {
		return err
	}
	return nil
}

func (w *watchWorker) poll(ctx context.Context, c pull.Confirmation) (seen pull.Confirmation, err error) {
	if w.handle == nil {
		return c, errors.New("nobody watches prompts")
	}
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	// A long poll is worth nothing to a process that is going away: the next one asks again.
	defer context.AfterFunc(w.stopping, cancel)()
	defer guard(w.s, "watch", &err)
	return w.handle(ctx, c)
}
