package storetest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

var freezes = []promise{
	{"AFreezeStopsLandings", func(w *world) {
		s := w.open()
		for _, c := range []struct {
			name   string
			freeze pull.Freeze
			stops  bool
		}{
			{"the pull request", pull.Freeze{Repo: repo, Number: 1, Code: "fraud"}, true},
			{"the branch", pull.Freeze{Repo: repo, Branch: "main", Code: "breach"}, true},
			{"every branch", pull.Freeze{Repo: repo, Code: "freeze"}, true},
			{"another pull request", pull.Freeze{Repo: repo, Number: 2, Branch: "main", Code: "fraud"}, false},
			{"another branch", pull.Freeze{Repo: repo, Branch: "release", Code: "breach"}, false},
			{"another repository", pull.Freeze{Repo: repo + 1, Branch: "main", Code: "breach"}, false},
		} {
			w.must(s.Freeze(w.Context(), c.freeze))
			i, err := s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), intent(1))
			if c.stops {
				w.refused(err, pull.ErrFrozen)
			} else {
				w.must(err)
				i.State = pull.IntentRefused
				w.must(s.EndLanding(w.Context(), i))
			}
			if w.Failed() {
				w.Fatalf("with %s frozen", c.name)
			}
			w.liftAll(s)
		}
	}},
	{"AFreezeIsSeenLedgeredAndWakes", func(w *world) {
		s := w.open()
		w.landscape(s)
		seen, _ := w.passes(s)
		by := pull.Account{ID: 3, Login: "root", Kind: pull.User}
		hold := pull.Freeze{Repo: repo, Number: 1, Code: "hold", Reason: "Hold on.", By: by}
		w.must(s.Freeze(w.Context(), hold))
		w.must(s.Freeze(w.Context(), hold)) // the pass died and ran again
		work := next(w, seen)
		if len(work.Freezes) != 1 || work.Freezes[0].Reason != "Hold on." || work.Freezes[0].By != by || work.Freezes[0].At.IsZero() {
			w.Fatalf("the pass sees %+v", work.Freezes)
		}
		w.kinds(s, 1, "verdict", "freeze")
		w.idle(s)
		w.must(s.Unfreeze(w.Context(), work.Freezes[0].ID, by))
		w.must(s.Unfreeze(w.Context(), work.Freezes[0].ID, by))
		if work := next(w, seen); len(work.Freezes) != 0 {
			w.Errorf("after lifting, the pass sees %+v", work.Freezes)
		}
		w.kinds(s, 1, "verdict", "freeze", "unfreeze")
		w.idle(s)
		w.must(s.Freeze(w.Context(), pull.Freeze{Repo: repo, Branch: "main", Code: "breach"}))
		keys := map[pull.Key]bool{next(w, seen).Key: true, next(w, seen).Key: true}
		if !keys[key(1)] || !keys[key(2)] {
			w.Errorf("a frozen branch woke %v, want its two open pull requests", keys)
		}
	}},
	{"AFreezeWithATimeEndsByItself", func(w *world) {
		s := w.open()
		w.landscape(s)
		seen, _ := w.passes(s)
		by := pull.Account{ID: 3, Login: "root", Kind: pull.User}
		w.must(s.Freeze(w.Context(), pull.Freeze{Repo: repo, Branch: "main", Code: "freeze", Reason: "A while.", By: by, For: 2 * time.Second}))
		work := next(w, seen)
		if len(work.Freezes) != 1 || work.Freezes[0].Until.Sub(work.Freezes[0].At) != 2*time.Second {
			w.Fatalf("the pass sees %+v, want two seconds", work.Freezes)
		}
		standing, err := s.Frozen(w.Context(), repo)
		w.must(err)
		if len(standing) != 1 || standing[0].ID != work.Freezes[0].ID {
			w.Errorf("standing are %+v", standing)
		}
		if other, err := s.Frozen(w.Context(), repo+1); err != nil || len(other) != 0 {
			w.Errorf("another repository has %+v, %v", other, err)
		}
		_, err = s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), intent(1))
		w.refused(err, pull.ErrFrozen)
		for len(work.Freezes) != 0 { // both pull requests were woken by the freeze, and are by its end
			work = next(w, seen)
		}
		_, err = s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), intent(1))
		w.must(err)
		rows, err := s.History(w.Context(), repo, 0, 100)
		w.must(err)
		var lifts []string
		for _, row := range rows {
			if row.Kind == "unfreeze" {
				text, err := json.Marshal(row.Body)
				w.must(err)
				lifts = append(lifts, string(text))
			}
		}
		if len(lifts) != 1 || !strings.Contains(lifts[0], `"expired":true`) {
			w.Errorf("the ledger has %v, want one end by time", lifts)
		}
	}},
	{"OnlyAKnownFreezeIsLifted", func(w *world) {
		if err := w.open().Unfreeze(w.Context(), 99, pull.Account{}); err == nil {
			w.Error("a freeze that does not exist was lifted")
		}
	}},
}
