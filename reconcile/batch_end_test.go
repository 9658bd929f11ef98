package reconcile

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// together is a decision about a member that can land in its batch.
func together() Decision {
	d := Decision{World: world(), Stage: automerge.Ready, Verdicts: []pull.Verdict{{Gate: pull.GateDuo, State: pull.Wait}}}
	d.Binding.Method = pull.MethodExact
	r := d.Request
	d.Candidate = &pull.Candidate{SHA: sha("e"), Branch: r.Base.Branch, Base: r.Base.SHA, Head: r.Head.SHA, Tree: r.Test.Tree, Policy: r.Rulebook()}
	return d
}

func TestABatchBreaksWhereAMemberIsNoLongerWhatItWasMadeFrom(t *testing.T) {
	if why, broken := together().breaks(); broken {
		t.Fatalf("unchanged, it breaks: %+v", why)
	}
	for name, tc := range map[string]struct {
		change func(*Decision)
		want   string
	}{
		"its policy lands it otherwise now": {func(d *Decision) { d.Binding.Method = pull.MethodMerge }, "batch-member-moved"},
		"somebody breaks the glass for it":  {func(d *Decision) { d.Request.Glass = &pull.Glass{State: pull.GlassOpen} }, "batch-member-moved"},
		"something holds it back":           {func(d *Decision) { d.Stage = automerge.Ready - 1 }, "batch-member-held"},
		"its author said no":                {func(d *Decision) { d.Verdicts[0].State = pull.Block }, "batch-member-refused"},
		"others approve it now":             {func(d *Decision) { d.Candidate.Approvers = []string{"bo"} }, "batch-member-moved"},
	} {
		t.Run(name, func(t *testing.T) {
			d := together()
			tc.change(&d)
			if why, broken := d.breaks(); !broken || why.Code != tc.want || why.State != pull.Wait {
				t.Errorf("broken %v, %+v; want %s", broken, why, tc.want)
			}
		})
	}
}

// queueStore gives the turn that it is told to, and remembers who left the queue and why a batch was dissolved.
type queueStore struct {
	Store
	turn      pull.Turn
	left      bool
	dissolved string
}

func (s *queueStore) TakeTurn(context.Context, pull.Key, string, time.Duration, bool) (pull.Turn, error) {
	return s.turn, nil
}

func (s *queueStore) LeaveTurn(context.Context, pull.Key, string) error {
	s.left = true
	return nil
}

func (s *queueStore) DissolveBatch(_ context.Context, _ int64, _ pull.BatchState, why pull.Reason) error {
	s.dissolved = why.Code
	return nil
}

func (s *queueStore) Work(context.Context, pull.Key) (pull.Work, error) { return pull.Work{}, nil }

// Threat 63: a batch was looked at under one turn. Whoever got it back after others could have landed begins anew.
func TestThreat63ABatchEndsWithTheTurnUnderWhichItWasMade(t *testing.T) {
	for name, tc := range map[string]struct {
		number int
		turn   pull.Turn
		leads  bool
		want   string
	}{
		"its leader holds the turn still":  {3, pull.Turn{Holds: true, Epoch: 7}, true, ""},
		"its leader got the turn back":     {3, pull.Turn{Holds: true, Epoch: 9}, false, "turn-passed"},
		"its leader lost the turn":         {3, pull.Turn{}, false, "turn-passed"},
		"another member holds the turn":    {4, pull.Turn{Holds: true, Epoch: 9}, false, "turn-passed"},
		"another member waits, as it does": {4, pull.Turn{}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := together(), &queueStore{turn: tc.turn}
			d.Batch = &pull.Batch{ID: 1, Epoch: 7, Leader: 3}
			p := &pass{Reconciler: stillReconciler(nil, s), work: pull.Work{Key: pull.Key{Repo: 10, Number: tc.number}}, log: slog.New(slog.DiscardHandler)}
			leads, err := p.keepPlace(t.Context(), &d)
			if err != nil || leads != tc.leads || s.dissolved != tc.want {
				t.Errorf("leads %v, dissolved %q, error %v; want %v, %q", leads, s.dissolved, err, tc.leads, tc.want)
			}
		})
	}
}

// Who queues keeps its place while GitHub only works out anew what would land, as it does for all when the branch moves.
func TestAMovedBranchCostsNobodyTheirPlaceInTheQueue(t *testing.T) {
	for name, tc := range map[string]struct {
		state pull.Mergeability
		reads int
		epoch int64
		keeps bool
	}{
		"the branch has just moved":       {pull.Unsettled, 1, 0, true},
		"GitHub does not come to an end":  {pull.Unsettled, settles + 1, 0, false},
		"it holds the turn":               {pull.Unsettled, 1, 7, false},
		"it conflicts":                    {pull.Conflict, 0, 0, false},
		"it is no longer ready, and that": {pull.Clean, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := Decision{World: world()}, &queueStore{}
			d.Request.Test.State, d.Unsettled = tc.state, tc.reads
			p := &pass{Reconciler: stillReconciler(nil, s), work: pull.Work{Last: &pull.Record{Epoch: tc.epoch}}, log: slog.New(slog.DiscardHandler)}
			if _, err := p.takeTurn(t.Context(), d); err != nil || s.left == tc.keeps {
				t.Errorf("left the queue: %v, error %v; want %v", s.left, err, !tc.keeps)
			}
		})
	}
}
