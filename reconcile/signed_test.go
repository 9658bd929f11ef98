package reconcile

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// TestConditionsSeeOurOwnVerification covers a rule for signed commits: GitHub's word is not asked, and the world's
// own commits are left as they were.
func TestConditionsSeeOurOwnVerification(t *testing.T) {
	w := world()
	w.Request.Policy.Text = `version: 1
rules:
  - name: signed changes land by themselves
    paths: ["**"]
    when: {signatures: {valid: true}}
    require: {}
  - name: all others need an admin
    paths: ["**"]
    require: {approvals: {from: [admin]}}
`
	d := judge(w)
	for _, c := range d.Request.Commits {
		if c.Signed == nil || c.Signed.Good || c.Signed.Code == "" {
			t.Errorf("commit %s: got %+v, want a bad signature with its code", c.SHA, c.Signed)
		}
	}
	if w.Request.Commits[0].Signed != nil {
		t.Error("the world's own commits were changed")
	}
	if v := d.verdict(pull.GateApproval); !v.Has("rule-skipped") || !v.Has("condition-unmet") || v.Has("condition-unknown") {
		t.Errorf("got %+v, want the rule for signed commits skipped", v.Reasons)
	}
}
