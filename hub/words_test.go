package hub

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestWordsAndWhoChangedThem(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	text := "Please have a look"
	if err := p.Edit(w.alice, githubtest.Edit{Body: &text}); err != nil {
		t.Fatal(err)
	}
	plain := p.Comment(w.bo, "fine :+1:")
	changed := p.Comment(w.alice, "no")
	p.EditComment(changed, w.bo, "yes")
	review := must(p.Review(w.bo, pull.Commented, "remarks"))(t)
	p.EditReview(review, w.bo, "other remarks")
	r := w.snapshot(p)
	want := []pull.Comment{
		{Author: accountOf(w.alice), Body: text, Edited: true, EditedBy: accountOf(w.alice)},
		{ID: plain.ID, Author: accountOf(w.bo), Body: "fine :+1:"},
		{ID: changed.ID, Author: accountOf(w.alice), Body: "yes", Edited: true, EditedBy: accountOf(w.bo)},
	}
	if diff := cmp.Diff(want, r.Comments, cmpopts.IgnoreFields(pull.Comment{}, "At")); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	if got := r.Reviews[0]; got.Body != "other remarks" || !got.Edited {
		t.Errorf("review is %+v, want its edited text", got)
	}
}

func TestCommentsBeyondTheFirstPage(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	for i := range 101 {
		p.Comment(w.bo, fmt.Sprintf("remark %d", i))
	}
	got := w.snapshot(p).Comments
	if len(got) != 101 || got[100].Body != "remark 100" {
		t.Errorf("%d comments read, want 101", len(got))
	}
}

func TestWorkflowsByFileAndEvent(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	ci := must(w.gh.App(githubtest.AppOptions{Slug: "actions"}))(t)
	other := must(w.gh.App(githubtest.AppOptions{Slug: "other"}))(t)
	must(w.repo.CheckRun(ci, "build", p.Head(), "completed", "success"))(t)
	must(w.repo.CheckRun(other, "scan", p.Head(), "completed", "failure"))(t)
	w.repo.RunWorkflow(ci, p.Head(), ".github/workflows/ci.yml", "push")
	want := []pull.Workflow{{Path: ".github/workflows/ci.yml", Status: "completed", Conclusion: "success"}}
	if diff := cmp.Diff(want, w.snapshot(p).Workflows); diff != "" {
		t.Errorf("workflows (-want +got):\n%s", diff)
	}
}

func TestStandingOfAWholeOrganisation(t *testing.T) {
	w := newWorld(t)
	got := must(w.standing(pull.Question{Teams: []string{"acme", "nowhere"}}))(t)
	less := cmpopts.SortSlices(func(a, b int64) bool { return a < b })
	if diff := cmp.Diff(map[string][]int64{"acme": {w.alice.ID, w.bo.ID}}, got.Members, less); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"nowhere"}, got.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}
