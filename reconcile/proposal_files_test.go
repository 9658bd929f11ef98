package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// editing is a pull request that gives files another text, approved by an admin.
func editing(w World, texts map[string]string) World {
	w.Request.Files, w.Request.Proposed, w.Request.Besides = nil, pull.Source{}, nil
	for path, text := range texts {
		w.Request.Files = append(w.Request.Files, pull.File{Path: path, OldMode: pull.Regular, NewMode: pull.Regular, OldID: sha("9"), NewID: sha("8")})
		if source := (pull.Source{Path: path, Blob: sha("8"), Text: text}); path == ".sallyport.yml" {
			w.Request.Proposed = source
		} else {
			w.Request.Besides = append(w.Request.Besides, source)
		}
	}
	w.Rulebook, w.Problems = new(rules).parse(w.Request.Policy)
	w.Proposal = new(rules).proposal(w.Request, w.Floor, w.Lent)
	return w
}

const (
	theirText = "policy: {approval: [one]}\napproval_rules:\n  - {name: one, requires: {count: %d, permissions: [admin]}}\n"
	dozerText = "version: 1\nmerge: {method: squash}\n"
)

func theirWorld() World {
	w := world()
	w.Request.Policy = pull.Source{Path: ".policy.yml", Blob: sha("7"), Text: fmt.Sprintf(theirText, 1)}
	return w
}

// TestEveryFileThatDecidesIsChecked: which files are read, which of them have a say, and what a fault in one does.
func TestEveryFileThatDecidesIsChecked(t *testing.T) {
	const faulty = "version: 1\nnonsense: 1\n"
	ours, bots := world(), theirWorld()
	house := world()
	house.Request.Repo.Name, house.Request.Repo.DefaultBranch = ".github", "main"
	elsewhere := house
	elsewhere.Request.Base.Branch = "other"
	for name, tt := range map[string]struct {
		world World
		texts map[string]string
		code  string // of the fault; "" for none
		path  string // where it is annotated
	}{
		"policy-bot's, in force":               {bots, map[string]string{".policy.yml": faulty}, "policy-change-invalid", ".policy.yml"},
		"policy-bot's beside ours":             {ours, map[string]string{".policy.yml": faulty}, "", ""},
		"ours comes, policy-bot's is mended":   {bots, map[string]string{".policy.yml": faulty, ".sallyport.yml": policyText}, "", ""},
		"ours comes, with a fault":             {bots, map[string]string{".sallyport.yml": faulty}, "policy-change-invalid", ".sallyport.yml"},
		"bulldozer's beside policy-bot's":      {bots, map[string]string{".bulldozer.yml": faulty}, "landing-change-invalid", ".bulldozer.yml"},
		"bulldozer's where ours tells landing": {ours, map[string]string{".bulldozer.yml": faulty}, "", ""},
		"a good one":                           {bots, map[string]string{".bulldozer.yml": dozerText}, "", ""},
		"the owner's policy":                   {house, map[string]string{"policy.yml": faulty}, "policy-change-invalid", "policy.yml"},
		"the owner's file about landing":       {house, map[string]string{"bulldozer.yml": faulty}, "landing-change-invalid", "bulldozer.yml"},
		"a file of such a name":                {elsewhere, map[string]string{"policy.yml": faulty}, "", ""},
		"a file of such a name elsewhere":      {ours, map[string]string{"policy.yml": faulty, "bulldozer.yml": faulty}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := editing(tt.world, tt.texts).Request
			w := editing(tt.world, nil)
			w.Request.Files = r.Files
			for _, s := range append([]pull.Source{r.Proposed}, r.Besides...) {
				if decides(r, s.Path) && s.Path == ".sallyport.yml" {
					w.Request.Proposed = s
				} else if decides(r, s.Path) {
					w.Request.Besides = append(w.Request.Besides, s)
				}
			}
			w.Proposal = new(rules).proposal(w.Request, w.Floor, w.Lent)
			d := w.Decide()
			code := ""
			for _, reason := range d.Verdict(pull.GateApproval).Reasons {
				if strings.HasSuffix(reason.Code, "-change-invalid") {
					code = reason.Code
				}
			}
			if code != tt.code {
				t.Errorf("got %q, want %q: %+v", code, tt.code, d.Verdict(pull.GateApproval).Reasons)
			}
			if tt.path == "" {
				return
			}
			if got := d.written(t, pull.GateApproval).Annotations; len(got) == 0 || got[0].Path != tt.path || got[0].Warning {
				t.Errorf("annotates %+v, want a failure in %s", got, tt.path)
			}
		})
	}
}

