package storetest

import (
	"errors"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

func (w *world) take(s *store.Store, number int, ttl time.Duration) pull.Turn {
	w.Helper()
	return got(s.TakeTurn(w.Context(), key(number), "main", ttl, false))(w)
}

var turns = []promise{
	{"FirstComeFirstServed", func(w *world) {
		a, b := w.pair()
		t1 := w.take(a, 1, time.Minute)
		t2 := w.take(b, 2, time.Minute)
		t3 := w.take(a, 3, time.Minute)
		if !t1.Holds || t2.Holds || t3.Holds {
			w.Fatalf("holds: %v %v %v, want only the first", t1.Holds, t2.Holds, t3.Holds)
		}
		if !t1.Since.Before(t2.Since) || t1.Expires.IsZero() || !t2.Expires.IsZero() {
			w.Errorf("times: %+v, %+v", t1, t2)
		}
		w.must(a.LeaveTurn(w.Context(), key(1), "main"))
		if w.take(b, 3, time.Minute).Holds {
			w.Error("the third overtook the second")
		}
		t2 = w.take(b, 2, time.Minute)
		if !t2.Holds || t2.Epoch <= t1.Epoch {
			w.Errorf("the second holds %v under epoch %d, after epoch %d", t2.Holds, t2.Epoch, t1.Epoch)
		}
	}},
	{"BranchesAreApart", func(w *world) {
		s := w.open()
		w.take(s, 1, time.Minute)
		if turn := got(s.TakeTurn(w.Context(), key(2), "release", time.Minute, false))(w); !turn.Holds {
			w.Error("the turn on main blocks release")
		}
		if turn := got(s.TakeTurn(w.Context(), pull.Key{Repo: repo + 1, Number: 2}, "main", time.Minute, false))(w); !turn.Holds {
			w.Error("the turn in one repository blocks another")
		}
	}},
	{"TheHolderMayExtend", func(w *world) {
		s := w.open()
		short := w.take(s, 1, time.Minute)
		long := w.take(s, 1, time.Hour)
		if !long.Holds || long.Epoch != short.Epoch || !long.Expires.After(short.Expires) {
			w.Errorf("extended %+v to %+v", short, long)
		}
	}},
	{"AnExpiredHolderStartsAgainAtTheEnd", func(w *world) {
		s := w.open()
		t1 := w.take(s, 1, time.Microsecond)
		w.until("the turn of the first has passed to the second", func() bool { return w.take(s, 2, time.Minute).Holds })
		if w.take(s, 1, time.Minute).Holds {
			w.Error("the expired holder holds again while another does")
		}
		w.must(s.LeaveTurn(w.Context(), key(2), "main"))
		if again := w.take(s, 1, time.Minute); !again.Holds || again.Epoch <= t1.Epoch {
			w.Errorf("the first again: %+v, before %+v", again, t1)
		}
	}},
	{"LeavingWakesTheNext", func(w *world) {
		s := w.open()
		w.take(s, 1, time.Minute)
		w.take(s, 2, time.Minute)
		w.must(s.LeaveTurn(w.Context(), key(1), "main"))
		for _, turn := range got(s.Turns(w.Context(), 0))(w) {
			if turn.Holds {
				w.Errorf("%d was given the turn without asking", turn.Number)
			}
		}
		seen, _ := w.passes(s)
		if work := next(w, seen); work.Key != key(2) {
			w.Errorf("woken: %s, want #2", work.Key)
		}
	}},
	{"AClosedPullRequestLeaves", func(w *world) {
		s := w.open()
		w.take(s, 1, time.Minute)
		w.take(s, 2, time.Minute)
		r := pull.Record{Key: key(1), State: "closed"}
		r.Request.State = pull.Closed
		w.must(s.Save(w.Context(), r))
		if !w.take(s, 2, time.Minute).Holds {
			w.Error("the turn of a closed pull request blocks the next")
		}
	}},
	{"ARetargetedPullRequestQueuesOnce", func(w *world) {
		s := w.open()
		w.take(s, 1, time.Minute)
		got(s.TakeTurn(w.Context(), key(1), "release", time.Minute, false))(w)
		var branches []string
		for _, turn := range got(s.Turns(w.Context(), repo))(w) {
			branches = append(branches, turn.Branch)
		}
		if diff := cmp.Diff([]string{"release"}, branches); diff != "" {
			w.Errorf("queued on (-want +got):\n%s", diff)
		}
	}},
	{"TheListShowsTheOrder", func(w *world) {
		s := w.open()
		for _, n := range []int{5, 3, 4} {
			w.take(s, n, time.Minute)
		}
		var numbers []int
		list := got(s.Turns(w.Context(), repo))(w)
		for _, turn := range list {
			numbers = append(numbers, turn.Number)
		}
		if diff := cmp.Diff([]int{5, 3, 4}, numbers); diff != "" {
			w.Errorf("order (-want +got):\n%s", diff)
		}
		if !list[0].Holds || list[1].Holds {
			w.Errorf("holders: %+v", list)
		}
	}},
	{"PriorityGoesFirstButNeverBeforeTheHolder", func(w *world) {
		s := w.open()
		hurry := func(number int) pull.Turn {
			return got(s.TakeTurn(w.Context(), key(number), "main", time.Minute, true))(w)
		}
		w.take(s, 1, time.Minute)
		w.take(s, 2, time.Minute)
		if hurry(3).Holds {
			w.Fatal("it jumped over the holder")
		}
		w.must(s.LeaveTurn(w.Context(), key(1), "main"))
		if w.take(s, 2, time.Minute).Holds {
			w.Error("priority was not heeded")
		}
		if turn := hurry(3); !turn.Holds || !turn.Priority {
			w.Errorf("the turn is %+v, want it held", turn)
		}
		if list := got(s.Turns(w.Context(), repo))(w); !list[0].Priority || list[1].Priority {
			w.Errorf("listed: %+v", list)
		}
	}},
	{"NobodyIsOvertakenMoreThanThreeTimes", func(w *world) {
		s := w.open()
		w.take(s, 1, time.Minute)
		w.take(s, 2, time.Minute)
		holder := 1
		var order []int
		for n := 10; n < 15; n++ {
			got(s.TakeTurn(w.Context(), key(n), "main", time.Minute, true))(w)
			w.must(s.LeaveTurn(w.Context(), key(holder), "main"))
			if w.take(s, 2, time.Minute).Holds {
				holder = 2
			} else if holder = n; !got(s.TakeTurn(w.Context(), key(n), "main", time.Minute, true))(w).Holds {
				w.Fatalf("neither #2 nor #%d holds the turn", n)
			}
			if order = append(order, holder); holder == 2 {
				break
			}
		}
		if diff := cmp.Diff([]int{10, 11, 12, 2}, order); diff != "" {
			w.Errorf("order (-want +got):\n%s", diff)
		}
	}},
	{"Threat63ReplicasNeverHoldTogether", func(w *world) {
		a, b := w.pair()
		var mu sync.Mutex
		epochs := map[int64]int{}
		var wg sync.WaitGroup
		for i := range 8 {
			s := []*store.Store{a, b}[i%2]
			wg.Go(func() {
				for {
					turn, err := s.TakeTurn(w.Context(), key(i+1), "main", time.Minute, false)
					if err == nil && turn.Holds {
						mu.Lock()
						epochs[turn.Epoch]++
						mu.Unlock()
						err = s.LeaveTurn(w.Context(), key(i+1), "main")
						if err == nil {
							return
						}
					}
					if err != nil {
						w.Error(errors.Join(errors.New("taking turns"), err))
						return
					}
				}
			})
		}
		wg.Wait()
		if len(epochs) != 8 {
			w.Errorf("%d epochs for 8 turns: %v", len(epochs), epochs)
		}
	}},
}
