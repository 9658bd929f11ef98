package storetest

import (
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

func waitingFor(number int, others ...int) pull.Record {
	r := record(number, pull.Pass)
	for _, o := range others {
		r.Request.Depends = append(r.Request.Depends, pull.Dependency{Key: key(o), State: pull.Open, Direct: true})
	}
	return r
}

func landed(number int) pull.Record {
	r := record(number, pull.Pass)
	r.State, r.LandedSHA, r.Request.State = "landed", "l", pull.Merged
	return r
}

// wakes are the pull requests that saving the records wakes, once nothing else is due.
func (w *world) wakes(s *store.Store, seen <-chan pull.Work, records ...pull.Record) map[int]bool {
	w.Helper()
	w.idle(s)
	for len(seen) > 0 {
		<-seen
	}
	for _, r := range records {
		w.must(s.Save(w.Context(), r))
	}
	w.idle(s)
	woken := map[int]bool{}
	for len(seen) > 0 {
		work := <-seen
		if woken[work.Key.Number] = true; !work.Fresh {
			w.Errorf("#%d was woken without being told to read the world", work.Key.Number)
		}
	}
	return woken
}

var waiting = []promise{
	{"ALandingWakesWhoeverWaitsForIt", func(w *world) {
		s := w.open()
		w.accept(s, delivery(one(1), one(2), one(3)))
		seen, _ := w.passes(s)
		w.wakes(s, seen, record(1, pull.Pass), waitingFor(2, 1), record(3, pull.Pass))
		if again := w.wakes(s, seen, record(1, pull.Wait), waitingFor(2, 1)); len(again) != 0 {
			w.Errorf("verdicts alone woke %v", again)
		}
		if has := got(s.HasLanded(w.Context(), key(1)))(w); has {
			w.Error("it has landed before it did")
		}
		if woken := w.wakes(s, seen, landed(1)); len(woken) != 1 || !woken[2] {
			w.Errorf("the landing woke %v, want #2 alone", woken)
		}
		if has := got(s.HasLanded(w.Context(), key(1)))(w); !has {
			w.Error("it has not landed after it did")
		}
	}},
	{"ClosingAndReopeningWakesWhoeverWaits", func(w *world) {
		s := w.open()
		w.accept(s, delivery(one(1), one(2)))
		seen, _ := w.passes(s)
		w.wakes(s, seen, record(1, pull.Pass), waitingFor(2, 1))
		closed := record(1, pull.Pass)
		closed.State, closed.Request.State = "closed", pull.Closed
		if woken := w.wakes(s, seen, closed); !woken[2] {
			w.Errorf("closing woke %v, want #2", woken)
		}
		if has := got(s.HasLanded(w.Context(), key(1)))(w); has {
			w.Error("what was closed counts as landed")
		}
		if woken := w.wakes(s, seen, record(1, pull.Pass)); !woken[2] {
			w.Errorf("reopening woke %v, want #2", woken)
		}
	}},
	{"AChangedWishWakesWhoeverWaitsAndIsForgotten", func(w *world) {
		s := w.open()
		w.accept(s, delivery(one(1), one(2)))
		seen, _ := w.passes(s)
		w.wakes(s, seen, record(1, pull.Pass), waitingFor(2, 1))
		if woken := w.wakes(s, seen, waitingFor(1, 2)); !woken[2] {
			w.Errorf("a circle woke %v, want #2", woken)
		}
		if woken := w.wakes(s, seen, waitingFor(2)); !woken[1] {
			w.Errorf("a circle that is none any more woke %v, want #1", woken)
		}
		if woken := w.wakes(s, seen, landed(1)); len(woken) != 0 {
			w.Errorf("whoever waits no more was woken: %v", woken)
		}
	}},
}
