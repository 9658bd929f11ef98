package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
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

func (s *silence) FailedDeliveries(_ context.Context, since time.Time, _ string) ([]pull.FailedDelivery, string, error) {
	s.since = append(s.since, since)
	return s.failed, "", nil
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

// backlog is a GitHub that recorded very many deliveries, of which each look reads a part.
type backlog struct {
	*silence
	all   []pull.FailedDelivery // newest first
	looks int                   // since the last recovery
}

func (b *backlog) FailedDeliveries(_ context.Context, since time.Time, from string) (failed []pull.FailedDelivery, rest string, err error) {
	b.looks++
	begin, _ := strconv.Atoi(from)
	for i, f := range b.all[begin:] {
		if f.At.Before(since) {
			return failed, "", nil
		}
		if i == 3_000 {
			return failed, strconv.Itoa(begin + i), nil
		}
		if f.Status != 200 {
			failed = append(failed, f)
		}
	}
	return failed, "", nil
}

// TestThreat7ThreeDaysOfDeliveriesAreLookedThroughInParts: ten thousand open pull requests cause a hundred thousand deliveries in
// three days. Each recovery reads a bounded part of the list, what is new first, and in the end nothing was left out.
func TestThreat7ThreeDaysOfDeliveriesAreLookedThroughInParts(t *testing.T) {
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	b := &backlog{silence: &silence{came: map[string]bool{}, asked: map[int64]int{}}}
	lost := 0
	for i := range int64(100_000) {
		d := pull.FailedDelivery{ID: i, GUID: fmt.Sprint(i), Status: 200, At: now.Add(-time.Duration(i) * 2500 * time.Millisecond)}
		if i%100 == 7 {
			d.Status = 502
			lost++
		}
		b.all = append(b.all, d)
	}
	u := &Upkeep{GitHub: b, Store: b, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	most, recoveries := 0, 0
	for ; len(b.asked) < lost && recoveries < 60; recoveries++ {
		b.looks = 0
		if err := u.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if most = max(most, b.looks); recoveries == 0 && (b.asked[7] != 1 || b.asked[99_907] != 0) {
			t.Errorf("the newest was asked for %d times and the oldest %d times, want the newest first", b.asked[7], b.asked[99_907])
		}
		now = now.Add(time.Minute)
	}
	if len(b.asked) != lost || most > 2 || recoveries > 40 {
		t.Errorf("%d of %d were asked for by %d recoveries of at most %d looks; want all, 40 and 2", len(b.asked), lost, recoveries, most)
	}
	t.Logf("%d of 100,000 lost: asked for by %d recoveries, of at most %d looks each", lost, recoveries, most)
}
