package reconcile

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// Threat 56: what GitHub made is held against what was agreed to.
func TestThreat56WhatLandedIsComparedWithWhatWasAgreed(t *testing.T) {
	agreed := pull.Binding{Merge: sha("c"), Base: sha("b"), Head: sha("a"), Tree: sha("d"), Method: pull.MethodMerge}
	merge := pull.Landed{SHA: sha("f"), Tree: sha("d"), Parents: []string{sha("b"), sha("a")}, Under: sha("b")}
	squash := pull.Landed{SHA: sha("f"), Tree: sha("d"), Parents: []string{sha("b")}, Under: sha("b")}
	with := func(l pull.Landed, change func(*pull.Landed)) pull.Landed { change(&l); return l }
	tests := []struct {
		name   string
		method string
		got    pull.Landed
		want   string // part of the difference; "" for none
	}{
		{"a merge as agreed", pull.MethodMerge, merge, ""},
		{"a squash as agreed", pull.MethodSquash, squash, ""},
		{"a rebase as agreed", pull.MethodRebase, with(squash, func(l *pull.Landed) { l.Parents = []string{sha("7")} }), ""},
		{"another tree", pull.MethodMerge, with(merge, func(l *pull.Landed) { l.Tree = sha("0") }), "tree"},
		{"another base", pull.MethodMerge, with(merge, func(l *pull.Landed) { l.Under = sha("0") }), "stands on"},
		{"another head", pull.MethodMerge, with(merge, func(l *pull.Landed) { l.Parents = []string{sha("b"), sha("0")} }), "parents"},
		{"an octopus", pull.MethodMerge, with(merge, func(l *pull.Landed) { l.Parents = append(l.Parents[:2:2], sha("0")) }), "parents"},
		{"a merge instead of a squash", pull.MethodSquash, merge, "parents"},
		{"an exact landing as agreed", pull.MethodExact, with(merge, func(l *pull.Landed) { l.SHA = sha("c") }), ""},
		{"the same tree and parents, but another commit", pull.MethodExact, merge, "it is"},
		{"a rebase of another base", pull.MethodRebase, with(squash, func(l *pull.Landed) { l.Under = sha("0") }), "stands on"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := agreed
			b.Method = tt.method
			got := difference(b, b.Branch, tt.got)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if elsewhere := difference(b, "release", tt.got); !b.Moves() && !strings.Contains(elsewhere, "it landed on release") {
				t.Errorf("on another branch: got %q", elsewhere)
			}
		})
	}
}

// Threat 69: titles and names are other people's text.
func TestThreat69SummariesDefuseMarkup(t *testing.T) {
	v := pull.Verdict{Reasons: []pull.Reason{{Code: "c", Message: "x](http://evil) <img src=x> @everyone `a` #1\n# big"}}}
	got := summary(v)
	for _, bad := range []string{"x](http", "<img", "@everyone", "\n# big", " #1"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q survives in %q", bad, got)
		}
	}
}

func TestReportsSayWhatGitHubShows(t *testing.T) {
	d := Decision{World: world()}
	button := []pull.Button{{Identifier: "duo"}}
	for _, tt := range []struct {
		verdict            pull.Verdict
		status, conclusion string
	}{
		{pull.Verdict{State: pull.Pass}, "completed", "success"},
		{pull.Verdict{State: pull.Wait}, "in_progress", ""},
		{pull.Verdict{State: pull.Block}, "completed", "failure"},
		{pull.Verdict{State: pull.Block, Buttons: button}, "completed", "action_required"},
	} {
		r := d.report(tt.verdict)
		if r.Status != tt.status || r.Conclusion != tt.conclusion {
			t.Errorf("%s: got %s %s, want %s %s", tt.verdict.State, r.Status, r.Conclusion, tt.status, tt.conclusion)
		}
	}
}
