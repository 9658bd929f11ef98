package verify

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

const (
	botPolicy = `policy:
  approval: [an admin]
approval_rules:
  - name: an admin
    requires: {count: 1, permissions: [admin]}
`
	botPointer = "remote: acme/.github\npath: policies/jobs.yml\n"
	always     = `version: 1
applies: always
rules:
  - name: all of it needs an admin
    paths: ["**"]
    require:
      approvals: {count: 1, from: [admin]}
`
)

// source is a text as a snapshot has it.
func (w *town) source(path, text string) pull.Source {
	return pull.Source{Path: path, Text: text, Blob: blobName(text, 40)}
}

// without takes the policy away from main, so that another repository's judges.
func (w *town) without(t *testing.T) {
	t.Helper()
	w.from = w.foreign(".sallyport.yml", "")
}

func botRules(t *testing.T, text string) config.Policy {
	t.Helper()
	p, problems := config.ParsePolicyBot(".policy.yml", []byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	return config.Policy{PolicyBot: p}
}

// foreigners are the ways in which a file of another repository judges. Each lands one pull request and gives the path
// and the text.
var foreigners = map[string]func(*testing.T, *town) (path, text string){
	"shared": func(t *testing.T, w *town) (string, string) {
		w.without(t)
		w.land(landing{path: "prod/api.nomad", text: "two\n", method: pull.MethodSquash, evidence: func(world *reconcile.World) {
			world.Request.Policy = w.source("acme/.github:policy.yml", botPolicy)
			world.Rulebook = botRules(t, botPolicy)
		}, statement: squashed})
		return "policy.yml", botPolicy
	},
	"remote": func(t *testing.T, w *town) (string, string) {
		w.without(t)
		w.from = w.foreign(".policy.yml", botPointer)
		w.land(landing{path: "prod/api.nomad", text: "two\n", method: pull.MethodSquash, evidence: func(world *reconcile.World) {
			world.Request.Policy = w.source(".policy.yml", botPointer)
			world.Request.Remote = w.source("acme/.github:policies/jobs.yml", botPolicy)
			world.Rulebook = botRules(t, botPolicy)
		}, statement: squashed})
		return "policies/jobs.yml", botPolicy
	},
	"floor": func(t *testing.T, w *town) (string, string) {
		w.without(t)
		w.land(landing{path: "prod/api.nomad", text: "two\n", method: pull.MethodSquash, evidence: func(world *reconcile.World) {
			world.Request.Floor = w.source("acme/.github:.sallyport.yml", always)
			world.Floor = reconcile.Floor{Present: true, Rules: parsePolicy(t, always).Approval, Always: true}
		}, statement: squashed})
		return ".sallyport.yml", always
	},
}

// squashed says of a landing by hand what a server says of it.
func squashed(l *attest.Landing) { l.Ledger.Row.Kind = "landed" }

// clone is a repository with a file in it, which a later commit replaces.
func clone(t *testing.T, path, text string) string {
	t.Helper()
	r := newRepo(t)
	first := r.commit(payload(r.tree(files{path: text}), nil, "root", "First", noon), nil, noon)
	r.ref("refs/heads/main", r.commit(payload(r.tree(files{path: "version: 1\n"}), []string{first}, "root", "Second", noon), nil, noon))
	return r.dir
}

func TestPoliciesOfOtherRepositoriesAreAskedFor(t *testing.T) {
	folder := func(t *testing.T, text string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "any name"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for kind, land := range foreigners {
		for _, tt := range []struct {
			name  string
			shelf func(t *testing.T, path, text string) []string
			want  string // a code; "" where all is good
			how   Outcome
		}{
			{"nothing given", func(*testing.T, string, string) []string { return nil }, "policy-elsewhere", Unknown},
			{"a clone", func(t *testing.T, path, text string) []string { return []string{clone(t, path, text)} }, "", Good},
			{"a folder", func(t *testing.T, _, text string) []string { return []string{folder(t, text)} }, "", Good},
			{"one of two clones", func(t *testing.T, path, text string) []string {
				return []string{clone(t, "README.md", "hello\n"), clone(t, path, text)}
			}, "", Good},
			{"another clone", func(t *testing.T, path, _ string) []string { return []string{clone(t, path, "other\n")} }, "policy-not-found", Unknown},
			{"another folder", func(t *testing.T, _, _ string) []string { return []string{folder(t, "other\n")} }, "policy-not-found", Unknown},
			{"a clone that has it at another path", func(t *testing.T, _, text string) []string { return []string{clone(t, "drafts/lax.yml", text)} }, "policy-never-there", Bad},
		} {
			t.Run(kind+"/"+tt.name, func(t *testing.T) {
				w := newTown(t)
				path, text := land(t, w)
				o := w.options()
				o.Policies = tt.shelf(t, path, text)
				r := w.verify(o)
				want := []string(nil)
				if tt.want != "" {
					want = []string{at(w.tip, tt.want)}
				}
				if got := codes(r); r.Verdict != tt.how || !slices.Equal(got, want) {
					t.Errorf("verdict %v, findings %v, want %v, %v", r.Verdict, got, tt.how, want)
				}
			})
		}
	}
}

// What another repository is said to have asked is held to the name under which it was attested, and to where it may be.
func TestThreat9TextsOfOtherRepositoriesAreNotMadeUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		forge func(*pull.Request)
		want  string
	}{
		{"a text of another name", func(r *pull.Request) { r.Floor.Text += "# more\n" }, "policy-text-differs"},
		{"no name at all", func(r *pull.Request) { r.Floor.Blob = "" }, "policy-text-differs"},
		{"a repository of somebody else's", func(r *pull.Request) { r.Floor.Path = "mallory/.github:.sallyport.yml" }, "policy-differs"},
		{"another file", func(r *pull.Request) { r.Floor.Path = "acme/.github:drafts/lax.yml" }, "policy-differs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTown(t)
			w.without(t)
			sha := w.land(landing{path: "prod/api.nomad", text: "two\n", method: pull.MethodSquash, evidence: func(world *reconcile.World) {
				world.Request.Floor = w.source("acme/.github:.sallyport.yml", always)
				tt.forge(&world.Request)
				world.Floor = reconcile.Floor{Present: true, Rules: parsePolicy(t, always).Approval, Always: true}
			}, statement: squashed})
			o := w.options()
			o.Policies = []string{clone(t, ".sallyport.yml", always)}
			if r := w.verify(o); r.Verdict != Bad || !slices.Contains(codes(r), at(sha, tt.want)) {
				t.Errorf("verdict %v, findings %v, want %s", r.Verdict, codes(r), tt.want)
			}
		})
	}
}

