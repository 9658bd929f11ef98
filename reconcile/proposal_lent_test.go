package reconcile

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// lenders is a store in which everything that is lent is lent to the records.
type lenders struct {
	Store
	records []pull.Record
}

func (l lenders) Lent(_ context.Context, repository string) (names []string, err error) {
	for _, r := range l.records {
		for _, name := range borrows(r.Request) {
			if strings.HasPrefix(name, repository+":") {
				names = append(names, strings.ToLower(name))
			}
		}
	}
	return names, nil
}

func (l lenders) Borrowers(_ context.Context, _ pull.Key, owner, _ string, _ int) (list []pull.Record, total int, err error) {
	for _, r := range l.records {
		if owner == "" || r.Request.Repo.Owner == owner {
			list = append(list, r)
		}
	}
	return list, len(list), nil
}

const pointer = "remote: acme/rules\npath: jobs.yml\n"

// pointing is an approved pull request whose policy is kept in acme/rules:jobs.yml.
func pointing(public bool, text string) pull.Record {
	r := borrowing(public)
	r.Request.Policy = pull.Source{Path: ".policy.yml", Blob: sha("5"), Text: text}
	r.Request.Remote = pull.Source{Path: "acme/rules:jobs.yml", Blob: sha("9"), Text: fmt.Sprintf(theirText, 1)}
	return r
}

// lending is a change of acme/rules:jobs.yml, which nothing governs; "" removes it.
func lending(t *testing.T, text string, records ...pull.Record) Decision {
	t.Helper()
	w := world()
	w.Request.Policy, w.Request.Repo.Name, w.Request.Repo.DefaultBranch = pull.Source{}, "rules", "main"
	w = editing(w, map[string]string{"jobs.yml": text})
	if text == "" {
		w.Request.Files[0].NewMode, w.Request.Besides = pull.Absent, nil
	}
	p := &pass{Reconciler: &Reconciler{Store: lenders{records: records}}}
	var err error
	if w.Lent, err = p.lent(t.Context(), w.Request); err != nil {
		t.Fatal(err)
	}
	if err := p.consider(t.Context(), &w); err != nil {
		t.Fatal(err)
	}
	return w.Decide()
}

func TestAProposedRemotePolicyShowsWhatItWouldAlter(t *testing.T) {
	lands := pointing(true, pointer)
	lands.Request.Remote = pull.Source{}
	lands.Request.Landing = pull.Source{Path: "acme/rules:jobs.yml", Blob: sha("9"), Text: "version: 1\nmerge: {method: merge}\n"}
	tag, release := pointing(true, pointer+"ref: v1\n"), pointing(true, pointer+"ref: release\n")
	const name = "- acme/vault\\#3 Raise the API: "
	for what, tt := range map[string]struct {
		text  string
		other pull.Record
		want  string
	}{
		"the same":               {fmt.Sprintf(theirText, 1), pointing(true, pointer), "None would be decided differently."},
		"two":                    {fmt.Sprintf(theirText, 2), pointing(true, pointer), name + "would no longer be approved: one\n"},
		"by the branch's name":   {fmt.Sprintf(theirText, 2), pointing(true, pointer+"ref: refs/heads/main\n"), name + "would no longer be approved: one\n"},
		"it points on":           {"remote: acme/secrets\n", pointing(true, pointer), name + "would no longer be approved"},
		"gone":                   {"", pointing(true, pointer), "It would be gone. Tried on 1 open pull requests of repositories that point to it.\n\n" + name + "would no longer be approved"},
		"landing":                {dozerText, lands, name + "would land by squash instead of merge\n"},
		"another branch is read": {fmt.Sprintf(theirText, 2), release, ""},
		"a tag is read":          {fmt.Sprintf(theirText, 2), tag, ""},
	} {
		t.Run(what, func(t *testing.T) {
			d := lending(t, tt.text, tt.other)
			if tt.want == "" {
				if d.Gated || len(d.Reports) > 0 {
					t.Errorf("got %+v, want it left alone", d.Reports)
				}
				return
			}
			got := d.written(t, pull.GateApproval)
			if len(d.Reports) != 1 || got.Conclusion != "success" || !strings.Contains(got.Text, tt.want) {
				t.Errorf("got %d reports, %s: %q; want %q in it", len(d.Reports), got.Conclusion, got.Text, tt.want)
			}
		})
	}
}

