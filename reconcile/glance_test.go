package reconcile

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

func TestNewsIsLaidOverACopy(t *testing.T) {
	before := world().Request
	red := pull.Check{Kind: pull.CheckRun, Name: "ci", App: ciApp, ID: 5, Status: "completed", Conclusion: "failure", StartedAt: noon}
	after := apply(before, []pull.News{{Check: &red, SHA: before.Head.SHA}})
	if before.Checks[0].Conclusion != "success" || after.Checks[0].Conclusion != "failure" {
		t.Errorf("before %+v, after %+v", before.Checks, after.Checks)
	}
	if other := apply(before, []pull.News{{Check: &red, SHA: sha("0")}}); other.Checks[0].Conclusion != "success" {
		t.Error("news of another head counted")
	}
}

func TestPatienceBeginsAnewWhenTheBaseMoves(t *testing.T) {
	last, r := world().Request, world().Request
	r.Test.State = pull.Unsettled
	p := &pass{work: pull.Work{Last: &pull.Record{Request: last}}}
	if got := p.unsettled(r, 5); got != 6 {
		t.Errorf("the same merge: got %d, want 6", got)
	}
	r.Base.SHA = sha("e")
	if got := p.unsettled(r, 5); got != 1 {
		t.Errorf("another base: got %d, want 1", got)
	}
}

func TestLateNewsDoesNotUndoNewerNews(t *testing.T) {
	run := func(id int64, status string, at time.Duration) pull.Check {
		return pull.Check{Kind: pull.CheckRun, ID: id, Status: status, StartedAt: noon.Add(at)}
	}
	tests := []struct {
		name       string
		news, have pull.Check
		late       bool
	}{
		{"the same run began after it ended", run(1, "in_progress", 0), run(1, "completed", 0), true},
		{"the same run ended", run(1, "completed", 0), run(1, "in_progress", 0), false},
		{"an older run ended", run(1, "completed", 0), run(2, "in_progress", time.Minute), true},
		{"a newer run began", run(2, "queued", time.Minute), run(1, "completed", 0), false},
		{"an older run ended, begun later by another clock", run(1, "completed", time.Minute), run(2, "in_progress", 0), true},
		{"begun together, the higher id is newer", run(2, "queued", 0), run(1, "completed", 0), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := older(tt.news, tt.have); got != tt.late {
				t.Errorf("got %t, want %t", got, tt.late)
			}
		})
	}
}