// A floor beside a repository's own policy only asks for more: without its clone that is a remark.
func TestFloorBesideAPolicyIsTheBotsWord(t *testing.T) {
	w := newTown(t)
	sha := w.land(landing{path: "prod/api.nomad", text: "two\n", evidence: func(world *reconcile.World) {
		world.Request.Floor = w.source("acme/.github:.sallyport.yml", always)
		world.Floor = reconcile.Floor{Present: true, Rules: parsePolicy(t, always).Approval, Always: true}
	}})
	o := w.options()
	r := w.verify(o)
	if f := r.Commits[0].Findings; r.Verdict != Good || len(f) != 1 || f[0].Code != "policy-elsewhere" {
		t.Errorf("verdict %v, found %+v", r.Verdict, f)
	}
	o.Strict = true
	if r := w.verify(o); r.Verdict != Unknown || !slices.Equal(codes(r), []string{at(sha, "policy-elsewhere")}) {
		t.Errorf("strictly: verdict %v, findings %v", r.Verdict, codes(r))
	}
}

// A clone on disk that is no clone is said so.
func TestPoliciesThatAreNotThere(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	o := w.options()
	o.Policies = []string{filepath.Join(t.TempDir(), "missing")}
	if r, err := Run(t.Context(), o); err == nil {
		t.Errorf("verdict %v, and no error", r.Verdict)
	}
}