func TestThreat9AFaultyRemotePolicyBlocks(t *testing.T) {
	d := lending(t, "policy: {}\napproval_ruls: []\n", pointing(true, pointer))
	v, got := d.Verdict(pull.GateApproval), d.written(t, pull.GateApproval)
	if v.State != pull.Block || v.Lead().Code != "policy-change-invalid" || got.Conclusion != "failure" {
		t.Errorf("got %s %+v, written %s; want policy-change-invalid", v.State, v.Reasons, got.Conclusion)
	}
	if len(got.Annotations) != 1 || got.Annotations[0].Path != "jobs.yml" || got.Annotations[0].Line != 2 {
		t.Errorf("annotates %+v, want jobs.yml, line 2", got.Annotations)
	}
}

// TestThreat68ARemotePolicyTellsNothingOfStrangers: of other owners' repositories only what everybody may read is told, and of
// one's own private ones nothing that depends on the text.
func TestThreat68ARemotePolicyTellsNothingOfStrangers(t *testing.T) {
	stranger, open := pointing(false, pointer), pointing(true, pointer)
	stranger.Request.Repo.Owner, open.Request.Repo.Owner = "other", "other"
	if d := lending(t, fmt.Sprintf(theirText, 2), stranger); len(d.Reports) != 0 {
		t.Errorf("another owner's private repository alone: got %q, want nothing", d.Reports[0].Text)
	}
	texts := map[string]bool{}
	for n := 1; n <= 2; n++ {
		text := lending(t, fmt.Sprintf(theirText, n), stranger, open, pointing(false, pointer)).written(t, pull.GateApproval).Text
		if strings.Contains(text, "acme/vault") || !strings.Contains(text, "Tried on 2 open") || !strings.Contains(text, "1 of them are in repositories that are not public") {
			t.Errorf("it says %q", text)
		}
		if n == 2 && !strings.Contains(text, "- other/vault\\#3 Raise the API: would no longer be approved") {
			t.Errorf("it says %q", text)
		}
		texts[text] = true
	}
	if len(texts) != 2 {
		t.Errorf("the public one is not tried: %v", texts)
	}
}

func TestTheFirstPolicyIsChecked(t *testing.T) {
	for what, tt := range map[string]struct {
		repo, path, text string
		code, want       string
	}{
		"ours":                {"jobs", ".sallyport.yml", policyText, "not-governed", "### What this policy would alter"},
		"ours, faulty":        {"jobs", ".sallyport.yml", "version: 1\nruls: []\n", "policy-change-invalid", ""},
		"bulldozer's, faulty": {"jobs", ".bulldozer.yml", "version: 1\nmerg: {}\n", "landing-change-invalid", ""},
		"the floor":           {".github", ".sallyport.yml", policyText, "not-governed", "### What this floor would alter"},
		"the shared policy":   {".github", "policy.yml", fmt.Sprintf(theirText, 1), "not-governed", "### What this policy.yml would alter"},
		"no policy at all":    {"jobs", "policy.yml", fmt.Sprintf(theirText, 1), "", ""},
	} {
		t.Run(what, func(t *testing.T) {
			w := world()
			w.Request.Policy, w.Request.Repo.Name, w.Request.Repo.DefaultBranch = pull.Source{}, tt.repo, "main"
			w = editing(w, map[string]string{tt.path: tt.text})
			d := w.Decide()
			if tt.code == "" {
				if d.Gated || !w.advised() && len(d.Reports) > 0 {
					t.Errorf("got %+v, want it left alone", d.Reports)
				}
				return
			}
			v, got := d.Verdict(pull.GateApproval), d.written(t, pull.GateApproval)
			if d.Gated || v.Lead().Code != tt.code || len(d.Reports) != 1 || !strings.Contains(got.Text, tt.want) {
				t.Errorf("got %s %+v, %q; want %s, %q", v.State, v.Reasons, got.Text, tt.code, tt.want)
			}
		})
	}
}
