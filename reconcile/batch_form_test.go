package reconcile

import (
	"context"
	"log/slog"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// mergeable shows one pull request, and remembers what it was asked to merge, all of which conflicts.
type mergeable struct {
	GitHub
	shows  pull.Request
	merged []string
}

func (g *mergeable) Snapshot(context.Context, pull.Repo, int, pull.Question) (pull.Request, error) {
	return g.shows, nil
}

func (g *mergeable) MergeInto(_ context.Context, _ pull.Repo, _, _, head string) (pull.TestMerge, error) {
	g.merged = append(g.merged, head)
	return pull.TestMerge{}, &pull.Failure{Class: pull.Permanent, Code: "conflict", Err: context.Canceled}
}

func (b *books) Work(_ context.Context, k pull.Key) (pull.Work, error) {
	return pull.Work{Key: k, Last: b.last}, nil
}

func TestThreat75NothingStandsOnABranchOfOursBeforeItsHeadIsApproved(t *testing.T) {
	approved := pull.Verdict{Gate: pull.GateApproval, State: pull.Pass}
	signed := pull.Verdict{Gate: pull.GateSignatures, State: pull.Pass}
	waits, unsigned := approved, signed
	waits.State, unsigned.State = pull.Wait, pull.Block
	for name, tc := range map[string]struct {
		seen     string
		verdicts []pull.Verdict
		want     string // why it is left out
	}{
		"approved":            {"a", []pull.Verdict{approved, signed}, "batch-conflict"},
		"a push, unheard of":  {"b", []pull.Verdict{approved, signed}, "batch-not-ready"},
		"an approval is lost": {"a", []pull.Verdict{waits, signed}, "batch-not-ready"},
		"a signature is bad":  {"a", []pull.Verdict{approved, unsigned}, "batch-not-ready"},
		"it was never judged": {"a", nil, "batch-not-ready"},
	} {
		t.Run(name, func(t *testing.T) {
			r := pull.Request{State: pull.Open, Number: 3, Head: pull.Head{SHA: sha("a")}, Base: pull.Base{SHA: sha("c"), Branch: "main"}}
			last := pull.Record{Request: r, Verdicts: tc.verdicts}
			last.Request.Head.SHA = sha(tc.seen)
			github := &mergeable{shows: r}
			p := &pass{log: slog.New(slog.DiscardHandler), Reconciler: &Reconciler{GitHub: github, Store: &books{last: &last}}}
			c := &chain{Batch: pull.Batch{Base: r.Base.SHA, Branch: "main"}}
			if err := p.join(t.Context(), c, 3); err != nil {
				t.Fatal(err)
			}
			if len(c.LeftOut) != 1 || c.LeftOut[0].Code != tc.want {
				t.Errorf("left out %+v, want %s", c.LeftOut, tc.want)
			}
			if merged := len(github.merged) > 0; merged != (tc.want == "batch-conflict") {
				t.Errorf("merged %v on a branch of ours", github.merged)
			}
		})
	}
}
