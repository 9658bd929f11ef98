package hub

import (
	"context"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// asleep is the context of a process that was stopped beyond its deadline and has just woken up: the clock shows it, and no
// timer has fired yet.
type asleep struct{ context.Context }

func (asleep) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }
func (asleep) Done() <-chan struct{}       { return nil }
func (asleep) Err() error                  { return nil }

func TestThreat63WhoeverSleptBeyondItsTimeAsksNothing(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	for name, act := range map[string]func(ctx context.Context) error{
		"by REST":    func(ctx context.Context) error { return w.hub.Comment(ctx, w.asRepo(), p.Number, "late") },
		"by GraphQL": func(ctx context.Context) error { _, err := w.hub.OpenPulls(ctx, w.asRepo()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w.gh.ResetCalls()
			err := act(asleep{context.Background()})
			if pull.ClassOf(err) != pull.Transient || err == nil {
				t.Errorf("got %v, want a transient failure", err)
			}
			if calls := w.gh.Calls(); len(calls) > 0 {
				t.Errorf("%d calls were made after the time was over", len(calls))
			}
		})
	}
}
