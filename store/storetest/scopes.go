package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// landscape is three open pull requests and one closed in repo 77, one in 78 of the same owner, one in 79 of another,
// and one in 80, which is gone.
func (w *world) landscape(s *store.Store) {
	w.Helper()
	d := delivery()
	d.Repos = []pull.Repo{acme, {ID: 78, Owner: "Acme", Name: "apps", Installation: 5},
		{ID: 79, Owner: "other", Name: "thing", Installation: 6}, {ID: 80, Owner: "acme", Name: "old", Installation: 5}}
	d.Gone = []int64{80}
	w.accept(s, d)
	for _, p := range []struct {
		repo         int64
		number       int
		head, branch string
		state        pull.Lifecycle
	}{
		{77, 1, "h1", "main", pull.Open}, {77, 2, "h2", "main", pull.Open}, {77, 3, "h1", "release", pull.Open},
		{77, 4, "h4", "main", pull.Closed}, {78, 1, "h1", "main", pull.Open}, {79, 1, "h9", "main", pull.Open},
		{80, 1, "h1", "main", pull.Open},
	} {
		r := pull.Record{Key: pull.Key{Repo: p.repo, Number: p.number}, State: "open"}
		r.Request.State, r.Request.Head.SHA, r.Request.Base.Branch = p.state, p.head, p.branch
		w.must(s.Save(w.Context(), r))
	}
}

var scopes = append([]promise{
	{"EachKindFindsItsOwn", func(w *world) {
		s := w.open()
		w.landscape(s)
		seen, _ := w.passes(s)
		for _, c := range []struct {
			name   string
			scopes []pull.Scope
			want   []string
		}{
			{"number", []pull.Scope{{Repo: 77, Number: 2}}, []string{"77#2"}},
			{"number, closed", []pull.Scope{{Repo: 77, Number: 4}}, []string{"77#4"}},
			{"head in a repository", []pull.Scope{{Repo: 77, Head: "h1"}}, []string{"77#1", "77#3"}},
			{"head anywhere", []pull.Scope{{Head: "h1"}}, []string{"77#1", "77#3", "78#1"}},
			{"head of a closed one", []pull.Scope{{Head: "h4"}}, nil},
			{"branch", []pull.Scope{{Repo: 77, Branch: "release"}}, []string{"77#3"}},
			{"repository", []pull.Scope{{Repo: 78}}, []string{"78#1"}},
			{"owner, whatever its case", []pull.Scope{{Owner: "ACME", Branch: "main"}}, []string{"77#1", "77#2", "78#1"}},
			{"installation", []pull.Scope{{Installation: 6}}, []string{"79#1"}},
			{"gone", []pull.Scope{{Repo: 80}}, nil},
			{"twice is once", []pull.Scope{{Head: "h9"}, {Repo: 79}, {Repo: 79, Number: 1}}, []string{"79#1"}},
			{"a number without a repository", []pull.Scope{{Number: 1}}, nil},
			{"number, unknown", []pull.Scope{{Repo: 77, Number: 9}}, []string{"77#9"}},
		} {
			d := delivery(c.scopes...)
			w.accept(s, d)
			w.idle(s)
			keys := map[string]int{}
			for len(seen) > 0 {
				work := <-seen
				keys[work.Key.String()] += len(work.News)
			}
			want := map[string]int{}
			for _, k := range c.want {
				want[k] = 1
			}
			if diff := cmp.Diff(want, keys); diff != "" {
				w.Errorf("%s: passes by news (-want +got):\n%s", c.name, diff)
			}
		}
	}},
	{"AnEmptyScopeIsEveryOpenOne", func(w *world) {
		s := w.open()
		w.landscape(s)
		n, err := s.File(w.Context(), []pull.Scope{{}}, true)
		if n != 5 || err != nil {
			w.Errorf("reached %d, %v; want 5", n, err)
		}
	}},
	{"AHeadIsKnownBeforeTheFirstPass", func(w *world) {
		s := w.open()
		opened := delivery(one(1))
		opened.Event, opened.News.Event, opened.News.SHA = "pull_request", "pull_request", "new-head"
		w.accept(s, opened)
		n, err := s.File(w.Context(), []pull.Scope{{Repo: repo, Head: "new-head"}}, false)
		if n != 1 || err != nil {
			w.Errorf("a check on the new head reached %d, %v; want 1", n, err)
		}
		// A pass that read the head before must not make the hint be forgotten.
		r := pull.Record{Key: key(1), State: "open"}
		r.Request.Head.SHA = "old-head"
		w.must(s.Save(w.Context(), r))
		for _, head := range []string{"old-head", "new-head"} {
			if n := got(s.File(w.Context(), []pull.Scope{{Head: head}}, false))(w); n != 1 {
				w.Errorf("after the save, %s reached %d, want 1", head, n)
			}
		}
	}},
}, unhurried...)

