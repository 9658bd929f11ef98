package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// silence is a GitHub that could not hand over, and books into which what is asked for again comes at once.
type silence struct {
	Directory
	Filing
	failed []pull.FailedDelivery
	since  []time.Time
	came   map[string]bool
	asked  map[int64]int
}

func (s *silence) FailedDeliveries(_ context.Context, since time.Time) ([]pull.FailedDelivery, error) {
	s.since = append(s.since, since)
	return s.failed, nil
}

func (s *silence) Redeliver(_ context.Context, id int64) error {
	s.asked[id]++
	s.came[fmt.Sprint(id)] = true
	return nil
}

func (s *silence) Seen(_ context.Context, guids []string) (map[string]bool, error) {
	return s.came, nil
}

func (s *silence) Redelivered(_ context.Context, guid string) (bool, error) { return true, nil }

// TestThreat7RecoveryIsBounded: an outage is not answered by a storm, nothing is asked for twice, the gap shows until it is
// closed, and later looks do not read three days again.
func TestThreat7RecoveryIsBounded(t *testing.T) {
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	s := &silence{came: map[string]bool{}, asked: map[int64]int{}}
	for i := range int64(2*redeliverMost + 50) {
		s.failed = append(s.failed, pull.FailedDelivery{ID: i, GUID: fmt.Sprint(i), At: now.Add(-time.Hour)})
	}
	var gaps []Gap
	u := &Upkeep{GitHub: s, Store: s, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Gap: func(g Gap) { gaps = append(gaps, g) }}
	for range 5 {
		if err := u.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	for i, want := range []struct{ missing, asked, healed int }{{450, 200, 0}, {250, 200, 200}, {50, 50, 200}, {0, 0, 50}, {0, 0, 0}} {
		if g := gaps[i]; g.Missing != want.missing || g.Asked != want.asked || len(g.Healed) != want.healed {
			t.Errorf("recovery %d: missing %d, asked %d, healed %d; want %v", i, g.Missing, g.Asked, len(g.Healed), want)
		}
	}
	if got, want := gaps[1].Oldest, time.Hour+time.Minute; got != want {
		t.Errorf("the oldest is missing for %s, want %s", got, want)
	}
	for id, times := range s.asked {
		if times != 1 {
			t.Errorf("delivery %d was asked for %d times", id, times)
		}
	}
	if first, last := s.since[0], s.since[4]; now.Add(-5*time.Minute).Sub(first) != recoverWindow || now.Add(-time.Minute).Sub(last) > recoverOverlap+time.Minute {
		t.Errorf("looked back to %s at first and %s at last", first, last)
	}
}
