package store

import (
	"context"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// What a process works on is left to it however long that takes; what it works on no longer, though the database says so, because
// the end could not be written down, is taken up again by this very process.
func TestThreat64AJobWhoseEndWasLostIsTakenUpAgain(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		s.Lease = time.Nanosecond
		begun, release, ended := make(chan bool, 9), make(chan struct{}), make(chan error)
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			ended <- s.Run(ctx, Handlers{Pass: func(context.Context, pull.Work) (pull.Outcome, error) {
				begun <- true
				<-release
				return pull.Outcome{}, nil
			}}, Periods{})
		}()
		if _, err := s.File(t.Context(), []pull.Scope{{Repo: 1, Number: 2}}, true); err != nil {
			t.Fatal(err)
		}
		<-begun
		if err := s.regain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `river_job WHERE state = 'running' AND kind = 'reconcile'`); n != 1 {
			t.Errorf("%d passes run, want the one that is at hand", n)
		}
		s.hand.ids.Clear()
		if err := s.regain(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-begun:
		case <-time.After(30 * time.Second):
			t.Error("it was not taken up again")
		}
		close(release)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
