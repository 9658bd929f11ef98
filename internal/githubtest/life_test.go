package githubtest

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// A pull request's whole life, with the webhooks of every step.
func TestLifeOfAPullRequest(t *testing.T) {
	w := newWorld(t, Options{})
	w.settle()
	w.events.take()
	steps := []struct {
		name string
		do   func()
		want []string
	}{}
	step := func(name string, want []string, do func()) {
		steps = append(steps, struct {
			name string
			do   func()
			want []string
		}{name, do, want})
	}
	var p *Pull
	var head string
	var remark *Remark
	var run CheckView
	step("push a branch", []string{"push", "check_suite requested"}, func() { head = w.commit("feature", "a.txt", "a\n", w.bob) })
	step("open", []string{"pull_request opened"}, func() {
		var err error
		p, err = w.repo.OpenPull(w.bob, "Add a", "feature", "main")
		check(t, err)
	})
	step("push again", []string{"push", "check_suite requested", "pull_request synchronize"}, func() { head = w.commit("feature", "b.txt", "b\n", w.bob) })
	step("check run by CI", []string{"check_run created"}, func() {
		_, err := w.repo.CheckRun(w.ci, "build", head, "in_progress", "")
		check(t, err)
	})
	step("CI succeeds", []string{"check_run completed", "check_suite completed"}, func() {
		_, err := w.repo.CheckRun(w.ci, "build", head, "completed", "success")
		check(t, err)
	})
	step("status", nil, func() { check(t, w.repo.Status(w.bob, head, "lint", "success")) })
	step("review", []string{"pull_request_review submitted"}, func() {
		_, err := p.Review(w.alice, pull.Approved, "fine")
		check(t, err)
	})
	step("label", []string{"pull_request labeled"}, func() { p.Label(w.alice, "hold") })
	step("unlabel", []string{"pull_request unlabeled"}, func() { p.Unlabel(w.alice, "hold") })
	step("draft", []string{"pull_request converted_to_draft"}, func() { p.SetDraft(w.bob, true) })
	step("ready", []string{"pull_request ready_for_review"}, func() { p.SetDraft(w.bob, false) })
	step("comment", []string{"issue_comment created"}, func() { p.Comment(w.alice, "/sallyport why") })
	step("remark on a line", []string{"pull_request_review_comment created"}, func() {
		r, err := p.Remark(w.alice, "here")
		check(t, err)
		remark = r
	})
	step("change the remark", []string{"pull_request_review_comment edited"}, func() { p.EditRemark(remark, w.bob, "there") })
	step("delete the remark", []string{"pull_request_review_comment deleted"}, func() { p.DeleteRemark(remark, w.alice) })
	step("our check run", []string{"check_run created", "check_run completed", "check_suite completed"}, func() {
		w.want(http.StatusCreated, "POST", "/repos/acme/infra/check-runs", object{"name": "sallyport/duo", "head_sha": head,
			"status": "completed", "conclusion": "action_required", "output": object{"title": "Ask", "summary": "Ask again"},
			"actions": []object{{"label": "Ask", "description": "Send a push", "identifier": "duo"}}}, nil)
		run, _ = w.repo.FindCheckRun(w.app, "sallyport/duo", head)
	})
	step("button", []string{"check_run requested_action"}, func() { check(t, w.repo.PressButton(w.bob, run.ID, "duo")) })
	step("land", []string{"push", "check_suite requested", "pull_request closed"}, func() {
		var out struct{ SHA string }
		w.want(http.StatusOK, "PUT", "/repos/acme/infra/pulls/1/merge", object{"sha": head, "merge_method": "merge"}, &out)
		if got := w.repo.Branch("main"); got != out.SHA || p.Merged() != out.SHA {
			t.Errorf("landed: main is %s, the pull request says %s, the answer said %s", got, p.Merged(), out.SHA)
		}
	})
	w.installation.Permit("statuses", "")
	w.settle()
	w.events.take()
	for _, s := range steps {
		s.do()
		w.settle()
		if diff := cmp.Diff(s.want, w.events.names(t)); diff != "" {
			t.Errorf("%s: events differ (-want +got):\n%s", s.name, diff)
		}
	}
}
