package storetest

import (
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
