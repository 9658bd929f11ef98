package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// proposing is a pull request that edits the policy, approved by an admin.
func proposing(text string, others ...pull.Record) World {
	w := world()
	w.Request.Files = []pull.File{{Path: ".sallyport.yml", OldMode: pull.Regular, NewMode: pull.Regular, OldID: sha("9"), NewID: sha("8")}}
	w.Request.Proposed = pull.Source{Path: ".sallyport.yml", Blob: sha("8"), Text: text}
	w.Proposal = new(rules).proposal(w.Request, w.Floor, w.Lent)
	w.Proposal.Others, w.Proposal.Total = others, len(others)
	return w
}

func (d Decision) written(t *testing.T, gate pull.Gate) pull.Report {
	t.Helper()
	for _, r := range d.Reports {
		if r.Name == "sallyport/"+string(gate) {
			return r
		}
	}
	t.Fatalf("no report of %s", gate)
	return pull.Report{}
}

func TestThreat9AProposedPolicyWithAFaultBlocks(t *testing.T) {
	d := judge(proposing("version: 1\nrules:\n  - {name: all, paths: [\"**\"], requier: {}}\n"))
	v := d.Verdict(pull.GateApproval)
	if v.State != pull.Block || v.Lead().Code != "policy-change-invalid" {
		t.Fatalf("got %s %+v; want policy-change-invalid", v.State, v.Reasons)
	}
	want := pull.Annotation{Path: ".sallyport.yml", Line: 3, Message: `unknown key "requier" in a rule; did you mean "require"?`}
	if got := d.written(t, pull.GateApproval); len(got.Annotations) != 1 || got.Annotations[0] != want || got.Conclusion != "failure" {
		t.Errorf("got %s %+v, want failure %+v", got.Conclusion, got.Annotations, want)
	}
}

func TestThreat9AProposedPolicyThatIsNoFileBlocks(t *testing.T) {
	w := proposing(policyText)
	w.Request.Proposed = pull.Source{Path: ".sallyport.yml", Blob: sha("8"), Unreadable: ".sallyport.yml would be no plain file"}
	w.Proposal = new(rules).proposal(w.Request, w.Floor, w.Lent)
	if v := judge(w).Verdict(pull.GateApproval); v.State != pull.Block || v.Lead().Code != "policy-change-invalid" {
		t.Errorf("got %s %+v; want policy-change-invalid", v.State, v.Reasons)
	}
}

// Nothing is judged by a broken policy, not even what mends it; but whether it does is told.
func TestWhatMendsABrokenPolicyIsChecked(t *testing.T) {
	broken := func(text string) Decision {
		w := proposing(text, pull.Record{})
		w.Request.Policy.Text = "version: 2\n"
		w.Rulebook, w.Problems = new(rules).parse(w.Request.Policy)
		w.Proposal = new(rules).proposal(w.Request, w.Floor, w.Lent)
		w.Proposal.Total = 7
		return judge(w)
	}
	d := broken(policyText)
	v := d.Verdict(pull.GateApproval)
	if v.State != pull.Block || v.Lead().Code != "policy-invalid" || !strings.Contains(v.Lead().Next, "This pull request mends it") {
		t.Errorf("a good one: got %s %+v", v.State, v.Reasons)
	}
	if got, want := d.written(t, pull.GateApproval).Text, "7 open pull requests into main would be judged again."; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	d = broken("version: 1\nruls: []\n")
	v = d.Verdict(pull.GateApproval)
	if v.State != pull.Block || v.Lead().Code != "policy-change-invalid" || strings.Contains(v.Reasons[1].Next, "mends it") {
		t.Errorf("another bad one: got %s %+v", v.State, v.Reasons)
	}
	if got := d.written(t, pull.GateApproval).Annotations; len(got) == 0 || got[0].Line != 2 {
		t.Errorf("annotations: got %+v, want one on line 2", got)
	}
}

