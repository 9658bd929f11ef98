package automerge

import (
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// tested plays batches over a queue in which one pull request is red, and counts the batches until that one stands alone.
func tested(t *testing.T, size, queue, culprit int) (tries int, landed []int) {
	t.Helper()
	var waiting []int
	for n := range queue {
		waiting = append(waiting, n)
	}
	var last *pull.Batch
	for tries < 10*queue {
		tries++
		b := pull.Batch{Bound: Batch{Size: size}.Bound(last), State: pull.BatchLanded}
		for _, n := range waiting[:min(b.Bound, len(waiting))] {
			b.Members = append(b.Members, pull.BatchMember{Number: n})
		}
		last = &b
		if b.Place(culprit) < 0 {
			landed, waiting = append(landed, b.Numbers()...), waiting[len(b.Members):]
			continue
		}
		b.State = pull.BatchRed
		if len(b.Members) == 1 {
			return tries, landed
		}
	}
	t.Fatalf("size %d, %d in the queue: #%d was not found", size, queue, culprit)
	return tries, landed
}

// Whoever breaks a batch of N is found in a bounded number of batches, and whoever stands before it has landed by then.
func TestTheCulpritOfABatchIsFound(t *testing.T) {
	for size := SmallestBatch; size <= LargestBatch; size++ {
		steps := bits.Len(uint(size))
		for culprit := range size {
			tries, landed := tested(t, size, size, culprit)
			if most := steps * (steps + 1); tries > most {
				t.Errorf("a batch of %d: #%d was found after %d batches, want at most %d", size, culprit, tries, most)
			}
			if want := culprit; len(landed) != want || slices.Contains(landed, culprit) {
				t.Errorf("a batch of %d: before #%d was found, %v landed", size, culprit, landed)
			}
		}
	}
}

func TestHowManyTheNextBatchHolds(t *testing.T) {
	of := func(state pull.BatchState, bound, members int) *pull.Batch {
		return &pull.Batch{State: state, Bound: bound, Members: make([]pull.BatchMember, members)}
	}
	for _, tt := range []struct {
		name string
		last *pull.Batch
		want int
	}{
		{"the first", nil, 5},
		{"after a red one", of(pull.BatchRed, 5, 5), 2},
		{"after a red one that was not full", of(pull.BatchRed, 5, 3), 1},
		{"after a red one alone", of(pull.BatchRed, 1, 1), 1},
		{"after one that landed", of(pull.BatchLanded, 2, 1), 4},
		{"never more than the policy says", of(pull.BatchLanded, 4, 4), 5},
		{"after one that something moved under", of(pull.BatchDissolved, 2, 2), 2},
		{"after the policy asked for fewer", of(pull.BatchDissolved, 20, 9), 5},
	} {
		if got := (Batch{Size: 5}).Bound(tt.last); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestWhatCISaysOfABatch(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	run := func(name, status, conclusion string, app int64) pull.Check {
		return pull.Check{Kind: pull.CheckRun, Name: name, App: app, Status: status, Conclusion: conclusion}
	}
	green, red := run("test", "completed", "success", 5), run("test", "completed", "failure", 5)
	for _, tt := range []struct {
		name  string
		have  []pull.Check
		after time.Duration
		state pull.State
		code  string
	}{
		{"threat 59: green by anybody, where the rules expect an app", []pull.Check{run("lint", "completed", "success", 0)}, 0, pull.Wait, "batch-check-missing"},
		{"green", []pull.Check{green}, 0, pull.Pass, "batch-green"},
		{"nothing yet", nil, time.Minute, pull.Wait, "batch-check-missing"},
		{"running", []pull.Check{run("test", "in_progress", "", 5)}, time.Minute, pull.Wait, "batch-check-pending"},
		{"red", []pull.Check{red}, 0, pull.Block, "batch-check-failed"},
		{"skipped is not success", []pull.Check{run("test", "completed", "skipped", 5)}, 0, pull.Block, "batch-check-failed"},
		{"green by one app and red by another", []pull.Check{green, run("test", "completed", "failure", 6)}, 0, pull.Block, "batch-check-failed"},
		{"late", []pull.Check{run("test", "in_progress", "", 5)}, time.Hour, pull.Block, "batch-check-late"},
		{"never started", nil, time.Hour, pull.Block, "batch-check-late"},
		{"green and late is green", []pull.Check{green}, time.Hour, pull.Pass, "batch-green"},
		{"our own says nothing", []pull.Check{run("test", "completed", "success", 99)}, 0, pull.Wait, "batch-check-missing"},
	} {
		checks := []string{"test"}
		if len(tt.have) > 0 {
			checks = []string{tt.have[0].Name}
		}
		state, why := Tried(Try{Policy: Batch{Size: 5, Checks: checks}, Have: tt.have, App: 99, Since: at, At: at.Add(tt.after),
			Rules: []pull.RequiredCheck{{Name: "lint", App: 5}, {Name: "test"}}})
		if state != tt.state || why.Code != tt.code {
			t.Errorf("%s: %v %s, want %v %s", tt.name, state, why.Code, tt.state, tt.code)
		}
	}
}

func TestWhoFailedAloneIsHeldBackUntilItChanges(t *testing.T) {
	ended := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	alone := &pull.Batch{Branch: "main", Head: "m", State: pull.BatchRed, EndedAt: ended, Why: &pull.Reason{Code: "batch-check-failed", Message: "no"},
		Members: []pull.BatchMember{{Number: 7, Candidate: pull.Candidate{Head: "h"}}}}
	for _, tt := range []struct {
		name string
		c    Case
		want bool
	}{
		{"the same head", Case{Red: alone, Request: pull.Request{Number: 7, Head: pull.Head{SHA: "h"}}}, true},
		{"another head", Case{Red: alone, Request: pull.Request{Number: 7, Head: pull.Head{SHA: "mended"}}}, false},
		{"somebody asked to try again", Case{Red: alone, Request: pull.Request{Number: 7, Head: pull.Head{SHA: "h"}}, Rechecked: ended.Add(time.Second)}, false},
		{"never", Case{Request: pull.Request{Number: 7, Head: pull.Head{SHA: "h"}}}, false},
	} {
		if got := tt.c.failedAlone(); (len(got) == 1 && got[0].Code == "batch-red") != tt.want {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
