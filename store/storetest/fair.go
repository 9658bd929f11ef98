package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// quiet is a repository that seldom has news, beside the one that has many.
const quiet = repo + 1

func quietly(number int) pull.Scope { return pull.Scope{Repo: quiet, Number: number} }

// crowd makes one delivery that concerns so many pull requests of the noisy repository.
func crowd(n int) pull.Delivery {
	var scopes []pull.Scope
	for i := range n {
		scopes = append(scopes, one(i+1))
	}
	return delivery(scopes...)
}

var fair = []promise{
	{"AQuietRepositoryDoesNotWaitForANoisyOne", func(w *world) {
		s := w.open()
		w.accept(s, crowd(30))
		w.accept(s, delivery(quietly(1)))
		order, gate := make(chan pull.Key, 400), make(chan struct{})
		w.alone(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			<-gate
			order <- work.Key
			return pull.Outcome{}, nil
		}))
		close(gate)
		w.idle(s)
		at, noisy := 0, 0
		for i := range len(order) {
			if k := <-order; k.Repo == quiet {
				at = i + 1
			} else {
				noisy++
			}
		}
		if at == 0 || at > 2 || noisy != 30 {
			w.Errorf("the quiet repository was served as number %d, and %d passes of the noisy one ran; want at most 2, and all 30", at, noisy)
		}
	}},
	{"ANoisyRepositoryDoesNotStarveEither", func(w *world) {
		s := w.open()
		w.accept(s, crowd(50))
		w.accept(s, delivery(quietly(1)))
		var others, noisy atomic.Int32
		done := make(chan int32, 1)
		w.alone(s, doPass(func(ctx context.Context, work pull.Work) (pull.Outcome, error) {
			if work.Key.Repo == repo {
				if noisy.Add(1) == 50 {
					done <- others.Load()
				}
				return pull.Outcome{}, nil
			}
			others.Add(1)
			_, err := s.Accept(ctx, delivery(quietly(1))) // it never has nothing to do
			return pull.Outcome{}, err
		}))
		if n := next(w, done); n > 51 {
			w.Errorf("the 50 passes of one repository were done after %d of another, want at most 51", n)
		}
	}},
	{"EachOfManyRepositoriesGetsItsTurn", func(w *world) {
		s := w.open()
		w.accept(s, crowd(30))
		var scopes []pull.Scope
		for r := range int64(20) {
			scopes = append(scopes, pull.Scope{Repo: quiet + r, Number: 1}, pull.Scope{Repo: quiet + r, Number: 2})
		}
		w.accept(s, delivery(scopes...))
		order := make(chan int64, 200)
		w.alone(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			order <- work.Key.Repo
			return pull.Outcome{}, nil
		}))
		w.idle(s)
		for round := range 2 {
			seen := map[int64]bool{}
			for range 21 {
				seen[<-order] = true
			}
			if len(seen) != 21 {
				w.Errorf("round %d served %d repositories of 21", round+1, len(seen))
			}
		}
	}},
	{"WhoHasTheWorkersAloneGetsAllOfThem", func(w *world) {
		s := w.open()
		w.accept(s, crowd(8))
		begun, release := make(chan int, 8), make(chan struct{})
		w.work(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			begun <- work.Key.Number
			<-release
			return pull.Outcome{}, nil
		}))
		for range 8 {
			next(w, begun)
		}
		close(release)
	}},
	{"OnePassOfASlowRepositoryIsAllThatAQuietOneWaitsFor", func(w *world) {
		s := w.open()
		w.accept(s, crowd(20))
		begun, end := make(chan int64, 30), make(chan struct{})
		w.workers(s, doPass(func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			begun <- work.Key.Repo
			if work.Key.Repo == repo { // GitHub hangs for it
				<-end
			}
			return pull.Outcome{}, nil
		}), 4)
		for range 4 {
			next(w, begun)
		}
		w.accept(s, delivery(quietly(1)))
		end <- struct{}{}
		if began := next(w, begun); began != quiet {
			w.Errorf("a pass of %d began, want one of %d, although all workers have the slow one's", began, quiet)
		}
		close(end)
		w.idle(s)
	}},
	{"TheStatsNameWhoWaitsLongest", func(w *world) {
		s := w.open()
		w.accept(s, crowd(30))
		w.accept(s, delivery(quietly(1)))
		var many []pull.Scope
		for r := range int64(40) {
			many = append(many, pull.Scope{Repo: 1000 + r, Number: 1})
		}
		w.accept(s, delivery(many...))
		w.until("some time has passed", func() bool { return w.stats(s).Oldest > time.Millisecond })
		st := w.stats(s)
		if st.WaitingRepos != 42 || len(st.Slowest) != 10 {
			w.Fatalf("%d repositories wait and %d are named, want 42 and 10", st.WaitingRepos, len(st.Slowest))
		}
		first, second := st.Slowest[0], st.Slowest[1]
		if first.Repo != repo || first.Passes != 30 || second.Repo != quiet || second.Passes != 1 || first.Oldest < second.Oldest {
			w.Errorf("waiting longest: %+v, then %+v; want 30 of %d, then 1 of %d", first, second, repo, quiet)
		}
	}},
}

// alone runs the queue with one worker.
func (w *world) alone(s *store.Store, h store.Handlers) {
	w.Helper()
	w.workers(s, h, 1)
}
