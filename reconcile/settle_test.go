package reconcile

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// Whoever wrote a landing down died before the pull request's own record said so. What GitHub shows of it since then makes no
// difference: it has landed.
func TestThreat64ALandingThatOnlyHalfTheBooksKnowOfIsFinished(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*pull.Request)
		intent func(*pull.Intent)
		want   string
	}{
		"somebody closed it and pushed to it": {func(r *pull.Request) { r.State, r.Head.SHA = pull.Closed, sha("d") }, func(*pull.Intent) {}, StateLanded},
		"GitHub calls it open":                {func(*pull.Request) {}, func(*pull.Intent) {}, StateLanded},
		"GitHub calls it merged": {func(r *pull.Request) { r.State, r.Landed = pull.Merged, pull.Landed{SHA: sha("e")} },
			func(*pull.Intent) {}, StateLanded},
		"it was refused, and closed": {func(r *pull.Request) { r.State = pull.Closed }, func(i *pull.Intent) { i.State = pull.IntentRefused }, StateClosed},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := world(), &keepingStore{Store: &grantingStore{}}
			intent := pull.Intent{ID: 9, State: pull.IntentDone, Landed: sha("e"), Binding: pull.Binding{Number: w.Request.Number, Branch: "main",
				Base: w.Request.Base.SHA, Head: w.Request.Head.SHA, Merge: sha("e"), Method: pull.MethodExact}}
			tt.intent(&intent)
			tt.change(&w.Request)
			p := &pass{Reconciler: stillReconciler(nil, s), work: pull.Work{Key: w.Request.Key(), Intents: []pull.Intent{intent}}, log: stillReconciler(nil, nil).Log}
			if open := p.landingOpen(); open != (tt.want == StateLanded) {
				t.Errorf("a landing to be looked after: %v", open)
			}
			if _, _, err := p.settle(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			if s.last.State != tt.want {
				t.Errorf("the record says %q, want %q", s.last.State, tt.want)
			}
			if tt.want == StateLanded && (s.last.LandedSHA != sha("e") || p.landingOpen()) {
				t.Errorf("landed as %q, still to be looked after: %v", s.last.LandedSHA, p.landingOpen())
			}
		})
	}
}