func TestAProposedPolicyShowsWhatItWouldAlter(t *testing.T) {
	approved := pull.Record{Key: pull.Key{Repo: 10, Number: 4}, Request: world().Request,
		Asked: pull.Question{Logins: []string{"ana", "dev"}, Candidates: pull.Read}}
	const admins = "version: 1\nrules:\n  - {name: all, paths: [\"**\"], require: {approvals: {count: 1, from: [admin]}, duo: author}}\nautomerge: {method: merge, checks: [ci]}\n"
	tests := []struct{ name, policy, want string }{
		{"nothing", admins, "None would be decided differently."},
		{"nobody is asked any more", "version: 1\nrules:\n  - {name: all, paths: [\"**\"], require: {}}\n",
			"- #4 Raise the API: would ask nobody to confirm through Duo instead of the author"},
		{"two admins", strings.Replace(admins, "count: 1", "count: 2", 1), "- #4 Raise the API: would no longer be approved: all\n"},
		{"a team", strings.Replace(admins, "[admin]", `["@acme/sre"]`, 1), "- #4 Raise the API: would depend on who is in @acme/sre\n"},
		{"nothing lands by itself", strings.Replace(admins, "automerge: {method: merge, checks: [ci]}\n", "", 1), "- #4 Raise the API: would no longer land by itself\n"},
		{"another method", strings.Replace(admins, "method: merge", "method: squash", 1), "- #4 Raise the API: would land by squash instead of merge\n"},
		{"on demand", strings.Replace(admins, "checks: [ci]", "if: {labels: [ship]}", 1), "- #4 Raise the API: would wait for somebody to ask for the landing\n"},
		{"a veto", strings.Replace(admins, "checks: [ci]", "unless: {target: [main]}", 1), "- #4 Raise the API: would be held back\n"},
		{"the owners of the files", strings.Replace(admins, "approvals: {count: 1, from: [admin]}", "codeowners: true", 1), "would depend on the owners in CODEOWNERS, which nobody has looked up yet"},
		{"signatures", strings.Replace(admins, "duo:", "signatures: true, duo:", 1), "- #4 Raise the API: would need signed commits"},
		{"both", strings.Replace(admins, "duo: author", "duo: both", 1),
			"would ask the author and an approver to confirm through Duo instead of the author"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := judge(proposing(tt.policy, approved))
			if got := d.written(t, pull.GateApproval).Text; !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
			if v := d.Verdict(pull.GateApproval); v.State != pull.Pass {
				t.Errorf("got %s %+v; a good policy blocks nothing", v.State, v.Reasons)
			}
		})
	}
}

func TestMoreOpenPullRequestsThanAreLookedAt(t *testing.T) {
	w := proposing(policyText)
	w.Proposal.Total = 7
	if got := judge(w).written(t, pull.GateApproval).Text; !strings.Contains(got, "Tried on 0 open pull requests into main. 7 more were not looked at.") {
		t.Errorf("got %q", got)
	}
}

func TestRemovingThePolicyIsSaid(t *testing.T) {
	w := world()
	w.Request.Files = []pull.File{{Path: ".sallyport.yml", OldMode: pull.Regular, OldID: sha("9")}}
	if got := judge(w).written(t, pull.GateApproval).Text; !strings.Contains(got, "This removes the policy") {
		t.Errorf("got %q", got)
	}
	if got := judge(world()).written(t, pull.GateApproval).Text; got != "" {
		t.Errorf("an ordinary change: got %q, want nothing", got)
	}
}

// Which rule would govern may depend on a team, too: the answer must not.
func TestThreat68AProposedConditionTellsNothingAboutTeams(t *testing.T) {
	const admins = "  - {name: all, paths: [\"**\"], require: {approvals: {count: 1, from: [admin]}, duo: author}}\n"
	const asked = "  - {name: sre, paths: [\"**\"], when: {author: [\"@acme/sre\"]}, require: {%s}}\n"
	for _, require := range []string{"", "duo: approver, approvals: {count: 1, from: [admin]}", "signatures: true"} {
		var texts []string
		for _, members := range [][]int64{{1, 2}, {}} {
			other := pull.Record{Key: pull.Key{Repo: 10, Number: 4}, Request: world().Request,
				Asked: pull.Question{Logins: []string{"ana", "dev"}, Teams: []string{"acme/sre"}, Candidates: pull.Read}}
			other.Request.Standing.Members = map[string][]int64{"acme/sre": members}
			texts = append(texts, judge(proposing("version: 1\nrules:\n"+fmt.Sprintf(asked, require)+admins, other)).written(t, pull.GateApproval).Text)
		}
		if texts[0] != texts[1] || !strings.Contains(texts[0], "would depend on who is in @acme/sre") {
			t.Errorf("%q: of a member it says\n%s\nof another\n%s", require, texts[0], texts[1])
		}
	}
}

