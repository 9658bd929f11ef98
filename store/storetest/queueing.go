package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// doPass makes handlers of a pass alone.
func doPass(f func(context.Context, pull.Work) (pull.Outcome, error)) store.Handlers {
	return store.Handlers{Pass: f}
}

var queueing = append([]promise{
	{"AnEventWakesASnoozedJob", func(w *world) {
		a, b := w.pair()
		seen := make(chan pull.Work, 10)
		w.work(a, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			seen <- work
			return pull.Outcome{After: time.Hour}, nil
		}))
		w.accept(b, delivery(one(1)))
		next(w, seen)
		w.until("the job is snoozed", func() bool { return w.stats(a).Jobs["passes"]["scheduled"] == 1 })
		w.accept(b, delivery(one(1)))
		if work := next(w, seen); len(work.News) != 1 {
			w.Errorf("%d news, want 1", len(work.News))
		}
	}},
	{"AnOutcomeMayAskToLookAgain", func(w *world) {
		s := w.open()
		var n atomic.Int32
		done := make(chan pull.Work, 10)
		w.work(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			if n.Add(1) < 3 {
				return pull.Outcome{After: 20 * time.Millisecond}, nil
			}
			done <- work
			return pull.Outcome{}, nil
		}))
		w.accept(s, delivery(one(1)))
		if work := next(w, done); len(work.News) != 0 || work.Fresh {
			w.Errorf("the third pass has %d news, fresh %v; want none", len(work.News), work.Fresh)
		}
	}},
	{"APassKnowsWhetherItWasWokenOrItsTimeCame", func(w *world) {
		s := w.open()
		var n atomic.Int32
		seen := make(chan bool, 10)
		w.work(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			seen <- work.Woken
			if n.Add(1) == 1 {
				return pull.Outcome{After: time.Millisecond}, nil
			}
			return pull.Outcome{}, nil
		}))
		w.accept(s, delivery(one(1)))
		first, second := next(w, seen), next(w, seen)
		w.idle(s)
		got(s.File(w.Context(), []pull.Scope{one(1)}, false))(w)
		if third := next(w, seen); !first || second || !third {
			w.Errorf("woken was %v, %v, %v; want true, false, true", first, second, third)
		}
	}},
	{"TwentyEventsAreAtMostTwoPasses", func(w *world) {
		a, b := w.pair()
		begun, release := make(chan int, 100), make(chan struct{})
		w.work(a, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			begun <- len(work.News)
			<-release
			return pull.Outcome{}, nil
		}))
		w.accept(b, delivery(one(1)))
		first := next(w, begun)
		var wg sync.WaitGroup
		for i := range 19 {
			d := delivery(one(1))
			wg.Go(func() {
				if _, err := []*store.Store{a, b}[i%2].Accept(w.Context(), d); err != nil {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		close(release)
		second := next(w, begun)
		w.idle(a)
		if first+second != 20 || len(begun) != 0 {
			w.Errorf("passes saw %d + %d news and %d more passes came; want 20 in two passes", first, second, len(begun))
		}
	}},
	{"Threat07NoWakeUpIsLost", noWakeUpIsLost},
	{"OnePassAtATimePerPullRequest", func(w *world) {
		a, b := w.pair()
		var running, most atomic.Int32
		pass := doPass(func(context.Context, pull.Work) (pull.Outcome, error) {
			n := running.Add(1)
			defer running.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			return pull.Outcome{}, nil
		})
		w.work(a, pass)
		if a != b {
			w.work(b, pass)
		}
		for range 100 {
			w.accept(a, delivery(one(1)))
		}
		w.idle(a)
		if n := most.Load(); n != 1 {
			w.Errorf("%d passes of one pull request at a time, want 1", n)
		}
	}},
	{"FreshIsKeptUntilAPassSucceeds", func(w *world) {
		s := w.open()
		var n atomic.Int32
		seen := make(chan bool, 10)
		w.work(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			seen <- work.Fresh
			if n.Add(1) == 1 {
				return pull.Outcome{}, &pull.Failure{Class: pull.Transient, After: time.Millisecond, Err: errors.New("away")}
			}
			return pull.Outcome{}, nil
		}))
		if n := got(s.File(w.Context(), []pull.Scope{one(1)}, true))(w); n != 1 {
			w.Fatalf("filed %d, want 1", n)
		}
		first, second := next(w, seen), next(w, seen)
		w.idle(s)
		w.accept(s, delivery(one(1)))
		if third := next(w, seen); !first || !second || third {
			w.Errorf("fresh was %v, %v, %v; want true, true, false", first, second, third)
		}
	}},
	{"PeriodicWorkRunsAtStart", func(w *world) {
		s := w.open()
		ran := make(chan string, 10)
		note := func(what string) func(context.Context) error {
			return func(context.Context) error { ran <- what; return nil }
		}
		h := doPass(func(context.Context, pull.Work) (pull.Outcome, error) { return pull.Outcome{}, nil })
		h.Sweep, h.Recover = note("sweep"), note("recover")
		w.work(s, h)
		both := map[string]bool{next(w, ran): true, next(w, ran): true}
		if diff := cmp.Diff(map[string]bool{"sweep": true, "recover": true}, both); diff != "" {
			w.Errorf("ran (-want +got):\n%s", diff)
		}
	}},
}, failing...)

