package hub

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// On GitHub a dismissed review shows neither what it said nor who dismissed it: the timeline does.
func TestThreat83WhoDismissedAReview(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	for _, state := range []pull.ReviewState{pull.ChangesRequested, pull.Approved, pull.ChangesRequested} {
		review := must(p.Review(w.bo, state, ""))(t)
		if state == pull.Approved || len(w.snapshot(p).Reviews) == 1 {
			if err := p.DismissReview(review, w.alice, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := w.snapshot(p).Reviews
	if len(got) != 3 || !got[0].Objected || got[0].DismissedBy != accountOf(w.alice) {
		t.Errorf("a dismissed objection: got %+v", got)
	}
	for _, r := range got[1:] {
		if r.Objected || r.DismissedBy.Known() {
			t.Errorf("a dismissed approval, or an objection that stands: got %+v", r)
		}
	}
}

// More dismissals than are read would otherwise hide one of them.
func TestThreat83DismissalsThatAreNotShownAreNobodys(t *testing.T) {
	var p pullFacts
	p.Dismissals.Nodes = []dismissalFacts{{Before: "APPROVED"}}
	got := p.dismissed([]pull.Review{{ID: 1, State: pull.Dismissed}, {ID: 2, State: pull.Approved}})
	if !got[0].Objected || got[0].DismissedBy.Known() || got[1].Objected {
		t.Errorf("got %+v", got)
	}
}
