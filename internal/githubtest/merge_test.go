package githubtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func TestMergeabilityIsWorkedOutWhenAsked(t *testing.T) {
	w := newWorld(t, Options{MergeabilityAsks: 2})
	p := w.pull("feature", "a.txt", "a\n")
	ask := func() (mergeable any, state, sha string) {
		var out struct {
			Mergeable      any
			MergeableState string `json:"mergeable_state"`
			SHA            string `json:"merge_commit_sha"`
		}
		w.want(200, "GET", "/repos/acme/infra/pulls/1", nil, &out)
		return out.Mergeable, out.MergeableState, out.SHA
	}
	for i, want := range []any{nil, nil, true, true} {
		if got, _, _ := ask(); got != want {
			t.Errorf("ask %d: mergeable is %v, want %v", i+1, got, want)
		}
	}
	_, _, first := ask()
	w.hub.mu.Lock()
	c, err := w.repo.git.commit(first)
	w.hub.mu.Unlock()
	check(t, err)
	if diff := cmp.Diff([]string{w.repo.Branch("main"), p.Head()}, c.Parents); diff != "" {
		t.Errorf("parents of the test merge differ (-want +got):\n%s", diff)
	}

	w.commit("main", "a.txt", "another\n", w.alice)
	if m, state, sha := ask(); m != nil || state != "unknown" || sha != first {
		t.Errorf("after the base moved: mergeable %v, %s, test merge %s; want unknown and the old test merge", m, state, sha)
	}
	ask()
	if m, state, sha := ask(); m != false || state != "dirty" || sha != "" {
		t.Errorf("with a conflict: mergeable %v, %s, test merge %q; want false, dirty and none", m, state, sha)
	}
}

func TestMergeMethods(t *testing.T) {
	for _, method := range []string{"merge", "squash", "rebase"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.commit("feature", "one.txt", "1\n", w.bob)
			p := w.pull("feature", "two.txt", "2\n")
			base := w.commit("main", "three.txt", "3\n", w.alice)
			var out struct{ SHA string }
			w.want(200, "PUT", "/repos/acme/infra/pulls/1/merge", object{"merge_method": method, "sha": p.Head()}, &out)
			got := gitOut(t, w.repo, "rev-list", "--parents", "-1", "main")
			landed := strings.Fields(got)[0]
			if landed != out.SHA || p.State() != "merged" {
				t.Errorf("git says main is %s, the answer %s, the state %s", landed, out.SHA, p.State())
			}
			files := gitOut(t, w.repo, "ls-tree", "--name-only", "main")
			if want := "README.md\none.txt\nthree.txt\ntwo.txt"; files != want {
				t.Errorf("files: got %q want %q", files, want)
			}
			want := map[string]int{"merge": 3, "squash": 1, "rebase": 2}[method]
			if n := strings.Count(gitOut(t, w.repo, "rev-list", base+"..main"), "\n") + 1; n != want {
				t.Errorf("%s landed %d commits, want %d", method, n, want)
			}
			gitOut(t, w.repo, "fsck", "--strict", "--no-dangling")
		})
	}
}

func gitOut(t *testing.T, r *Repo, args ...string) string {
	t.Helper()
	out, err := runGit(r.Dir(), nil, args...)
	check(t, err)
	return strings.TrimSpace(string(out))
}