// Whoever may open a pull request may propose any policy, and read the check: what it says must be the same whoever is
// in the team, and name nobody who could approve.
func TestAProposedPolicyTellsNothingAboutPeople(t *testing.T) {
	const proposed = "version: 1\nrules:\n  - {name: all, paths: [\"**\"], require: {approvals: {count: 1, from: [%s]}}}\n"
	var texts []string
	for _, members := range [][]int64{{2}, {}} {
		other := pull.Record{Key: pull.Key{Repo: 10, Number: 4}, Request: world().Request,
			Asked: pull.Question{Logins: []string{"ana", "dev"}, Teams: []string{"acme/sre"}, Candidates: pull.Read}}
		other.Request.Standing.Members = map[string][]int64{"acme/sre": members}
		texts = append(texts, judge(proposing(fmt.Sprintf(proposed, `"@acme/sre"`), other)).written(t, pull.GateApproval).Text)
	}
	if texts[0] != texts[1] {
		t.Errorf("a member gets\n%s\nanother\n%s", texts[0], texts[1])
	}
	other := crowded()
	other.Key.Number = 4
	text := judge(proposing(strings.Replace(fmt.Sprintf(proposed, "maintain"), "count: 1", "count: 2", 1), other)).written(t, pull.GateApproval).Text
	if !strings.Contains(text, "would have to be approved otherwise: all") || strings.Contains(text, "admin-") {
		t.Errorf("got %q", text)
	}
}

// A proposed policy is tried with the properties that it asks for, of which the pull requests' own passes read none.
func TestAProposedPolicyIsTriedWithCustomProperties(t *testing.T) {
	approved := pull.Record{Key: pull.Key{Repo: 10, Number: 4}, Request: world().Request,
		Asked: pull.Question{Logins: []string{"ana", "dev"}, Candidates: pull.Read}}
	const text = "version: 1\nrules:\n  - {name: lab, paths: [\"**\"], when: {property: {tier: [lab]}}, require: {approvals: {count: 2, from: [admin]}, duo: author}}\n" +
		"  - {name: all, paths: [\"**\"], require: {approvals: {count: 1, from: [admin]}, duo: author}}\nautomerge: {method: merge, checks: [ci]}\n"
	for tier, want := range map[string]string{
		"":     "would depend on the repository's custom properties, which nobody has looked up yet",
		"lab":  "- #4 Raise the API: would no longer be approved: lab\n",
		"prod": "None would be decided differently.",
	} {
		w := proposing(text, approved)
		if tier != "" {
			w.Request.Properties = &pull.Properties{Values: map[string]pull.Property{"tier": {Values: []string{tier}}}}
		}
		if got := judge(w).written(t, pull.GateApproval).Text; !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q in it", tier, got, want)
		}
	}
}

// Of other repositories they are read too, of some of them, where a floor or a shared file comes to ask for them.
func TestAProposedFloorIsTriedWithTheCustomPropertiesOfEachRepository(t *testing.T) {
	github := &fakeStanding{}
	p := &pass{Reconciler: &Reconciler{GitHub: github}}
	w := world()
	w.Proposal.AltersFloor = true
	w.Proposal.Floor = new(rules).floor(pull.Request{Floor: pull.Source{Path: ".github:.sallyport.yml", Text: laboratories}})
	for n := range strangersMost + 2 {
		for range 2 {
			o := Owned{Record: pull.Record{Request: world().Request}}
			o.Request.Repo.ID, o.Request.Repo.Name = int64(n), fmt.Sprint("repo", n)
			w.Proposal.Owned = append(w.Proposal.Owned, o)
		}
	}
	known := &pull.Properties{}
	w.Proposal.Owned[0].Request.Properties = known
	if err := p.propertiesElsewhere(t.Context(), &w); err != nil {
		t.Fatal(err)
	}
	if w.Proposal.Owned[0].Request.Properties != known || w.Proposal.Owned[1].Request.Properties == nil {
		t.Error("what was known should stay, and the rest be read")
	}
	if n := len(github.past.read); n != strangersMost {
		t.Errorf("%d repositories were asked for, want %d", n, strangersMost)
	}
	if last := w.Proposal.Owned[len(w.Proposal.Owned)-1]; last.Request.Properties != nil {
		t.Errorf("got %+v, want none", last.Request.Properties)
	}
	github.past.read, w.Proposal.Floor = nil, Floor{}
	w.Proposal.Owned[3].Request.Properties = nil
	if err := p.propertiesElsewhere(t.Context(), &w); err != nil || len(github.past.read) != 0 {
		t.Errorf("a floor that asks for none: read %v, %v", github.past.read, err)
	}
}
