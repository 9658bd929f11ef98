package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// owned makes repositories known to the store, as events do.
func (w *world) owned(ids ...int64) []pull.Repo {
	var repos []pull.Repo
	for _, id := range ids {
		repos = append(repos, pull.Repo{ID: id, NodeID: "R", Owner: "acme", Name: string(rune('a' + id%26)), DefaultBranch: "main", Installation: 5})
	}
	return repos
}

// green is the record of an open pull request whose gates all pass.
func green(n int) pull.Record {
	r := record(n, pull.Pass)
	for _, g := range []pull.Gate{pull.GateDuo, pull.GateSignatures} {
		r.Verdicts = append(r.Verdicts, pull.Verdict{Gate: g, State: pull.Pass})
	}
	return r
}

var many = []promise{
	{"TheOverviewIsReadInPagesOfTheRepositoriesThatAreAskedFor", func(w *world) {
		s := w.open()
		w.must(s.UpsertRepos(w.Context(), w.owned(repo, quiet)))
		for n := 1; n <= 520; n++ {
			w.must(s.Save(w.Context(), record(n, pull.Wait)))
		}
		other := record(1, pull.Wait)
		other.Key.Repo, other.Request.Repo.ID = quiet, quiet
		w.must(s.Save(w.Context(), other))
		ungated := record(2, pull.Wait)
		ungated.Key.Repo, ungated.Request.Repo.ID, ungated.State = quiet, quiet, "ungated"
		w.must(s.Save(w.Context(), ungated))
		for i := range 10 { // others change all the time
			w.must(s.Save(w.Context(), record(i+1, pull.Pass)))
		}
		open := map[int64]int{}
		for _, o := range got(s.OpenRepos(w.Context()))(w) {
			open[o.Repo.ID] = o.Open
		}
		if diff := cmp.Diff(map[int64]int{repo: 520, quiet: 1}, open); diff != "" {
			w.Errorf("open (-want +got):\n%s", diff)
		}
		for _, tc := range []struct {
			repos []int64
			skip  int
			want  int
		}{{[]int64{quiet}, 0, 1}, {[]int64{repo}, 0, 500}, {[]int64{repo}, 500, 20}, {[]int64{repo, quiet}, 500, 21}, {[]int64{repo}, 520, 0}, {nil, 0, 0}} {
			if n := len(got(s.OpenRecords(w.Context(), tc.repos, tc.skip))(w)); n != tc.want {
				w.Errorf("%v behind %d: %d records, want %d", tc.repos, tc.skip, n, tc.want)
			}
		}
	}},
	{"WhatWasReadLongestAgoComesRoundToAll", func(w *world) {
		s := w.open()
		w.must(s.UpsertRepos(w.Context(), w.owned(repo)))
		for n := 1; n <= 7; n++ {
			w.must(s.Save(w.Context(), record(n, pull.Wait)))
		}
		seen := map[int]int{}
		for round := range 3 {
			for _, k := range got(s.Stalest(w.Context(), 5, 3))(w) {
				seen[k.Number]++
			}
			if len(seen) != min(3*round+3, 7) {
				w.Errorf("after %d sweeps %d of 7 were read again: %v", round+1, len(seen), seen)
			}
		}
		if none := got(s.Stalest(w.Context(), 6, 3))(w); len(none) != 0 {
			w.Errorf("another installation is given %v", none)
		}
	}},
	{"Threat7ABaseThatMovesUnderManyIsReadInTurn", func(w *world) {
		s := w.open()
		s.Lull = 0
		const open, ready, turn = 130, 120, 125
		for n := 1; n <= open; n++ {
			r := record(n, pull.Wait)
			if n >= ready && n < turn {
				r = green(n)
			}
			w.must(s.Save(w.Context(), r))
		}
		for n := turn; n < open; n++ {
			got(s.TakeTurn(w.Context(), key(n), "main", time.Hour, n == turn+1))(w)
		}
		moved := pull.Scope{Repo: repo, Branch: "main", Unhurried: true}
		for range 3 { // each further move brings forward, and puts nobody off
			w.accept(s, delivery(moved))
		}
		if jobs := w.stats(s).Jobs["passes"]; jobs["available"] != 10 || jobs["scheduled"] != open-10 {
			w.Fatalf("%v, want 10 at once and the other %d later", jobs, open-10)
		}
		order := make(chan int, open)
		w.alone(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			order <- work.Key.Number
			return pull.Outcome{}, nil
		}))
		var first []int
		for range 10 {
			first = append(first, next(w, order))
		}
		slices.Sort(first)
		if diff := cmp.Diff([]int{120, 121, 122, 123, 124, 125, 126, 127, 128, 129}, first); diff != "" {
			w.Errorf("who queues to land comes first, then who is green (-want +got):\n%s", diff)
		}
		w.accept(s, delivery(one(7)))
		if n := next(w, order); n != 7 {
			w.Errorf("#%d was read, want #7, which has news of its own", n)
		}
	}},
	{"ABaseThatMovesUnderFewIsReadAtAPace", func(w *world) {
		s := w.open()
		s.Lull = 0
		for n := 1; n <= 60; n++ {
			w.must(s.Save(w.Context(), record(n, pull.Wait)))
		}
		const confirmed = 30
		for n := 61; n <= 60+confirmed; n++ {
			r := green(n)
			r.Verdicts[1].Reasons = []pull.Reason{{Code: "confirmed", State: pull.Pass}}
			w.must(s.Save(w.Context(), r))
		}
		for range 3 {
			w.accept(s, delivery(pull.Scope{Repo: repo, Branch: "main", Unhurried: true}))
		}
		// Ten at once, whatever was confirmed on a phone, and one more for each second since.
		if jobs := w.stats(s).Jobs["passes"]; jobs["available"] < confirmed || jobs["available"] > confirmed+20 {
			w.Errorf("%v, want those that were confirmed and few others", jobs)
		}
	}},
	{"RulesThatMayHaveChangedAreJudgedByAtOnceAndTheGreenFirst", func(w *world) {
		s := w.open()
		s.Lull, s.Share = time.Hour, time.Hour
		const open = 120
		for n := 1; n <= open; n++ {
			r := record(n, pull.Wait)
			if n >= 71 && n < 81 {
				r = green(n)
			}
			w.must(s.Save(w.Context(), r))
		}
		got(s.TakeTurn(w.Context(), key(99), "main", time.Hour, false))(w)
		w.accept(s, delivery(pull.Scope{Repo: repo, Branch: "main", Unhurried: true}))
		w.accept(s, delivery(pull.Scope{Repo: repo, Branch: "main"}))
		if jobs := w.stats(s).Jobs["passes"]; jobs["available"] != open {
			w.Errorf("%v, want all %d at once", jobs, open)
		}
		order := make(chan int, open)
		w.alone(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			order <- work.Key.Number
			return pull.Outcome{}, nil
		}))
		var first []int
		for range 11 {
			first = append(first, next(w, order))
		}
		slices.Sort(first)
		if diff := cmp.Diff([]int{71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 99}, first); diff != "" {
			w.Errorf("what is green comes first, then who queues to land (-want +got):\n%s", diff)
		}
	}},
	{"HeadsOfWhatIsOpen", func(w *world) {
		s := w.open()
		w.must(s.Save(w.Context(), record(1, pull.Wait)))
		closed := record(2, pull.Wait)
		closed.Request.State, closed.State = pull.Closed, "closed"
		w.must(s.Save(w.Context(), closed))
		w.accept(s, delivery(one(3)))
		if diff := cmp.Diff(map[int]string{1: "h", 3: ""}, got(s.OpenHeads(w.Context(), repo))(w)); diff != "" {
			w.Errorf("heads (-want +got):\n%s", diff)
		}
	}},
}
