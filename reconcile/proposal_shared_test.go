package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

const sharedName = "acme/.github:policy.yml"

// borrowing is an approved pull request of another repository that has no files of its own.
func borrowing(public bool) pull.Record {
	r := pull.Record{Key: pull.Key{Repo: 11, Number: 4}, Request: theirWorld().Request, Asked: pull.Question{Logins: []string{"ana", "dev"}, Candidates: pull.Read}}
	r.Request.Repo = pull.Repo{ID: 11, Owner: "acme", Name: "vault", Public: public, DefaultBranch: "main"}
	r.Request.Policy.Path = sharedName
	return r
}

// sharing is a change of the owner's file at path, tried on the records; "" removes it.
func sharing(path, text string, records ...pull.Record) World {
	w := world()
	w.Request.Repo.Name, w.Request.Repo.DefaultBranch = ".github", "main"
	w = editing(w, map[string]string{path: text})
	if text == "" {
		w.Request.Files[0].NewMode, w.Request.Besides = pull.Absent, nil
		w.Proposal = new(rules).proposal(w.Request, w.Floor, w.Lent)
	}
	p := &pass{Reconciler: &Reconciler{}}
	for i, s := range w.Proposal.Shared {
		for _, r := range records {
			s.Under = append(s.Under, p.under(s, r))
		}
		s.Total = len(records)
		w.Proposal.Shared[i] = s
	}
	return w
}

func TestAProposedSharedFileShowsWhatItWouldAlter(t *testing.T) {
	one := fmt.Sprintf(theirText, 1)
	lands := borrowing(true)
	lands.Request.Landing = pull.Source{Path: "acme/.github:bulldozer.yml", Blob: sha("6"), Text: "version: 1\nmerge: {method: merge}\n"}
	ungoverned, broken := borrowing(true), borrowing(true)
	ungoverned.Request.Policy = pull.Source{}
	broken.Request.Policy.Text = "nonsense: 1\n"
	const name = "- acme/vault\\#3 Raise the API: "
	for what, tt := range map[string]struct {
		path, text string
		other      pull.Record
		want       string
	}{
		"the same":          {"policy.yml", one, borrowing(true), "None would be decided differently."},
		"another name":      {"policy.yml", strings.ReplaceAll(one, "one", "uno"), borrowing(true), "None would be decided differently."},
		"two":               {"policy.yml", fmt.Sprintf(theirText, 2), borrowing(true), name + "would no longer be approved: one\n"},
		"a team":            {"policy.yml", strings.Replace(one, "permissions: [admin]", "teams: [acme/sre]", 1), borrowing(true), "would depend on who is in @acme/sre"},
		"gone":              {"policy.yml", "", borrowing(true), "It would be gone. Tried on 1 open pull requests of acme's repositories that have no such file of their own.\n\n" + name + "would be judged by nothing any more\n"},
		"kept elsewhere":    {"policy.yml", "remote: acme/secrets\n", borrowing(true), "It would be kept in acme/secrets. What that says is read, and tried, only once this has landed."},
		"new":               {"policy.yml", one, ungoverned, name + "would be judged by this policy, and is judged by nothing today\n"},
		"a fault is mended": {"policy.yml", one, broken, name + "is blocked by a policy that cannot be judged by, and would be judged again\n"},
		"another landing":   {"bulldozer.yml", dozerText, lands, name + "would land by squash instead of merge\n"},
		"a first landing":   {"bulldozer.yml", dozerText, borrowing(true), name + "would land by itself once all is green, by squash\n"},
		"no landing":        {"bulldozer.yml", "", lands, name + "would no longer land by itself\n"},
		"the landing stays": {"policy.yml", fmt.Sprintf(theirText, 2), lands, name + "would no longer be approved: one\n"},
	} {
		t.Run(what, func(t *testing.T) {
			text := sharing(tt.path, tt.text, tt.other).Decide().written(t, pull.GateApproval).Text
			if !strings.Contains(text, "### What this "+tt.path+" would alter") || !strings.Contains(text, tt.want) {
				t.Errorf("got %q, want %q in it", text, tt.want)
			}
		})
	}
}

