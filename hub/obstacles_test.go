package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestWhatKeepsUsFromLandingIsRead(t *testing.T) {
	tests := []struct {
		name    string
		protect func(w *world)
		want    func(pull.Rules) string
		got     string
	}{
		{"locked", func(w *world) { w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Locked: true}) },
			func(r pull.Rules) string { return r.Locked }, "branch protection"},
		{"restricted to others", func(w *world) {
			w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Restricted: true, Pushers: []*githubtest.Account{w.bo}})
		}, func(r pull.Rules) string { return r.Restricted }, "branch protection"},
		{"restricted to us", func(w *world) {
			w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Restricted: true, PushApps: []*githubtest.App{w.app}})
		}, func(r pull.Rules) string { return r.Restricted }, ""},
		{"updates restricted", func(w *world) {
			w.repo.AddRuleset(githubtest.Ruleset{Name: "shut", Include: []string{"main"}, Rules: []githubtest.Rule{{Type: "update"}}})
		}, func(r pull.Rules) string { return r.Updates }, "ruleset shut"},
		{"updates restricted to us", func(w *world) {
			w.repo.AddRuleset(githubtest.Ruleset{Name: "ours", Include: []string{"main"}, Bypass: []githubtest.Bypass{{App: w.app}},
				Rules: []githubtest.Rule{{Type: "update"}}})
		}, func(r pull.Rules) string { return r.Updates }, ""},
		{"reviews required of us", func(w *world) {
			w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Reviews: 2})
		}, reviews, "review_required classic"},
		{"reviews required of others", func(w *world) {
			w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Reviews: 2, PullApps: []*githubtest.App{w.app}})
		}, reviews, "review_required"},
		{"reviews required by a ruleset", func(w *world) {
			w.repo.AddRuleset(githubtest.Ruleset{Name: "main", Include: []string{"main"}, Rules: []githubtest.Rule{{Type: "pull_request", Reviews: 1}}})
		}, reviews, "review_required [pull_request]"},
		{"no reviews required", func(w *world) {
			w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", RequirePull: true})
		}, reviews, "classic"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			tt.protect(w)
			if got := tt.want(w.snapshot(p).Rules); got != tt.got {
				t.Errorf("got %q, want %q", got, tt.got)
			}
		})
	}
}

// reviews is what GitHub says of the reviews that it requires itself.
func reviews(r pull.Rules) string {
	words := []string{r.Unreviewed}
	if r.ReviewsClassic {
		words = append(words, "classic")
	}
	for _, rs := range r.Rulesets {
		words = append(words, fmt.Sprint(rs.Demands))
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

func TestWhatTheAppMayNotDoIsRead(t *testing.T) {
	w := newWorld(t)
	if got := must(w.hub.Lacks(context.Background(), w.asRepo()))(t); len(got) > 0 {
		t.Errorf("it may do everything, and lacks %v", got)
	}
	some := githubtest.DefaultPermissions()
	some["contents"] = "read"
	delete(some, "workflows")
	app := must(w.gh.App(githubtest.AppOptions{Slug: "modest", Key: appKey(), Permissions: some}))(t)
	w.app = app
	repo := w.asRepo()
	repo.Installation = app.Install(w.org).ID
	if got := must(w.connect(w.address).Lacks(context.Background(), repo))(t); !slices.Equal(got, []string{"contents", "workflows"}) {
		t.Errorf("got %v, want contents and workflows", got)
	}
}

// That the app may not pass a ruleset by is asked anew every time; that it may, with a commit pushed to the branch, is believed.
func TestWhichRulesetsBarUsIsRead(t *testing.T) {
	rule := []githubtest.Rule{{Type: "merge_queue", Method: "MERGE"}}
	tests := []struct {
		name   string
		bypass func(w *world) []githubtest.Bypass
		barred bool
	}{
		{"nobody passes", func(*world) []githubtest.Bypass { return nil }, true},
		{"somebody else passes", func(*world) []githubtest.Bypass { return []githubtest.Bypass{{Role: pull.Admin}} }, true},
		{"we pass", func(w *world) []githubtest.Bypass { return []githubtest.Bypass{{App: w.app}} }, false},
		{"this GitHub does not say", func(w *world) []githubtest.Bypass { // as an older server: the landing is tried, and refused in GitHub's words
			w.gh.Fault(githubtest.Fault{Method: "GET", Path: "/repos/*/*/rulesets/*", Status: 404, Body: `{"message":"Not Found"}`})
			return nil
		}, false},
		{"we pass with pull requests only", func(w *world) []githubtest.Bypass {
			return []githubtest.Bypass{{App: w.app, Mode: "pull_request"}}
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.repo.AddRuleset(githubtest.Ruleset{Name: "queue", Include: []string{"main"}, Rules: rule, Bypass: tt.bypass(w)})
			rulesets := w.snapshot(w.change()).Rules.Rulesets
			for range 2 {
				rulesets = must(w.hub.Bar(context.Background(), w.asRepo(), rulesets))(t)
				if len(rulesets) != 1 || rulesets[0].Barred != tt.barred {
					t.Errorf("got %+v, want barred %t", rulesets, tt.barred)
				}
			}
		})
	}
}
