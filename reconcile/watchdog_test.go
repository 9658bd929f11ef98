package reconcile

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

type commentGitHub struct {
	GitHub
	said []string
}

func (g *commentGitHub) Comment(_ context.Context, _ pull.Repo, _ int, text string) error {
	g.said = append(g.said, text)
	return nil
}

func TestTheWatchdogSpeaksOnceForEachHead(t *testing.T) {
	g, s := &commentGitHub{}, &keepingStore{}
	now, codes := noon, []string{}
	p := &pass{log: slog.New(slog.DiscardHandler), Reconciler: &Reconciler{GitHub: g, Store: s, Watchdog: 10 * time.Minute,
		Now: func() time.Time { return now }, Overdue: func(code string) { codes = append(codes, code) }}}
	record := pull.Record{State: StateOpen, Due: noon, Request: pull.Request{Head: pull.Head{SHA: "h"}}, Verdicts: []pull.Verdict{
		{Gate: pull.GateAutomerge, Reasons: []pull.Reason{{Code: "landing-refused", Message: "GitHub refused", Next: "Mend it."}}}}}
	p.work.Last = &record
	look := func() time.Duration {
		outcome, err := p.overdue(t.Context(), pull.Outcome{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return outcome.After
	}
	now = noon.Add(4 * time.Minute)
	if after := look(); after != 6*time.Minute || len(g.said) > 0 {
		t.Errorf("early: looks again in %s, said %q", after, g.said)
	}
	now = noon.Add(10 * time.Minute)
	for range 3 {
		look()
	}
	if len(g.said) != 1 || !strings.Contains(g.said[0], "GitHub refused") || !strings.Contains(g.said[0], "Mend it") || len(codes) != 1 || codes[0] != "landing-refused" {
		t.Errorf("said %q, counted %v; want one word with reason and next step", g.said, codes)
	}
	if s.last.Told != "h" {
		t.Errorf("in the books: %q, want the head", s.last.Told)
	}
	next := s.last
	next.Request.Head.SHA = "other"
	p.work.Last = &next
	if look(); len(g.said) != 2 {
		t.Errorf("another head: said %d times", len(g.said))
	}
	next.Due, next.Told = time.Time{}, ""
	if look(); len(g.said) != 2 {
		t.Error("it spoke of what waits for people")
	}
}

func TestWhatIsDue(t *testing.T) {
	for code, want := range map[string]bool{"ready": true, "awaiting-turn": true, "landing-refused": true, "linear-history": true,
		"vetoed": false, "draft": false, "not-triggered": false, "check-pending": false, "check-never-started": false, "gate-duo": false, "frozen": false, "behind": false} {
		v := pull.Verdict{Reasons: []pull.Reason{{Code: code}}}
		if got := automerge.Due(v); got != want {
			t.Errorf("%s: due %v, want %v", code, got, want)
		}
		v.Reasons = append(v.Reasons, pull.Reason{Code: "gate-approval"})
		if automerge.Due(v) {
			t.Errorf("%s and an open gate: due", code)
		}
	}
	if automerge.Due(pull.Verdict{}) {
		t.Error("due without a verdict")
	}
}