// noWakeUpIsLost lets a second delivery arrive at every instant of a pass. It must be seen by a pass although nothing
// happens after it.
func noWakeUpIsLost(w *world) {
	a, b := w.pair()
	handled := make(chan string, 1000)
	pass := doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
		for _, n := range work.News {
			handled <- n.Delivery
		}
		moment(2 * time.Millisecond)
		return pull.Outcome{}, nil
	})
	w.work(a, pass)
	if a != b {
		w.work(b, pass)
	}
	for range 100 {
		first, second := delivery(one(1)), delivery(one(1))
		w.accept(a, first)
		moment(10 * time.Millisecond)
		w.accept(b, second)
		for seen := ""; seen != second.ID; {
			seen = next(w, handled)
		}
	}
}

// moment lasts anything up to the limit, so that what follows meets all phases of what runs beside it.
func moment(limit time.Duration) {
	t := time.NewTimer(rand.N(limit))
	<-t.C
}

var failing = []promise{
	{"AFailedPassKeepsItsNewsAndSaysWhy", func(w *world) {
		s := w.open()
		var fail atomic.Bool
		fail.Store(true)
		seen := make(chan pull.Work, 10)
		w.work(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			seen <- work
			if fail.Load() {
				return pull.Outcome{}, &pull.Failure{Class: pull.Transient, After: time.Hour, Err: errors.New("GitHub is away\x00")}
			}
			return pull.Outcome{}, nil
		}))
		w.accept(s, delivery(one(1)))
		next(w, seen)
		w.until("the error is kept", func() bool {
			r, found, err := s.Record(w.Context(), key(1))
			w.must(err)
			return found && r.Error == "GitHub is away\uFFFD" && r.State == "open" && r.Key == key(1)
		})
		fail.Store(false)
		w.accept(s, delivery(one(1)))
		if work := next(w, seen); len(work.News) != 2 {
			w.Errorf("the next pass has %d news, want 2", len(work.News))
		}
		w.idle(s)
		if r, found, _ := s.Record(w.Context(), key(1)); found {
			w.Errorf("the error outlived the failure: %+v", r)
		}
	}},
	{"AFailedPassIsTriedAgainByItself", func(w *world) {
		s := w.open()
		var n atomic.Int32
		done := make(chan pull.Work, 1)
		w.work(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			if n.Add(1) == 1 {
				return pull.Outcome{}, errors.New("who knows")
			}
			done <- work
			return pull.Outcome{}, nil
		}))
		w.accept(s, delivery(one(1)))
		if work := next(w, done); len(work.News) != 1 {
			w.Errorf("%d news, want 1", len(work.News))
		}
	}},
	{"APanicIsAnError", func(w *world) {
		s := w.open()
		w.work(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			if work.Key == key(1) {
				panic(fmt.Sprintf("boom %d", work.Generation))
			}
			return pull.Outcome{}, nil
		}))
		w.accept(s, delivery(one(1)))
		w.until("the panic is kept as an error", func() bool {
			r, _, err := s.Record(w.Context(), key(1))
			w.must(err)
			return r.Error == "panic: boom 1"
		})
	}},
}
