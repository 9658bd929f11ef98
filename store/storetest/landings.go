package storetest

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

func intent(number int) pull.Intent {
	return pull.Intent{Binding: prompt(number, "ann").Binding, Title: "Scale the gateway"}
}

var landings = []promise{
	{"WrittenBeforeAttempted", func(w *world) {
		s := w.open()
		i := got(s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), intent(1)))(w)
		if i.ID == 0 || i.State != pull.IntentOpen || i.At.IsZero() {
			w.Errorf("begun: %+v", i)
		}
		w.kinds(s, 1, "landing")
		got(s.File(w.Context(), []pull.Scope{one(1)}, false))(w)
		seen, _ := w.passes(s)
		if work := next(w, seen); len(work.Intents) != 1 || work.Intents[0] != i {
			w.Errorf("the next pass sees %+v, want %+v", work.Intents, i)
		}
	}},
	{"Threat58TheOutcomesRowStandsByItself", func(w *world) {
		s := w.open()
		begun := intent(1)
		begun.Evidence = pull.Grounds(`{"approvals":[{"review":7}]}`)
		i := got(s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), begun))(w)
		// The pass that ends it may be another process's, and has it from the books.
		got(s.File(w.Context(), []pull.Scope{one(1)}, false))(w)
		seen, _ := w.passes(s)
		ended := next(w, seen).Intents[0]
		if ended.ID != i.ID || ended.Evidence != "" {
			w.Errorf("the books of passes carry the grounds: %+v", ended)
		}
		ended.State, ended.Landed, ended.CommitSHA256 = pull.IntentBreach, "m", strings.Repeat("ab", 32)
		w.must(s.EndLanding(w.Context(), ended))
		for _, e := range got(s.Timeline(w.Context(), key(1), 10))(w) {
			body := string(e.Body.(json.RawMessage))
			if !strings.Contains(body, `"evidence":{"approvals":[{"review":7}]}`) {
				w.Errorf("the %s row has no grounds: %s", e.Kind, body)
			}
			if e.Kind != "landing" && !strings.Contains(body, `"commit_sha256":"abab`) {
				w.Errorf("the %s row does not say which bytes landed: %s", e.Kind, body)
			}
		}
	}},
	{"OneAtATimePerPullRequest", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Minute)
		i := got(s.BeginLanding(w.Context(), turn, intent(1)))(w)
		_, err := s.BeginLanding(w.Context(), turn, intent(1))
		w.refused(err, pull.ErrLandingOpen)
		i.State, i.Detail = pull.IntentRefused, "head moved"
		w.must(s.EndLanding(w.Context(), i))
		got(s.BeginLanding(w.Context(), turn, intent(1)))(w)
		w.kinds(s, 1, "landing", "landing-refused", "landing")
	}},
	{"OnlyTheHolderLands", func(w *world) {
		a, b := w.pair()
		turn := w.take(a, 1, time.Minute)
		waiting := w.take(a, 2, time.Minute)
		_, err := b.BeginLanding(w.Context(), waiting, intent(2))
		w.refused(err, pull.ErrTurnPassed)
		_, err = b.BeginLanding(w.Context(), turn, intent(2)) // somebody else's turn
		w.refused(err, pull.ErrTurnPassed)
		other := intent(1)
		other.Binding.Branch = "release"
		_, err = b.BeginLanding(w.Context(), turn, other)
		w.refused(err, pull.ErrTurnPassed)
		w.must(a.LeaveTurn(w.Context(), key(1), "main"))
		_, err = b.BeginLanding(w.Context(), turn, intent(1))
		w.refused(err, pull.ErrTurnPassed)
		w.kinds(a, 1)
	}},
	{"AnOldEpochIsFenced", func(w *world) {
		s := w.open()
		old := w.take(s, 1, time.Minute)
		w.must(s.LeaveTurn(w.Context(), key(1), "main"))
		w.take(s, 1, time.Minute)
		_, err := s.BeginLanding(w.Context(), old, intent(1)) // a sleeper of an earlier life
		w.refused(err, pull.ErrTurnPassed)
	}},
	{"AnExpiredTurnIsFenced", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Nanosecond)
		turn.Expires = time.Now().Add(time.Hour) // the store believes its own clock and books
		_, err := s.BeginLanding(w.Context(), turn, intent(1))
		w.refused(err, pull.ErrTurnPassed)
	}},
	{"Threat63ReplicasLandOnce", func(w *world) {
		a, b := w.pair()
		turn := w.take(a, 1, time.Minute)
		var begun atomic.Int32
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				_, err := []*store.Store{a, b}[i%2].BeginLanding(w.Context(), turn, intent(1))
				if err == nil {
					begun.Add(1)
				} else if !errors.Is(err, pull.ErrLandingOpen) {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		if n := begun.Load(); n != 1 {
			w.Errorf("%d landings began, want 1", n)
		}
	}},
	{"AnOutcomeIsLedgeredAndWakes", func(w *world) {
		s := w.open()
		for n, c := range []struct {
			state pull.IntentState
			kind  string
		}{{pull.IntentDone, "landed"}, {pull.IntentRefused, "landing-refused"}, {pull.IntentBreach, "breach"}} {
			i := got(s.BeginLanding(w.Context(), w.take(s, n+1, time.Minute), intent(n+1)))(w)
			w.must(s.LeaveTurn(w.Context(), key(n+1), "main"))
			i.State, i.Landed, i.Binding.Head = c.state, "landed-sha", "evil"
			w.must(s.EndLanding(w.Context(), i))
			w.must(s.EndLanding(w.Context(), i)) // the pass died and ran again
			w.kinds(s, n+1, "landing", c.kind)
			i.State = pull.IntentDone
			if c.state != pull.IntentDone {
				w.refused(s.EndLanding(w.Context(), i), store.ErrLandingEnded)
			}
		}
		seen, _ := w.passes(s)
		for range 3 {
			work := next(w, seen)
			if i := work.Intents[0]; i.Landed != "landed-sha" || i.Binding.Head != "h" || i.EndedAt.IsZero() {
				w.Errorf("the next pass sees %+v", i)
			}
		}
	}},
	{"NoOutcomeIsNoEnd", func(w *world) {
		s := w.open()
		i := got(s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), intent(1)))(w)
		if err := s.EndLanding(w.Context(), i); err == nil {
			w.Error("a landing ended without an outcome")
		}
	}},
}
