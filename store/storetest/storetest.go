// Package storetest holds the databases behind package store to the same behaviour. Each subtest is one promise.
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// patience is how long a condition may take before a test gives up. No test measures time with it.
const patience = 30 * time.Second

// Run tests a kind of database. database yields the URL of a new, empty one. The program's TestMain must call [Child]
// first.
func Run(t *testing.T, database func(testing.TB) string) {
	for _, part := range []struct {
		name  string
		tests []promise
	}{
		{"Open", opening}, {"Intake", intake}, {"Scope", scopes}, {"Queue", queueing}, {"Fair", fair}, {"Many", many}, {"Watch", watching},
		{"Prompt", prompts}, {"Turn", turns}, {"Landing", landings}, {"Freeze", freezes}, {"Glass", glass}, {"Keyed", keyedPrompts},
		{"Batch", batches}, {"Update", updating}, {"Waits", waiting}, {"Alarm", alarms}, {"Tip", tips},
		{"Record", records}, {"Ledger", ledgerRows}, {"Tree", tree}, {"BotKeys", botKeys}, {"Following", following}, {"Restart", restarts},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, p := range part.tests {
				t.Run(p.name, func(t *testing.T) { p.test(&world{T: t, url: database(t)}) })
			}
		})
	}
}

type promise struct {
	name string
	test func(*world)
}

// world is one test with its database.
type world struct {
	*testing.T
	url string
}

// open opens the database once more, for the rest of the test.
func (w *world) open() *store.Store {
	w.Helper()
	s, err := store.Open(w.Context(), w.url, slog.New(slog.DiscardHandler))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { w.must(s.Close()) })
	return s
}

// pair opens the database for two replicas; a SQLite file has only one.
func (w *world) pair() (a, b *store.Store) {
	w.Helper()
	a = w.open()
	if !w.replicable() {
		return a, a
	}
	return a, w.open()
}

func (w *world) replicable() bool { return !strings.HasPrefix(w.url, "sqlite:") }

// work runs the queue until stop is called or the test ends.
func (w *world) work(s *store.Store, h store.Handlers) (stop func()) {
	w.Helper()
	return w.workers(s, h, 0)
}

// workers is work with so many passes at a time; 0 is the default.
func (w *world) workers(s *store.Store, h store.Handlers, n int) (stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, h, store.Periods{Workers: n}) }()
	ended := false
	stop = func() {
		if cancel(); !ended {
			ended = true
			w.must(next(w, done))
		}
	}
	w.Cleanup(stop)
	return stop
}

// passes runs the queue with passes that succeed, and delivers what each was given.
func (w *world) passes(s *store.Store) (seen <-chan pull.Work, stop func()) {
	w.Helper()
	ch := make(chan pull.Work, 1000)
	stop = w.work(s, store.Handlers{Pass: func(_ context.Context, work pull.Work) (pull.Outcome, error) {
		ch <- work
		return pull.Outcome{}, nil
	}})
	return ch, stop
}

func next[T any](w *world, ch <-chan T) T {
	w.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		w.Fatal("nothing came")
		panic("unreachable")
	}
}

// idle waits until no pass and no watch waits or runs.
func (w *world) idle(s *store.Store) {
	w.Helper()
	w.until("the queue is idle", func() bool {
		jobs := w.stats(s).Jobs
		return len(jobs["passes"]) == 0 && len(jobs["watch"]) == 0
	})
}

func (w *world) stats(s *store.Store) store.Stats {
	w.Helper()
	return got(s.Stats(w.Context()))(w)
}

// until waits for a condition, and looks the less often the longer it takes: SQLite has one connection, and whoever asks for
// figures all the time keeps the passes from it.
func (w *world) until(what string, cond func() bool) {
	w.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for pause := 5 * time.Millisecond; !cond(); pause = min(pause*5/4, 100*time.Millisecond) {
		select {
		case <-deadline.C:
			w.Fatalf("never came true: %s", what)
		case <-time.After(pause):
		}
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// got unpacks a result that must not be an error: got(s.Stats(ctx))(w).
func got[T any](v T, err error) func(*world) T {
	return func(w *world) T {
		w.Helper()
		w.must(err)
		return v
	}
}

const repo = 77

func key(number int) pull.Key { return pull.Key{Repo: repo, Number: number} }

var serial int

// delivery makes a delivery of a new id.
func delivery(scopes ...pull.Scope) pull.Delivery {
	serial++
	id := fmt.Sprintf("delivery-%d", serial)
	return pull.Delivery{
		ID: id, Event: "pull_request_review", Action: "submitted", Scopes: scopes, At: time.Now(), Payload: []byte(`{"x":1}`),
		News: pull.News{Delivery: id, Event: "pull_request_review", Action: "submitted"},
	}
}

func one(number int) pull.Scope { return pull.Scope{Repo: repo, Number: number} }

func (w *world) accept(s *store.Store, d pull.Delivery) {
	w.Helper()
	fresh, err := s.Accept(w.Context(), d)
	w.must(err)
	if !fresh {
		w.Fatalf("delivery %s was not fresh", d.ID)
	}
}