var unhurried = []promise{
	{"UnhurriedWorkIsPutOffUntilSomethingHurries", func(w *world) {
		s := w.open()
		s.Lull = time.Hour
		moved := one(1)
		moved.Unhurried = true
		w.accept(s, delivery(moved))
		seen, _ := w.passes(s)
		w.accept(s, delivery(one(2)))
		if work := next(w, seen); work.Key != key(2) {
			w.Fatalf("first pass is of %s, want #2", work.Key)
		}
		w.accept(s, delivery(moved))
		w.accept(s, delivery(one(1)))
		if work := next(w, seen); work.Key != key(1) || len(work.News) != 3 {
			w.Errorf("pass of %s with %d news, want #1 with 3", work.Key, len(work.News))
		}
	}},
	{"UnhurriedWorkNeverDelaysAJob", func(w *world) {
		s := w.open()
		s.Lull = time.Hour
		moved := one(1)
		moved.Unhurried = true
		w.accept(s, delivery(one(1)))
		w.accept(s, delivery(moved))
		seen, _ := w.passes(s)
		if work := next(w, seen); len(work.News) != 2 {
			w.Errorf("%d news, want 2", len(work.News))
		}
	}},
	{"ManyCalmPullRequestsWaitLongerForAMovedTarget", func(w *world) {
		s := w.open()
		s.Lull, s.Share = time.Millisecond, time.Hour
		for n := range 14 {
			w.must(s.Save(w.Context(), calm(n+1, n > 1)))
		}
		w.accept(s, delivery(pull.Scope{Repo: repo, Branch: "main", Unhurried: true}))
		seen, _ := w.passes(s)
		if first, second := next(w, seen).Key.Number, next(w, seen).Key.Number; first+second != 3 {
			w.Fatalf("the passes are of #%d and #%d, want the two that are not calm", first, second)
		}
		w.accept(s, delivery(one(7)))
		if work := next(w, seen); work.Key != key(7) || len(work.News) != 2 {
			w.Errorf("pass of %s with %d news, want #7 with both: what happens to it does not wait", work.Key, len(work.News))
		}
	}},
	{"TenCalmPullRequestsDoNotWaitLonger", func(w *world) {
		s := w.open()
		s.Lull, s.Share = time.Millisecond, time.Hour
		for n := range 10 {
			w.must(s.Save(w.Context(), calm(n+1, true)))
		}
		w.must(s.Save(w.Context(), elsewhere(calm(11, true))))
		w.accept(s, delivery(pull.Scope{Repo: repo, Branch: "main", Unhurried: true}))
		seen, _ := w.passes(s)
		for range 10 {
			next(w, seen)
		}
	}},
	{"UnhurriedWorkComesAfterTheLull", func(w *world) {
		s := w.open()
		s.Lull = 20 * time.Millisecond
		moved := one(1)
		moved.Unhurried = true
		w.accept(s, delivery(moved))
		seen, _ := w.passes(s)
		next(w, seen)
	}},
}

// calm is the record of an open pull request into main.
func calm(number int, is bool) pull.Record {
	r := pull.Record{Key: key(number), State: "open", Calm: is}
	r.Request.State, r.Request.Base.Branch = pull.Open, "main"
	return r
}

func elsewhere(r pull.Record) pull.Record {
	r.Request.Base.Branch = "release"
	return r
}
