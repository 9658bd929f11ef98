package hub

import (
	"context"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// TestExplanationsWaitWhereLandingsNeedTheBudget: with a tenth of the hour left, comments and reactions wait for the next
// hour, and check runs, of which landings consist, still go out.
func TestExplanationsWaitWhereLandingsNeedTheBudget(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	now := time.Now()
	h := w.connect(w.start(), func(c *Config) { c.Now = func() time.Time { return now } })
	w.gh.RateLimit(20)
	ctx, repo := context.Background(), w.asRepo()
	check := func() error {
		_, err := h.Publish(ctx, repo, pull.Report{Name: "sallyport/approval", SHA: p.Head(), Status: "in_progress", Title: "wait", ExternalID: "x"})
		return err
	}
	for range 18 {
		if err := check(); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Comment(ctx, repo, p.Number, "two of twenty are left, which is a tenth"); err != nil {
		t.Fatalf("nothing is short yet: %v", err)
	}
	f := wantFailure(t, h.Comment(ctx, repo, p.Number, "why"), pull.Transient, codeReserved)
	if f.After <= 0 || f.After > time.Hour+time.Second+time.Since(now) { // GitHub says it in whole seconds, of its own clock
		t.Errorf("it waits for %s, want until the next hour", f.After)
	}
	if got := len(p.Comments()); got != 1 {
		t.Errorf("%d comments were written, want 1", got)
	}
	if err := check(); err != nil {
		t.Errorf("a landing does not wait: %v", err)
	}
	now = now.Add(time.Hour + time.Minute)
	if h.spare(request{installation: repo.Installation, operation: "comment", explains: true}) != nil {
		t.Error("the next hour has begun, and explanations still wait")
	}
}

// TestLooksThatCanWaitLeavePointsToLandings: with less than a tenth of the hour's points left, a look that can wait does,
// whatever is left of the other budget.
func TestLooksThatCanWaitLeavePointsToLandings(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	h := w.connect(w.start())
	w.gh.RateLimit(100)
	repo := w.asRepo()
	for i := range 120 {
		err := h.Spare(repo)
		if err != nil {
			wantFailure(t, err, pull.Transient, codeReserved)
			if i < 5 {
				t.Errorf("it waits after %d looks already", i)
			}
			if _, err := h.Snapshot(t.Context(), repo, p.Number, pull.Question{}); err != nil {
				t.Errorf("a landing does not wait: %v", err)
			}
			return
		}
		if _, err := h.Snapshot(t.Context(), repo, p.Number, pull.Question{}); err != nil {
			t.Fatalf("after %d looks: %v", i, err)
		}
	}
	t.Error("nothing was ever kept back")
}
