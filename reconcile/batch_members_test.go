package reconcile

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

func (g *countingGitHub) Difference(context.Context, pull.Repo, string, string) ([]pull.File, error) {
	return g.request.Files, nil
}

// memberStore knows another member of a batch.
type memberStore struct {
	grantingStore
	work pull.Work
}

func (s *memberStore) Work(context.Context, pull.Key) (pull.Work, error) { return s.work, nil }

// Threat 54: what one batch was confirmed for is not landed by another, in which the pull request is by now.
func TestThreat54AMemberOfAnotherBatchIsNone(t *testing.T) {
	const stays, moved = "", "is no longer part of it"
	for name, tc := range map[string]struct {
		change func(*pull.Work)
		want   string
	}{
		"it is in this batch":             {func(*pull.Work) {}, stays},
		"it is in another one":            {func(w *pull.Work) { w.Batches[0].ID = 2 }, moved},
		"it is in none":                   {func(w *pull.Work) { w.Batches = nil }, moved},
		"a landing of its own is open":    {func(w *pull.Work) { w.Intents = []pull.Intent{{State: pull.IntentOpen}} }, moved},
		"its batch was dissolved already": {func(w *pull.Work) { w.Batches[0].State = pull.BatchDissolved }, moved},
		"it was pushed to since":          {func(w *pull.Work) { w.Batches[0].Members[0].Candidate.Head = sha("f") }, "has another head"},
	} {
		t.Run(name, func(t *testing.T) {
			g := &countingGitHub{request: world().Request}
			g.request.Policy.Text = strings.Replace(policyText, "method: merge", "method: exact", 1)
			r := g.request
			m := pull.BatchMember{Number: r.Number, Candidate: pull.Candidate{SHA: sha("e"), Branch: r.Base.Branch, Base: r.Base.SHA, Head: r.Head.SHA, Tree: r.Test.Tree, Policy: r.Rulebook()}}
			b := pull.Batch{ID: 1, Repo: 10, Branch: "main", Base: r.Base.SHA, Leader: 2, State: pull.BatchAsking, Members: []pull.BatchMember{m}}
			s := &memberStore{work: pull.Work{Key: r.Key(), Repo: r.Repo, Batches: []pull.Batch{b}}}
			tc.change(&s.work)
			p := &pass{Reconciler: stillReconciler(g, s), work: pull.Work{Key: pull.Key{Repo: 10, Number: 2}, Repo: r.Repo}, log: slog.New(slog.DiscardHandler)}
			_, why, err := p.companion(t.Context(), b, r.Number)
			if err != nil {
				t.Fatal(err)
			}
			if moves := why != nil && why.Code == "batch-member-moved" && strings.Contains(why.Message, tc.want); moves != (tc.want != stays) {
				t.Errorf("got %+v, want %q", why, tc.want)
			}
		})
	}
}

// Threat 54: what a fresh look shows of every member is what was confirmed, or nothing lands. Neither books nor GitHub are asked
// for anything then.
func TestThreat54NothingLandsThatIsNotWhatTheBatchIs(t *testing.T) {
	for name, change := range map[string]func(*Decision){
		"it is bound to another batch":        func(d *Decision) { d.Binding.Batch = sha("f") },
		"its merge commit is another":         func(d *Decision) { d.Binding.Merge = sha("f") },
		"GitHub does not show our checks yet": func(d *Decision) { d.Stage = automerge.Agreed },
	} {
		t.Run(name, func(t *testing.T) {
			d := together()
			d.Stage, d.Binding.Batch, d.Binding.Merge = automerge.Proved, d.Candidate.SHA, d.Candidate.SHA
			d.Batch = &pull.Batch{ID: 1, Head: d.Candidate.SHA, Leader: 3, Members: []pull.BatchMember{{Number: 3, Candidate: *d.Candidate}}}
			change(&d)
			p := &pass{Reconciler: stillReconciler(nil, nil), work: pull.Work{Key: d.Request.Key()}, log: slog.New(slog.DiscardHandler)}
			if _, again, err := p.landTogether(t.Context(), d, 0); again || err != nil {
				t.Errorf("again %v, error %v; want to wait", again, err)
			}
		})
	}
}
