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

func (b *books) KeepSide(context.Context, pull.SideBranch) error { return nil }

func (b *books) Work(_ context.Context, k pull.Key) (pull.Work, error) {
	return pull.Work{Key: k, Last: b.last}, nil
}

func TestThreat75NothingStandsOnABranchOfOursBeforeItsHeadIsApproved(t *testing.T) {
	approved := pull.Verdict{Gate: pull.GateApproval, State: pull.Pass}
	signed := pull.Verdict{Gate: pull.GateSignatures, State: pull.Pass}
	waits, unsigned := approved, signed
	waits.State, unsigned.State = pull.Wait, pull.Block
	before := func(head, branch string) *pull.Record {
		return &pull.Record{Vouched: sha(head), Request: pull.Request{Base: pull.Base{Branch: branch}}}
	}
	lax := before("a", "main")
	lax.Request.Policy.Blob = "lax"
	for name, tc := range map[string]struct {
		seen     string
		verdicts []pull.Verdict
		state    pull.Mergeability
		last     *pull.Record
		want     string // why it is left out
	}{
		"approved":                             {"a", []pull.Verdict{approved, signed}, pull.Clean, nil, "batch-conflict"},
		"a push, unheard of":                   {"b", []pull.Verdict{approved, signed}, pull.Clean, nil, "batch-not-ready"},
		"an approval is lost":                  {"a", []pull.Verdict{waits, signed}, pull.Clean, before("a", "main"), "batch-not-ready"},
		"a signature is bad":                   {"a", []pull.Verdict{approved, unsigned}, pull.Clean, before("a", "main"), "batch-not-ready"},
		"it was never judged":                  {"a", nil, pull.Clean, nil, "batch-not-ready"},
		"approved before the branch moved":     {"a", []pull.Verdict{waits, signed}, pull.Unsettled, before("a", "main"), "batch-conflict"},
		"another head was approved before":     {"a", []pull.Verdict{waits, signed}, pull.Unsettled, before("b", "main"), "batch-not-ready"},
		"it was approved for another branch":   {"a", []pull.Verdict{waits, signed}, pull.Unsettled, before("a", "lax"), "batch-not-ready"},
		"it was approved by another policy":    {"a", []pull.Verdict{waits, signed}, pull.Unsettled, lax, "batch-not-ready"},
		"nothing can be judged, and never was": {"a", []pull.Verdict{approved, signed}, pull.Unsettled, nil, "batch-not-ready"},
	} {
		t.Run(name, func(t *testing.T) {
			r := pull.Request{State: pull.Open, Number: 3, Head: pull.Head{SHA: sha("a")}, Base: pull.Base{SHA: sha("c"), Branch: "main"}}
			d := Decision{World: World{Request: r}, Verdicts: tc.verdicts}
			d.Request.Head.SHA, d.Request.Test.State = sha(tc.seen), tc.state
			last := pull.Record{Vouched: d.vouched(tc.last)}
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