func TestAProposedPolicyBotFileShowsWhatItWouldAlter(t *testing.T) {
	other := pull.Record{Key: pull.Key{Repo: 10, Number: 4}, Request: theirWorld().Request, Asked: pull.Question{Logins: []string{"ana", "dev"}, Candidates: pull.Read}}
	for name, tt := range map[string]struct{ text, want string }{
		"another name":  {strings.ReplaceAll(fmt.Sprintf(theirText, 1), "one", "uno"), "None would be decided differently."},
		"two":           {fmt.Sprintf(theirText, 2), "- #4 Raise the API: would no longer be approved: one\n"},
		"a team":        {strings.Replace(fmt.Sprintf(theirText, 1), "permissions: [admin]", "teams: [acme/sre]", 1), "would depend on who is in @acme/sre"},
		"skipped":       {strings.Replace(fmt.Sprintf(theirText, 1), "name: one,", "name: one, if: {has_labels: [x]},", 1), "would no longer be approved"},
		"kept away":     {"remote: acme/secrets\n", "It would be kept in acme/secrets. What that says is read, and tried, only once this has landed."},
		"a disapproval": {strings.Replace(fmt.Sprintf(theirText, 1), "[one]}", "[one], disapproval: {requires: {users: [ana]}}}", 1), "#4 Raise the API"},
	} {
		t.Run(name, func(t *testing.T) {
			w := editing(theirWorld(), map[string]string{".policy.yml": tt.text})
			w.Proposal.Others, w.Proposal.Total = []pull.Record{other}, 1
			if got := w.Decide().written(t, pull.GateApproval).Text; !strings.Contains(got, tt.want) && name != "a disapproval" {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

// A rule that can never match is warned of, beside a verdict that it does not change, and so is a check of anybody's.
func TestAProposedPolicyIsWarnedOf(t *testing.T) {
	text := strings.Replace(policyText, "automerge:", "  - {name: never, paths: [prod/**], require: {}}\nautomerge:", 1)
	d := editing(world(), map[string]string{".sallyport.yml": text}).Decide()
	v, got := d.Verdict(pull.GateApproval), d.written(t, pull.GateApproval)
	if last := v.Reasons[len(v.Reasons)-1]; v.State != pull.Pass || last.Code != "policy-warning" || v.Lead().Code == "policy-warning" {
		t.Errorf("got %s %+v, want a pass that ends in policy-warning", v.State, v.Reasons)
	}
	if a := got.Annotations; len(a) != 2 || !a[0].Warning || a[0].Line != 9 || !a[1].Warning || a[1].Line != 10 {
		t.Errorf("annotates %+v, want warnings on lines 9 and 10", got.Annotations)
	}
}

const floorText = "version: 1\nrules:\n  - {name: prod, paths: [\"prod/**\"], require: {approvals: {count: %d, from: [admin]}}}\n"

// houseWorld is a change of the owner's floor by dev, and an approved pull request of another repository.
func houseWorld(public bool, text string) World {
	w := world()
	w.Request.Repo.Name, w.Request.Repo.DefaultBranch = ".github", "main"
	w.Request.Policy.Text = fmt.Sprintf(floorText, 1)
	w = editing(w, map[string]string{".sallyport.yml": text})
	other := pull.Record{Key: pull.Key{Repo: 11, Number: 4}, Request: world().Request, Asked: pull.Question{Logins: []string{"ana", "dev"}, Candidates: pull.Read}}
	other.Request.Repo = pull.Repo{ID: 11, Owner: "acme", Name: "vault", Public: public}
	policy, _ := new(rules).parse(other.Request.Policy)
	w.Proposal.Owned, w.Proposal.OwnedTotal = []Owned{{Record: other, Rulebook: policy}}, 3
	return w
}

func TestAProposedFloorShowsWhatItWouldAlter(t *testing.T) {
	got := houseWorld(true, fmt.Sprintf(floorText, 2)).Decide().written(t, pull.GateApproval).Text
	for _, want := range []string{"Tried on 1 open pull requests of acme's repositories. 2 more were not looked at.",
		"- acme/vault\\#3 Raise the API: would no longer be approved: prod\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	if got := houseWorld(true, fmt.Sprintf(floorText, 1)).Decide().written(t, pull.GateApproval).Text; !strings.Contains(got, "None would be decided differently.") {
		t.Errorf("the same floor: got %q", got)
	}
	ungated := houseWorld(true, "applies: always\n"+fmt.Sprintf(floorText, 1))
	ungated.Proposal.Owned[0].Request.Policy = pull.Source{}
	if got := ungated.Decide().written(t, pull.GateApproval).Text; !strings.Contains(got, "would be judged by the floor, and is judged by nothing today") {
		t.Errorf("applies: always: got %q", got)
	}
	w := houseWorld(true, fmt.Sprintf(floorText, 1))
	w.Request.Files[0].NewMode, w.Request.Proposed = pull.Absent, pull.Source{}
	owned := w.Proposal.Owned
	w.Proposal = new(rules).proposal(w.Request, w.Floor, w.Lent)
	if w.Proposal.Owned = owned; !w.Proposal.AltersFloor || w.Proposal.Floor.Present {
		t.Errorf("removing it: got %+v", w.Proposal)
	}
}

// What is said of private repositories does not depend on the proposed text, so that nobody can ask by proposing, unless
// only admins of the .github repository had a hand in it; and then it is numbers alone.
func TestThreat68AProposedFloorTellsNothingOfPrivateRepositories(t *testing.T) {
	texts := map[string]bool{}
	for n := 1; n <= 2; n++ {
		w := houseWorld(false, fmt.Sprintf(floorText, n))
		text := w.Decide().written(t, pull.GateApproval).Text
		_, elsewhere, _ := strings.Cut(text, "### What this floor")
		texts[elsewhere] = true
		if elsewhere == "" || strings.Contains(text, "vault") || strings.Contains(text, "Raise") {
			t.Errorf("it says %q", text)
		}
	}
	if len(texts) != 1 {
		t.Errorf("two proposals are told different things: %v", texts)
	}
	for name, tt := range map[string]struct {
		change func(*World)
		want   bool
	}{
		"by admins":         {func(*World) {}, true},
		"pushed by another": {func(w *World) { w.Request.Pusher = ana; w.Request.Standing.Roles[ana.ID] = pull.Maintain }, false},
		"pushed by another beneath": {func(w *World) {
			w.Request.Pushers = []pull.Pushed{{SHA: sha("0"), By: ana}}
			w.Request.Standing.Roles[ana.ID] = pull.Maintain
		}, false},
		"nobody knows who": {func(w *World) { w.Request.Pusher = pull.Account{} }, false},
		"opened by another": {func(w *World) {
			w.Request.Author, w.Request.Pusher = ana, dev
			w.Request.Standing.Roles[ana.ID] = pull.Write
		}, false},
		"roles that nobody read": {func(w *World) { w.Request.Standing.Roles = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := houseWorld(false, fmt.Sprintf(floorText, 2))
			w.Request.Pusher = dev
			w.Request.Standing.Roles = map[int64]pull.Role{dev.ID: pull.Admin, ana.ID: pull.Admin}
			tt.change(&w)
			text := w.Decide().written(t, pull.GateApproval).Text
			if got := strings.Contains(text, "Of these, 1 would no longer be approved\n"); got != tt.want || strings.Contains(text, "vault") || strings.Contains(text, "Raise") {
				t.Errorf("got %q, want numbers %t", text, tt.want)
			}
		})
	}
}

func TestNamelessChanges(t *testing.T) {
	for change, want := range map[string]string{
		"would no longer be approved: a secret rule": "would no longer be approved",
		"would depend on who is in @acme/secret":     "would depend on people",
		"would depend on ken, whose role is unknown": "would depend on people",
		"would need signed commits":                  "would need signed commits",
	} {
		if got := nameless(change); got != want {
			t.Errorf("%q: got %q, want %q", change, got, want)
		}
	}
}
