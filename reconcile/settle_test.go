package reconcile

import (
	"context"
	"testing"
	"time"

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

// containing is a GitHub whose branch does or does not contain what we moved it to.
type containing struct {
	GitHub
	asked    int
	contains bool
}

func (g *containing) Contains(context.Context, pull.Repo, string, string) (bool, error) {
	g.asked++
	return g.contains, nil
}

// GitHub calls a pull request merged and names no commit, or another one: what we moved the branch to is what the branch says, and
// of anything else nobody can say yet what it is.
func TestThreat57WhatIsMergedWithoutACommitIsLookedAtAgain(t *testing.T) {
	open := pull.IntentOpen
	for name, tt := range map[string]struct {
		method   string
		state    pull.IntentState
		named    string
		contains bool
		asks     int
		want     string // the record's state; none where it is looked at again
	}{
		"exact, and named":                              {pull.MethodExact, open, sha("e"), true, 0, StateLanded},
		"exact, in the branch, and not named":           {pull.MethodExact, open, "", true, 1, StateLanded},
		"exact, in the branch, and named after another": {pull.MethodExact, open, sha("d"), true, 1, StateLanded},
		"exact, and not to be seen":                     {pull.MethodExact, open, "", false, 1, ""},
		"exact, written down, and not named":            {pull.MethodExact, pull.IntentDone, "", true, 0, StateLanded},
		"merged by GitHub, and not named":               {pull.MethodMerge, open, "", false, 0, ""},
		"merged by a person, and not named":             {pull.MethodMerge, pull.IntentRefused, "", false, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, g, s := world(), &containing{contains: tt.contains}, &alarms{}
			r := &w.Request
			r.State, r.Landed = pull.Merged, pull.Landed{SHA: tt.named, At: noon.Add(-time.Minute)}
			b := pull.Binding{Number: r.Number, Branch: "main", Base: r.Base.SHA, Head: r.Head.SHA, Merge: sha("e"), Tree: sha("f"), Method: tt.method}
			if tt.named == b.Merge {
				r.Landed.Tree, r.Landed.Under, r.Landed.Parents = b.Tree, b.Base, []string{b.Base, b.Head}
			}
			s.intents = []pull.Intent{{ID: 9, State: tt.state, Landed: sha("e"), CommitSHA256: "of its bytes", Binding: b}}
			p := &pass{Reconciler: stillReconciler(g, s), work: pull.Work{Key: r.Key(), Intents: s.intents}, log: stillReconciler(nil, nil).Log}
			outcome, again, err := p.settle(t.Context(), w)
			if err != nil || again || g.asked != tt.asks || len(s.raised)+len(s.freezes) > 0 {
				t.Fatalf("%v; again %t, the branch asked %d times, alarms %+v, freezes %+v", err, again, g.asked, s.raised, s.freezes)
			}
			state := ""
			if s.last != nil {
				state = s.last.State
			}
			if state != tt.want || (outcome.After == time.Minute) != (tt.want == "") {
				t.Errorf("the record says %q, looked at again in %s; want %q, or a minute", state, outcome.After, tt.want)
			}
		})
	}
}