func TestWhatKeepsAPullRequestFromLanding(t *testing.T) {
	green := func(w *world, p *Pull, app *App) {
		_, err := w.repo.CheckRun(app, "build", p.Head(), "completed", "success")
		check(t, err)
	}
	build := []RequiredCheck{{Name: "build"}}
	tests := []struct {
		name   string
		set    func(w *world, p *Pull)
		body   object
		status int
		want   string // part of the message
	}{
		{"nothing", func(*world, *Pull) {}, nil, 200, "merged"},
		{"another head", func(*world, *Pull) {}, object{"sha": zeroSHA}, 409, "Head branch was modified"},
		{"draft", func(w *world, p *Pull) { p.SetDraft(w.bob, true) }, nil, 405, "draft"},
		{"closed", func(w *world, p *Pull) { p.Close(w.bob) }, nil, 405, "not mergeable"},
		{"conflict", func(w *world, p *Pull) { w.commit("main", "a.txt", "other\n", w.alice) }, nil, 405, "not mergeable"},
		{"method", func(w *world, p *Pull) { w.repo.SetMerge(MergeSettings{Squash: true}) }, nil, 405, "Merge commits are not allowed"},
		{"check missing", func(w *world, p *Pull) { w.repo.Protect(w.alice, Protection{Pattern: "main", Checks: build}) }, nil, 405, `"build" is expected`},
		{"check by another app", func(w *world, p *Pull) {
			w.repo.Protect(w.alice, Protection{Pattern: "main", Checks: []RequiredCheck{{"build", w.ci.ID}}})
			green(w, p, w.app)
		}, nil, 405, `"build" is expected`},
		{"status of the same name failing", func(w *world, p *Pull) {
			w.repo.Protect(w.alice, Protection{Pattern: "main", Checks: build})
			green(w, p, w.ci)
			check(t, w.repo.Status(w.bob, p.Head(), "build", "failure"))
		}, nil, 405, `"build" is failing`},
		{"check green", func(w *world, p *Pull) {
			w.repo.Protect(w.alice, Protection{Pattern: "main", Checks: []RequiredCheck{{"build", w.ci.ID}}})
			green(w, p, w.ci)
		}, nil, 200, "merged"},
		{"strict", func(w *world, p *Pull) {
			w.repo.AddRuleset(Ruleset{Include: []string{"~DEFAULT_BRANCH"}, Rules: []Rule{{Type: "required_status_checks", Checks: build, Strict: true}}})
			green(w, p, w.ci)
			_, err := w.repo.Build("main", map[string]string{"x": "y"}, w.alice)
			check(t, err)
			w.hub.mu.Lock()
			defer w.hub.mu.Unlock()
			sha, err := w.repo.build("main", map[string]string{"x": "y"}, w.repo.spec(w.alice, nil))
			check(t, err)
			check(t, w.repo.move(refUpdate{Ref: "refs/heads/main", Before: w.repo.git.branch("main"), After: sha, By: byPerson(w.alice)}))
		}, nil, 405, "not up to date"},
		{"reviews", func(w *world, p *Pull) { w.repo.Protect(w.alice, Protection{Pattern: "main", Reviews: 1}) }, nil, 405, "approving review"},
		{"changes requested", func(w *world, p *Pull) {
			w.repo.Protect(w.alice, Protection{Pattern: "main", Reviews: 1})
			_, err := p.Review(w.alice, pull.ChangesRequested, "no")
			check(t, err)
		}, nil, 405, "Changes have been requested"},
		{"linear history", func(w *world, p *Pull) {
			w.repo.AddRuleset(Ruleset{Include: []string{"main"}, Rules: []Rule{{Type: "required_linear_history"}}})
		}, nil, 405, "linear history"},
		{"unsigned commits", func(w *world, p *Pull) {
			w.repo.AddRuleset(Ruleset{Include: []string{"main"}, Rules: []Rule{{Type: "required_signatures"}}})
		}, nil, 405, "verified signatures"},
		{"merge queue", func(w *world, p *Pull) {
			w.repo.AddRuleset(Ruleset{Include: []string{"main"}, Rules: []Rule{{Type: "merge_queue"}}})
		}, nil, 405, "merge queue"},
		{"push restriction", func(w *world, p *Pull) { w.repo.Protect(w.alice, Protection{Pattern: "main", Restricted: true}) }, nil, 405, "not authorized"},
		{"bypass", func(w *world, p *Pull) {
			w.repo.AddRuleset(Ruleset{Include: []string{"main"}, Bypass: []Bypass{{App: w.app}}, Rules: []Rule{{Type: "required_linear_history"}}})
		}, nil, 200, "merged"},
		{"workflow file", func(w *world, p *Pull) {
			w.commit("feature", ".github/workflows/ci.yml", "on: push\n", w.bob)
			w.installation.Permit("workflows", "")
		}, nil, 403, "without `workflows` permission"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Options{})
			p := w.pull("feature", "a.txt", "a\n")
			tt.set(w, p)
			var out struct{ Message string }
			res := w.call("PUT", "/repos/acme/infra/pulls/1/merge", tt.body, &out)
			if res.StatusCode != tt.status || !strings.Contains(out.Message, tt.want) {
				t.Errorf("got %d %q, want %d and %q", res.StatusCode, out.Message, tt.status, tt.want)
			}
			if (p.State() == "merged") != (tt.status == http.StatusOK) {
				t.Errorf("the pull request is %s", p.State())
			}
		})
	}
}

func TestRefsMoveUnderTheSameRules(t *testing.T) {
	w := newWorld(t, Options{})
	before := w.repo.Branch("main")
	p := w.pull("feature", "a.txt", "a\n")
	path := "/repos/acme/infra/git/refs/heads/main"
	w.commit("main", "b.txt", "b\n", w.alice)
	w.want(422, "PATCH", path, object{"sha": p.Head()}, nil) // not a fast forward
	w.repo.AddRuleset(Ruleset{Include: []string{"main"}, Rules: []Rule{{Type: "non_fast_forward"}}})
	w.want(422, "PATCH", path, object{"sha": before, "force": true}, nil) // forced, against the ruleset
	w.want(422, "PATCH", path, object{"sha": strings.Repeat("a", 40)}, nil)

	sha, err := w.repo.Build("main", map[string]string{"a.txt": "a\n"}, w.alice, Parents(w.repo.Branch("main"), p.Head()))
	check(t, err)
	w.want(200, "PATCH", path, object{"sha": sha}, nil)
	if p.State() != "merged" || p.Merged() != sha {
		t.Errorf("landing by moving the base: the pull request is %s as %q, want merged as %s", p.State(), p.Merged(), sha)
	}
}

func TestAdminsPassWhereRulesDoNotBindThem(t *testing.T) {
	for _, bound := range []bool{false, true} {
		w := newWorld(t, Options{})
		w.repo.Protect(w.alice, Protection{Pattern: "main", Reviews: 1, EnforceAdmins: bound})
		p := w.pull("feature", "a.txt", "a\n")
		if _, err := p.MergeBy(w.bob, "merge"); err == nil {
			t.Error("a writer landed without approval")
		}
		if _, err := p.MergeBy(w.alice, "merge"); (err != nil) != bound {
			t.Errorf("an admin landing, rules for admins %v: %v", bound, err)
		}
		if _, err := w.repo.Commit("main", map[string]string{"x": "y"}, w.bob); err == nil {
			t.Error("a writer pushed to a branch that demands pull requests")
		}
	}
}
