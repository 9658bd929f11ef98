package storetest

import (
	"sync"
)

var updating = []promise{
	{"OneTipIsForAFewUpdatesAtMost", func(w *world) {
		a, b := w.pair()
		var wait sync.WaitGroup
		var mu sync.Mutex
		admitted := map[int]bool{}
		for number := 1; number <= 8; number++ {
			s := a
			if number%2 == 0 {
				s = b
			}
			wait.Go(func() {
				ok, err := s.AdmitUpdate(w.Context(), key(number), "main", "tip", 3)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					w.Error(err)
				}
				admitted[number] = ok
			})
		}
		wait.Wait()
		count := 0
		for number, ok := range admitted {
			if again := got(b.AdmitUpdate(w.Context(), key(number), "main", "tip", 3))(w); again != ok {
				w.Errorf("number %d was answered %v, and then %v", number, ok, again)
			}
			if ok {
				count++
			}
		}
		if count != 3 {
			w.Errorf("%d were admitted, want 3", count)
		}
	}},
	{"EachTipAndBranchCountsByItself", func(w *world) {
		s := w.open()
		admit := func(number int, branch, base string) bool {
			return got(s.AdmitUpdate(w.Context(), key(number), branch, base, 1))(w)
		}
		if !admit(1, "main", "tip") || admit(2, "main", "tip") {
			w.Error("the first tip is for one alone")
		}
		if !admit(2, "main", "next tip") {
			w.Error("the next tip counts the updates of the one before")
		}
		if !admit(3, "release", "tip") {
			w.Error("another branch counts the updates of this one")
		}
	}},
}
