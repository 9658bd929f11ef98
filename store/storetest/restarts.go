package storetest

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// childVariable makes the test program be the process that is killed.
const childVariable = "STORETEST_CHILD"

// Child, in a process that a test has started, works the queue until it is killed, and never returns. Anywhere else it
// does nothing.
func Child() {
	url := os.Getenv(childVariable)
	if url == "" {
		return
	}
	ctx := context.Background()
	s, err := store.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err == nil {
		err = s.Run(ctx, doPass(func(ctx context.Context, work pull.Work) (pull.Outcome, error) {
			if _, err := s.BeginPrompt(ctx, prompt(work.Key.Number, "ann")); err != nil {
				return pull.Outcome{}, err
			}
			fmt.Println("in the middle of a pass")
			select {} // until killed
		}), store.Periods{})
	}
	fmt.Println(err)
	os.Exit(1)
}

// killed starts a process that takes the waiting pass, begins a prompt, and is killed before it can send it.
func (w *world) killed() {
	w.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childVariable+"="+w.url)
	out, err := c.StdoutPipe()
	w.must(err)
	w.must(c.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "in the middle of a pass\n" {
		w.Errorf("the process said %q, %v", line, err)
	}
	w.must(c.Process.Kill())
	_ = c.Wait() // killed is its exit status
}

var restarts = []promise{
	{"WhatWaitedStillWaits", func(w *world) {
		first := got(store.Open(w.Context(), w.url, slog.New(slog.DiscardHandler)))(w)
		w.accept(first, delivery(one(1)))
		w.must(first.Close())
		seen, _ := w.passes(w.open())
		if work := next(w, seen); work.Key != key(1) || len(work.News) != 1 {
			w.Errorf("after the restart: %+v", work)
		}
	}},
	{"Threat64AKilledPassRunsAgainAndItsPromptIsDoubted", func(w *world) {
		s := got(store.Open(w.Context(), w.url, slog.New(slog.DiscardHandler)))(w)
		w.accept(s, delivery(one(1)))
		w.must(s.Close())
		w.killed()
		s = w.open()
		seen, _ := w.passes(s)
		// One pass for the job that was taken, or one for the prompt; the last one sees both.
		w.until("a pass sees the delivery and the doubted prompt", func() bool {
			work := next(w, seen)
			return len(work.Confirmations) == 1 && work.Confirmations[0].State == pull.PromptUnknown
		})
		w.kinds(s, 1, "prompt", "answer")
		_, err := s.BeginPrompt(w.Context(), prompt(1, "ann"))
		w.refused(err, pull.ErrAlreadyAsked)
		w.idle(s)
		if st := w.stats(s); st.Inbox != 0 || st.Pending != 0 {
			w.Errorf("left over: %+v", st)
		}
	}},
	{"Threat64ALivingReplicaTakesOver", func(w *world) {
		if !w.replicable() {
			return // a SQLite file has one process, and the test above is its restart
		}
		s := w.open()
		w.accept(s, delivery(one(1)))
		w.killed()
		seen, _ := w.passes(s)
		w.until("a pass sees the doubted prompt", func() bool {
			work := next(w, seen)
			return len(work.Confirmations) == 1 && work.Confirmations[0].State == pull.PromptUnknown
		})
	}},
	{"ALivingReplicaKeepsWhatItRuns", func(w *world) {
		a, b := w.pair()
		begun, release := make(chan pull.Work, 10), make(chan struct{})
		w.work(a, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			begun <- work
			<-release
			return pull.Outcome{}, nil
		}))
		w.accept(a, delivery(one(1)))
		next(w, begun)
		if a != b {
			_, stop := w.passes(b) // which looks for orphans as it starts
			stop()
		}
		if st := w.stats(b); st.Jobs["passes"]["running"] != 1 {
			w.Errorf("the running pass was taken away: %+v", st.Jobs)
		}
		close(release)
	}},
	{"StoppingLetsAPassFinish", func(w *world) {
		s := w.open()
		begun, release := make(chan pull.Work, 1), make(chan struct{})
		stop := w.work(s, doPass(func(ctx context.Context, work pull.Work) (pull.Outcome, error) {
			begun <- work
			<-release
			return pull.Outcome{}, ctx.Err()
		}))
		w.accept(s, delivery(one(1)))
		next(w, begun)
		go close(release)
		stop()
		if st := w.stats(s); len(st.Jobs["passes"]) != 0 || st.Inbox != 0 || st.Running {
			w.Errorf("after the stop: %+v; want all done", st)
		}
	}},
	{"StoppingReleasesAPassThatTakesTooLong", func(w *world) {
		s := w.open()
		s.Grace = 50 * time.Millisecond
		begun := make(chan pull.Work, 1)
		stop := w.work(s, doPass(func(ctx context.Context, work pull.Work) (pull.Outcome, error) {
			begun <- work
			<-ctx.Done()
			return pull.Outcome{}, fmt.Errorf("reading: %w", ctx.Err())
		}))
		w.accept(s, delivery(one(1)))
		next(w, begun)
		stop()
		if st := w.stats(s); st.Jobs["passes"]["available"] != 1 || st.Inbox != 1 {
			w.Errorf("after the stop: %+v; want the job available", st)
		}
		if r, found, _ := s.Record(w.Context(), key(1)); found {
			w.Errorf("a stop is shown as a failure: %+v", r)
		}
	}},
}
