package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

func alarm(mark string) pull.Alarm {
	return pull.Alarm{Kind: pull.AlarmForeign, Repo: repo, Branch: "main", SHA: "s", Mark: mark, Text: "Eve pushed to main."}
}

var alarms = []promise{
	{"RaisedOnceWithAllThatFollows", func(w *world) {
		a, b := w.pair()
		entry := pull.Entry{Kind: pull.AlarmForeign, Repo: repo, Pull: 1}
		freeze := pull.Freeze{Repo: repo, Branch: "main", Code: "foreign"}
		var fresh atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				first, err := []*store.Store{a, b}[i%2].Raise(w.Context(), alarm("x"), &entry, freeze)
				if err != nil {
					w.Error(err)
				}
				if first {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		if n := fresh.Load(); n != 1 {
			w.Errorf("one occurrence was raised %d times", n)
		}
		w.kinds(a, 1, "foreign_landing")
		_, err := a.BeginLanding(w.Context(), w.take(a, 2, time.Minute), intent(2))
		w.refused(err, pull.ErrFrozen)
		got(a.Raise(w.Context(), alarm("y"), nil))(w)
		all := got(a.Alarms(w.Context(), time.Now().Add(-time.Hour)))(w)
		if len(all) != 2 || all[0].Mark != "y" || all[1].Text != "Eve pushed to main." || all[1].At.IsZero() {
			w.Errorf("listed: %+v", all)
		}
		if late := got(a.Alarms(w.Context(), time.Now().Add(time.Hour)))(w); len(late) != 0 {
			w.Errorf("listed of the future: %+v", late)
		}
		if n := w.stats(a).Alarms[pull.AlarmForeign]; n != 2 {
			w.Errorf("counted %d, want 2", n)
		}
	}},
	{"ToldUntilSomebodyHears", func(w *world) {
		s := w.open()
		heard := make(chan pull.Alarm, 10)
		var calls atomic.Int32
		stop := w.work(s, store.Handlers{Pass: nobody, Tell: func(_ context.Context, a pull.Alarm) error {
			if calls.Add(1) == 1 {
				return errors.New("out of order")
			}
			heard <- a
			return nil
		}})
		got(s.Raise(w.Context(), alarm("x"), nil))(w)
		if a := next(w, heard); a.Text != "Eve pushed to main." || a.ID == 0 {
			w.Errorf("heard %+v", a)
		}
		stop()
		stop = w.work(s, store.Handlers{Pass: nobody, Tell: func(_ context.Context, a pull.Alarm) error { heard <- a; return nil }})
		defer stop()
		got(s.Raise(w.Context(), alarm("y"), nil))(w)
		if a := next(w, heard); a.Mark != "y" {
			w.Errorf("heard %q again", a.Mark)
		}
	}},
	{"Threat51FraudFreezesTheAuthorsOthers", func(w *world) {
		s := w.open()
		d := delivery()
		d.Repos = []pull.Repo{{ID: repo, Owner: "acme", Name: "jobs", Installation: 5}, {ID: 78, Owner: "acme", Name: "apps", Installation: 5},
			{ID: 79, Owner: "other", Name: "thing", Installation: 6}}
		w.accept(s, d)
		for _, p := range []struct {
			k      pull.Key
			author int64
			state  pull.Lifecycle
		}{
			{key(1), 9, pull.Open}, {key(2), 9, pull.Open}, {key(3), 8, pull.Open}, {key(4), 9, pull.Closed},
			{pull.Key{Repo: 78, Number: 1}, 9, pull.Open}, {pull.Key{Repo: 79, Number: 1}, 9, pull.Open},
		} {
			r := pull.Record{Key: p.k, State: "open"}
			r.Request.State, r.Request.Author.ID, r.Request.Base.Branch = p.state, p.author, "main"
			w.must(s.Save(w.Context(), r))
		}
		f := pull.Freeze{Repo: repo, Branch: "main", Number: 1, Code: "fraud", Reason: "Dev reported it", By: pull.Account{ID: 9, Login: "dev"}}
		a := pull.Alarm{Kind: pull.AlarmFraud, Repo: repo, Branch: "main", Number: 1, Mark: "tx"}
		w.must(s.RaiseFraud(w.Context(), a, f))
		w.must(s.RaiseFraud(w.Context(), a, f))
		frozen := map[pull.Key]string{}
		for _, e := range got(s.Entries(w.Context(), 0, 100))(w) {
			if e.Kind == "freeze" {
				frozen[pull.Key{Repo: e.Repo, Number: e.Pull}] += "*"
			}
		}
		want := map[pull.Key]string{key(1): "*", key(2): "*", {Repo: 78, Number: 1}: "*"}
		if diff := cmp.Diff(want, frozen); diff != "" {
			w.Errorf("frozen (-want +got):\n%s", diff)
		}
	}},
}

func nobody(context.Context, pull.Work) (pull.Outcome, error) { return pull.Outcome{}, nil }

// audits runs the queue, and delivers the branch of every audit.
func (w *world) audits(s *store.Store) <-chan string {
	ch := make(chan string, 100)
	w.work(s, store.Handlers{Pass: nobody, Audit: func(_ context.Context, r pull.Repo, branch, _, _ string) (pull.Outcome, error) {
		ch <- branch
		return pull.Outcome{}, nil
	}})
	return ch
}

var tips = []promise{
	{"OnlyFromWhereItWas", func(w *world) {
		s := w.open()
		move := func(before, after, want string) {
			w.Helper()
			w.must(s.MoveTip(w.Context(), repo, "main", before, after))
			if sha, known, err := s.Tip(w.Context(), repo, "main"); err != nil || !known || sha != want {
				w.Fatalf("from %q to %q: the tip is %q (%v, %v), want %q", before, after, sha, known, err, want)
			}
		}
		move("", "a", "a")
		move("", "x", "a") // somebody else saw it first
		move("a", "b", "b")
		move("a", "x", "b")
		if _, known, err := s.Tip(w.Context(), repo, "release"); known || err != nil {
			w.Errorf("a branch that nobody saw: %v, %v", known, err)
		}
	}},
	{"AnOwnLandingIsAccountedForAtOnce", func(w *world) {
		s := w.open()
		w.must(s.MoveTip(w.Context(), repo, "main", "", "b"))
		i := got(s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), intent(1)))(w)
		if n := len(got(s.LandingsUnderWay(w.Context(), repo, "main"))(w)); n != 1 {
			w.Errorf("%d landings under way, want 1", n)
		}
		if n := len(got(s.LandingsUnderWay(w.Context(), repo, "release"))(w)); n != 0 {
			w.Errorf("%d landings under way elsewhere", n)
		}
		i.State, i.Landed = pull.IntentDone, "l"
		w.must(s.EndLanding(w.Context(), i))
		if sha, _, _ := s.Tip(w.Context(), repo, "main"); sha != "l" {
			w.Errorf("the tip is %q, want what landed", sha)
		}
	}},
	{"WhatLandedIsFoundFromTheInstantItIsNoLongerUnderWay", func(w *world) {
		s := w.open()
		for n, as := range map[int]pull.IntentState{1: pull.IntentDone, 2: pull.IntentBreach, 3: pull.IntentRefused} {
			i := got(s.BeginLanding(w.Context(), w.take(s, n, time.Minute), intent(n)))(w)
			i.State, i.Landed = as, "as "+string(as)
			if _, found, err := s.LandedAs(w.Context(), repo, "main", i.Landed); found || err != nil {
				w.Errorf("%s: found before it has ended (%v)", as, err)
			}
			w.must(s.EndLanding(w.Context(), i))
			w.must(s.LeaveTurn(w.Context(), key(n), "main"))
			known, found, err := s.LandedAs(w.Context(), repo, "main", i.Landed)
			if want := (pull.LandedAs{Number: n, Under: i.Binding.Base}); err != nil || found != (as != pull.IntentRefused) || found && known != want {
				w.Errorf("%s: got %+v (%v, %v), want %+v", as, known, found, err, want)
			}
			if _, found, _ := s.LandedAs(w.Context(), repo, "release", i.Landed); found {
				w.Errorf("%s: found on another branch", as)
			}
		}
	}},
	{"WhatLandedIsFound", func(w *world) {
		s := w.open()
		r := pull.Record{Key: key(1), State: "landed", LandedSHA: "l"}
		r.Request.State, r.Request.Base.Branch, r.Request.Landed = pull.Merged, "main", pull.Landed{SHA: "l", Under: "b"}
		w.must(s.Save(w.Context(), r))
		known, found, err := s.LandedAs(w.Context(), repo, "main", "l")
		if want := (pull.LandedAs{Number: 1, Under: "b"}); err != nil || !found || known != want {
			w.Errorf("got %+v (%v, %v), want %+v", known, found, err, want)
		}
		for _, where := range [][2]string{{"main", "x"}, {"release", "l"}} {
			if _, found, _ := s.LandedAs(w.Context(), repo, where[0], where[1]); found {
				w.Errorf("found on %s: %s", where[0], where[1])
			}
		}
	}},
	{"APushToAGuardedBranchIsAudited", func(w *world) {
		s := w.open()
		w.landscape(s)
		ch := w.audits(s)
		push := func(branch, before, after string, isDefault bool) {
			d := delivery()
			d.Moved = []pull.Moved{{Repo: repo, Branch: branch, Before: before, SHA: after, Default: isDefault}}
			w.accept(s, d)
		}
		push("feature", "1", "2", false)
		push("release", "1", "2", false) // an open pull request goes there
		if branch := next(w, ch); branch != "release" {
			w.Errorf("audited %q, want release", branch)
		}
		push("trunk", "1", "2", true)
		if branch := next(w, ch); branch != "trunk" {
			w.Errorf("audited %q, want trunk", branch)
		}
		if sha, _, _ := s.Tip(w.Context(), repo, "trunk"); sha != "1" {
			w.Errorf("the first push is held against %q, want what it found", sha)
		}
		w.must(s.AuditTips(w.Context(), repo, map[string]string{"trunk": "1"})) // as the books have it
		w.must(s.AuditTips(w.Context(), repo, map[string]string{"release": "3"}))
		if branch := next(w, ch); branch != "release" {
			w.Errorf("audited %q, want release", branch)
		}
	}},
}
