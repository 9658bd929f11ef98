package storetest

import (
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// heard waits for news, and takes it.
func (w *world) heard(what string, changed <-chan struct{}) {
	w.Helper()
	select {
	case <-changed:
	case <-time.After(patience):
		w.Fatalf("%s: nobody told", what)
	}
}

var following = []promise{
	{"ChangesAreToldInEveryProcess", func(w *world) {
		a, b := w.pair()
		for _, s := range []*store.Store{a, b} {
			one, leave := s.Follow(key(3))
			defer leave()
			whole, leaveWhole := s.Follow(pull.Key{})
			defer leaveWhole()
			for what, change := range map[string]func() error{
				"a record": func() error { return a.Save(w.Context(), record(3, pull.Wait)) },
				"a ledger row": func() error {
					return a.Append(w.Context(), pull.Entry{Kind: "freeze", Repo: repo, Pull: 3, Body: 1})
				},
				"the queue of its repository": func() error {
					_, err := a.TakeTurn(w.Context(), key(4), "main", time.Minute, false)
					if err == nil {
						err = a.LeaveTurn(w.Context(), key(4), "main")
					}
					return err
				},
			} {
				w.must(change())
				w.heard(what, one)
				w.heard(what+", to all", whole)
			}
		}
	}},
	{"OthersChangesAreNotTold", func(w *world) {
		s := w.open()
		other, leave := s.Follow(key(5))
		defer leave()
		elsewhere, leaveElsewhere := s.Follow(pull.Key{Repo: repo + 1})
		defer leaveElsewhere()
		gone, leaveGone := s.Follow(key(3))
		leaveGone()
		w.must(s.Save(w.Context(), record(3, pull.Wait))) // telling comes before Save returns
		for what, changed := range map[string]<-chan struct{}{"another pull request": other, "another repository": elsewhere, "somebody who left": gone} {
			select {
			case <-changed:
				w.Errorf("%s was told", what)
			default:
			}
		}
	}},
}