// A faulty file is not tried, and nobody but the owner's repository can try one.
func TestOnlyTheOwnersGoodFilesAreTried(t *testing.T) {
	if got := sharing("policy.yml", "nonsense: 1\n", borrowing(true)).Proposal.Shared; len(got) != 0 {
		t.Errorf("a faulty one: got %+v", got)
	}
	elsewhere := editing(world(), map[string]string{"policy.yml": fmt.Sprintf(theirText, 2)})
	if got := elsewhere.Proposal.Shared; len(got) != 0 {
		t.Errorf("in another repository: got %+v", got)
	}
}

func TestThreat68AProposedSharedFileTellsNothingOfPrivateRepositories(t *testing.T) {
	texts := map[string]bool{}
	for n := 1; n <= 2; n++ {
		text := sharing("policy.yml", fmt.Sprintf(theirText, n), borrowing(false)).Decide().written(t, pull.GateApproval).Text
		texts[text] = true
		if strings.Contains(text, "vault") || strings.Contains(text, "Raise") || !strings.Contains(text, "1 of them are in repositories that are not public") {
			t.Errorf("it says %q", text)
		}
	}
	if len(texts) != 1 {
		t.Errorf("two proposals are told different things: %v", texts)
	}
	w := sharing("policy.yml", fmt.Sprintf(theirText, 2), borrowing(false))
	w.Request.Pusher, w.Request.Standing.Roles = dev, map[int64]pull.Role{dev.ID: pull.Admin, ana.ID: pull.Admin}
	if text := w.Decide().written(t, pull.GateApproval).Text; !strings.Contains(text, "Of these, 1 would no longer be approved\n") || strings.Contains(text, "vault") {
		t.Errorf("an admin is told %q", text)
	}
}

func TestWhatARequestBorrows(t *testing.T) {
	at := func(policy, remote, landing string) pull.Request {
		return pull.Request{Policy: pull.Source{Path: policy}, Remote: pull.Source{Path: remote}, Landing: pull.Source{Path: landing}}
	}
	for what, tt := range map[string]struct {
		request pull.Request
		want    []string
	}{
		"nothing":           {at("", "", ""), []string{lacksPolicy, lacksLanding}},
		"all its own":       {at(".policy.yml", "", ".bulldozer.yml"), nil},
		"ours":              {at(config.PolicyFile, "", ""), nil},
		"all the owner's":   {at(sharedName, "", "acme/.github:bulldozer.yml"), []string{sharedName, "acme/.github:bulldozer.yml"}},
		"kept elsewhere":    {at(".policy.yml", "acme/rules:a.yml", ".bulldozer.yml"), []string{"acme/rules:a.yml"}},
		"the server's file": {at(".policy.yml", "", pull.ServerFile+"bulldozer.yml"), []string{lacksLanding}},
	} {
		if got := borrows(tt.request); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", what, got, tt.want)
		}
	}
}

// TestThreat9AFaultyFileAboutLandingLandsNothing: where it is all there is, automerge's check run says so at the line.
func TestThreat9AFaultyFileAboutLandingLandsNothing(t *testing.T) {
	w := world()
	w.Request.Policy = pull.Source{}
	w.Request.Landing = pull.Source{Path: ".bulldozer.yml", Blob: sha("6"), Text: dozerText}
	w.Rulebook, w.FileLands = config.Policy{}, true
	for text, want := range map[string]string{"version: 1\nmerge: {methd: squash}\n": "landing-change-invalid", dozerText: ""} {
		w := editing(w, map[string]string{".bulldozer.yml": text})
		w.Rulebook, _ = new(rules).fileLanding(w.Rulebook, w.Request)
		d := w.Decide()
		v, got := d.Verdict(pull.GateAutomerge), d.written(t, pull.GateAutomerge)
		if want == "" {
			if slices.ContainsFunc(v.Reasons, func(r pull.Reason) bool { return strings.HasSuffix(r.Code, "-change-invalid") }) || !strings.Contains(got.Text, "Tried on") {
				t.Errorf("a good one: got %+v, %q", v.Reasons, got.Text)
			}
			continue
		}
		if v.State != pull.Block || v.Lead().Code != want || d.Stage != 0 || got.Conclusion != "failure" {
			t.Errorf("got %s %+v at stage %d, written %s; want %s", v.State, v.Reasons, d.Stage, got.Conclusion, want)
		}
		if len(got.Annotations) != 1 || got.Annotations[0].Path != ".bulldozer.yml" || got.Annotations[0].Line != 2 {
			t.Errorf("annotates %+v, want line 2", got.Annotations)
		}
	}
}
