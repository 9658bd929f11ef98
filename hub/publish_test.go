package hub

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func (w *world) publish(r pull.Report) (int64, error) {
	return w.hub.Publish(context.Background(), w.asRepo(), r)
}

func TestPublishCreatesThenUpdatesInPlace(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	report := pull.Report{Name: "sallyport/duo", SHA: p.Head(), Status: "in_progress", Title: "Asked",
		Summary: "Soon.", Text: "Details.", DetailsURL: "https://sallyport.example.com/x", ExternalID: "digest-1"}
	report.ID = must(w.publish(report))(t)
	want := githubtest.CheckView{ID: report.ID, App: w.app.ID, Name: "sallyport/duo", SHA: p.Head(), Status: "in_progress",
		Title: "Asked", Summary: "Soon.", Text: "Details.", ExternalID: "digest-1", DetailsURL: "https://sallyport.example.com/x"}
	times := cmpopts.IgnoreFields(githubtest.CheckView{}, "StartedAt", "CompletedAt")
	if diff := cmp.Diff([]githubtest.CheckView{want}, w.repo.CheckRuns(p.Head()), times); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}

	report.Title, report.Text, report.ExternalID = "Asked again", "", "digest-2"
	want.Title, want.Text, want.ExternalID = "Asked again", "", "digest-2"
	w.updates(report, want)
	report.Status, report.Conclusion, report.Title, report.ExternalID = "completed", "action_required", "Denied", "digest-3"
	report.Buttons = []pull.Button{{Label: "Ask again", Description: "Send another push", Identifier: "duo"}}
	want.Status, want.Conclusion, want.Title, want.ExternalID, want.Buttons = "completed", "action_required", "Denied", "digest-3", []string{"duo"}
	w.updates(report, want)
	if got := w.snapshot(p).Checks; len(got) != 1 || got[0].ID != report.ID || got[0].App != w.hub.AppID() || got[0].ExternalID != "digest-3" {
		t.Errorf("the snapshot shows %+v", got)
	}
}

// updates writes the report in place, and wants GitHub to show one run, so.
func (w *world) updates(report pull.Report, want githubtest.CheckView) {
	w.t.Helper()
	if id := must(w.publish(report))(w.t); id != report.ID {
		w.t.Errorf("updated run %d, want %d", id, report.ID)
	}
	times := cmpopts.IgnoreFields(githubtest.CheckView{}, "StartedAt", "CompletedAt")
	if diff := cmp.Diff([]githubtest.CheckView{want}, w.repo.CheckRuns(report.SHA), times, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("updated (-want +got):\n%s", diff)
	}
}

// GitHub takes a run that ended for ended, whatever it is told of it, and says so only in its answer.
func TestWhatGitHubDoesNotTakeIsNotTakenForWritten(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	report := pull.Report{Name: "sallyport/duo", SHA: p.Head(), Status: "completed", Conclusion: "success", Title: "Confirmed", ExternalID: "1"}
	report.ID = must(w.publish(report))(t)
	report.Status, report.Conclusion, report.Title, report.ExternalID = "in_progress", "", "Asked", "2"
	_, err := w.publish(report)
	wantFailure(t, err, pull.Transient, "github-error")
	if got := w.snapshot(p).Checks; len(got) != 1 || got[0].Shows(report) {
		t.Errorf("the snapshot shows %+v, which must not pass for what was to be written", got)
	}
	report.ID = 0
	id := must(w.publish(report))(t)
	if got := w.snapshot(p).Checks; len(got) != 1 || got[0].ID != id || !got[0].Shows(report) || w.repo.Rollup(p.Head()) != "PENDING" {
		t.Errorf("the snapshot shows %+v, and GitHub makes %s of it; want run %d alone, pending", got, w.repo.Rollup(p.Head()), id)
	}
}

func TestAnnotationsAreNotPiledUp(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	report := pull.Report{Name: "sallyport/approval", SHA: p.Head(), Status: "completed", Conclusion: "failure", Title: "Bad policy", ExternalID: "1"}
	report.ID = must(w.publish(report))(t)
	report.Annotations = []pull.Annotation{{Path: "prod/app.nomad", Line: 1, Message: "here"}}
	second := must(w.publish(report))(t)
	report.ID = second
	third := must(w.publish(report))(t)
	runs := w.repo.CheckRuns(p.Head())
	if len(runs) != 3 || !slices.Equal(runs[2].Annotations, []string{"prod/app.nomad:1: here"}) {
		t.Errorf("runs %+v, want three, the last with one annotation", runs)
	}
	if got := w.snapshot(p).Checks; len(got) != 1 || got[0].ID != third {
		t.Errorf("the snapshot shows %+v, want only run %d", got, third)
	}
}

func TestLongReportsAreCut(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	report := pull.Report{Name: "sallyport/approval", SHA: p.Head(), Status: "in_progress", Title: strings.Repeat("ü", 300),
		Summary: strings.Repeat("ä", 70_000), Text: strings.Repeat("x", 70_000), ExternalID: "1"}
	for range 60 {
		report.Annotations = append(report.Annotations, pull.Annotation{Path: "prod/app.nomad", Message: "no line"})
	}
	must(w.publish(report))(t)
	got := w.repo.CheckRuns(p.Head())[0]
	if len(got.Summary) > 65_535 || len(got.Text) > 65_535 || len(got.Title) > 260 || len(got.Annotations) != 50 {
		t.Errorf("summary %d, text %d, title %d, annotations %d", len(got.Summary), len(got.Text), len(got.Title), len(got.Annotations))
	}
}

func TestLostAnswersOfWrites(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	report := pull.Report{Name: "sallyport/approval", SHA: p.Head(), Status: "in_progress", Title: "Waiting", ExternalID: "1"}
	report.ID = must(w.publish(report))(t)
	w.gh.Fault(githubtest.Fault{Write: true, Path: "/repos/**", LoseAnswer: true})
	_, err := w.publish(report)
	wantFailure(t, err, pull.Transient, "github-unreachable")
	report.ID = 0
	_, err = w.publish(report)
	wantFailure(t, err, pull.Unknown, "outcome-unknown")
	wantFailure(t, w.hub.Comment(context.Background(), w.asRepo(), p.Number, "hello"), pull.Unknown, "outcome-unknown")
	if got := len(p.Comments()); got != 1 {
		t.Errorf("%d comments, want 1", got)
	}
}

func TestCommentAndReaction(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	if err := w.hub.Comment(context.Background(), w.asRepo(), p.Number, "It waits for bo."); err != nil {
		t.Fatal(err)
	}
	if got := p.Comments(); !slices.Equal(got, []string{"sallyport[bot]: It waits for bo."}) {
		t.Errorf("comments %q", got)
	}
	c := p.Comment(w.alice, "/sallyport duo")
	for range 2 {
		if err := w.hub.React(context.Background(), w.asRepo(), c.ID, "eyes"); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Reactions(); len(got) != 1 {
		t.Errorf("reactions %q, want one", got)
	}
}

func TestPublishOnAnUnknownCommitIsRefused(t *testing.T) {
	w := newWorld(t)
	_, err := w.publish(pull.Report{Name: "x", SHA: strings.Repeat("1", 40), Status: "in_progress", Title: "x", ExternalID: "1"})
	wantFailure(t, err, pull.Permanent, "refused")
}
