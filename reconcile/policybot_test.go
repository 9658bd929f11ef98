package reconcile

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

const botText = "policy: {approval: [an admin]}\napproval_rules:\n  - {name: an admin, requires: {count: 1, permissions: [admin]}}\n"

func botWorld() World {
	w := world()
	w.Request.Policy = pull.Source{Path: ".policy.yml", Blob: sha("9"), Text: botText}
	return w
}

func TestPolicyBotsFileAsksNothingOfTheOtherGates(t *testing.T) {
	d := judge(botWorld())
	for gate, code := range map[pull.Gate]string{pull.GateApproval: "rule-approved", pull.GateSignatures: "signatures-not-required"} {
		if v := d.verdict(gate); v.State != pull.Pass || !v.Has(code) {
			t.Errorf("%s: %s %+v, want %s", gate, v.State, v.Reasons, code)
		}
	}
	if v := d.verdict(pull.GateDuo); v.State != pull.Pass || len(d.Asks) > 0 {
		t.Errorf("duo: %s %+v, asks %+v; want it not required", v.State, v.Reasons, d.Asks)
	}
	if len(d.Reports) != 3 || d.Stage == automerge.Proved {
		t.Errorf("%d reports, stage %d; want three, and not to land it", len(d.Reports), d.Stage)
	}
	w := botWorld()
	w.Request.Reviews = nil
	if v := judge(w).verdict(pull.GateApproval); v.State != pull.Wait || !v.Has("rule-pending") {
		t.Errorf("unreviewed: %s %+v", v.State, v.Reasons)
	}
}

func TestPolicyBotVerifiesSignaturesItself(t *testing.T) {
	w := botWorld()
	w.Request.Policy.Text = "policy: {approval: [signed]}\napproval_rules:\n  - {name: signed, requires: {conditions: {has_valid_signatures: true}}}\n"
	if v := judge(w).verdict(pull.GateApproval); v.State != pull.Wait || !v.Has("condition-fails") {
		t.Errorf("got %s %+v, want it to wait for signatures", v.State, v.Reasons)
	}
}

func TestPolicyBotFollowsARemotePolicyOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		there pull.Source
		want  pull.State
		code  string
		said  string
	}{
		"there":      {pull.Source{Path: "acme/policies:.policy.yml", Text: botText}, pull.Pass, "rule-approved", ""},
		"not read":   {pull.Source{}, pull.Block, "remote-policy-unread", "could not be read there."},
		"unreadable": {pull.Source{Path: "acme/policies:.policy.yml", Unreadable: "it is not there"}, pull.Block, "remote-policy-unread", "could not be read there: it is not there."},
		"two hops":   {pull.Source{Path: "acme/policies:.policy.yml", Text: "remote: acme/others\n"}, pull.Block, "remote-policy-unread", "points on to acme/others: one step too many."},
		"invalid":    {pull.Source{Path: "acme/policies:.policy.yml", Text: "polices: {}\n"}, pull.Block, "policy-invalid", "acme/policies:.policy.yml:1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := botWorld()
			w.Request.Policy.Text, w.Request.Remote = "remote: acme/policies\n", tc.there
			w.Rulebook, w.Problems = resolve(w.Request, new(rules).parse)
			if v := w.Decide().verdict(pull.GateApproval); v.State != tc.want || !v.Has(tc.code) || !strings.Contains(v.Lead().Message, tc.said) {
				t.Errorf("got %s %+v, want %s %s %q", v.State, v.Reasons, tc.want, tc.code, tc.said)
			}
		})
	}
}

func TestThreat36ACommentCountsForWhatLayThereWhenItCame(t *testing.T) {
	old := pull.Request{Head: pull.Head{SHA: sha("a")}, Base: pull.Base{Branch: "main"}, Content: "then"}
	comment := pull.Comment{ID: 5, Body: "👍"}
	for name, tc := range map[string]struct {
		last pull.Record
		head string
		want pull.Comment
	}{
		"on a head that we knew":      {pull.Record{Request: old}, sha("a"), pull.Comment{ID: 5, Body: "👍", Content: "now"}},
		"together with a push":        {pull.Record{Request: old}, sha("b"), pull.Comment{ID: 5, Body: "👍", Elsewhere: true}},
		"seen before, then a push":    {pull.Record{Request: old, Sights: map[int64]pull.Sight{-5: {Branch: "main", Content: "then"}}}, sha("b"), pull.Comment{ID: 5, Body: "👍", Content: "then"}},
		"a review of the same number": {pull.Record{Request: old, Sights: map[int64]pull.Sight{5: {Branch: "main", Content: "then"}}}, sha("b"), pull.Comment{ID: 5, Body: "👍", Elsewhere: true}},
	} {
		t.Run(name, func(t *testing.T) {
			r := old
			r.Head.SHA, r.Content, r.Comments = tc.head, "now", []pull.Comment{comment}
			p := &pass{work: pull.Work{Last: &tc.last}}
			sights := map[int64]pull.Sight{}
			for k, v := range tc.last.Sights {
				sights[k] = v
			}
			p.witnessWords(&r, sights)
			if r.Comments[0] != tc.want {
				t.Errorf("got %+v, want %+v", r.Comments[0], tc.want)
			}
		})
	}
	t.Run("before anybody looked", func(t *testing.T) {
		r := old
		r.Comments = []pull.Comment{comment}
		(&pass{}).witnessWords(&r, map[int64]pull.Sight{})
		if got := r.Comments[0]; got.Content != "" || !got.Elsewhere {
			t.Errorf("got %+v, want it unseen", got)
		}
	})
}
