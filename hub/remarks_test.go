package hub

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// Who changed a comment on a line GitHub does not say: it stays its author's.
func TestRemarksAreTheirAuthors(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	w := newWorld(t, func(o *githubtest.Options) { o.Now = func() time.Time { return now } })
	p := w.change()
	plain, changed := must(p.Remark(w.bo, "fine"))(t), must(p.Remark(w.alice, "no"))(t)
	now = now.Add(time.Minute)
	p.EditRemark(changed, w.bo, "yes")
	p.Comment(w.bo, "in the conversation")
	got := must(w.hub.Remarks(t.Context(), w.asRepo(), p.Number))(t)
	at := now.Add(-time.Minute)
	want := []pull.Comment{
		{ID: plain.ID, Author: accountOf(w.bo), Body: "fine", At: at},
		{ID: changed.ID, Author: accountOf(w.alice), Body: "yes", At: at},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("remarks (-want +got):\n%s", diff)
	}
	if all := w.snapshot(p).Comments; len(all) != 1 {
		t.Errorf("%d comments in the conversation, want the one that was written there", len(all))
	}
}

func TestRemarksBeyondTheFirstPage(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	if got := must(w.hub.Remarks(t.Context(), w.asRepo(), p.Number))(t); len(got) != 0 {
		t.Errorf("got %+v, want nothing where nobody wrote anything", got)
	}
	for i := range 201 {
		must(p.Remark(w.bo, fmt.Sprintf("remark %d", i)))(t)
	}
	got := must(w.hub.Remarks(t.Context(), w.asRepo(), p.Number))(t)
	if len(got) != 201 || got[200].Body != "remark 200" {
		t.Errorf("%d read, want 201", len(got))
	}
}

// What cannot be read, or not to its end, is not nothing.
func TestRemarksThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	path := fmt.Sprintf("/repos/acme/infra/pulls/%d/comments", p.Number)
	for name, fault := range map[string]githubtest.Fault{
		"forbidden":      {Path: path, Status: 403},
		"not found":      {Path: path, Status: 404},
		"trouble":        {Path: path, Status: 502},
		"no list":        {Path: path, Status: 200, Body: `null`},
		"something else": {Path: path, Status: 200, Body: `{"message":"hello"}`},
		"without end":    {Path: path, Status: 200, Body: `[]`, Header: map[string]string{"Link": `<https://api.github.com/x?page=2>; rel="next"`}},
	} {
		w.gh.Heal()
		w.gh.Fault(fault)
		if got, err := w.hub.Remarks(t.Context(), w.asRepo(), p.Number); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

// A comment of somebody who is gone holds back and asks for nothing: nobody's words are.
func TestRemarkOfNobody(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.gh.Fault(githubtest.Fault{Path: fmt.Sprintf("/repos/acme/infra/pulls/%d/comments", p.Number), Status: 200, Body: `[{"id":7,"body":"x","user":null}]`})
	got := must(w.hub.Remarks(t.Context(), w.asRepo(), p.Number))(t)
	if diff := cmp.Diff([]pull.Comment{{ID: 7, Body: "x"}}, got, cmpopts.IgnoreFields(pull.Comment{}, "At")); diff != "" {
		t.Errorf("remarks (-want +got):\n%s", diff)
	}
}
