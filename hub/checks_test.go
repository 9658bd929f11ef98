package hub

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestThreat62NewestOfEachSource(t *testing.T) {
	at := func(minute int) *time.Time {
		t := time.Date(2026, 1, 1, 12, minute, 0, 0, time.UTC)
		return &t
	}
	run := func(id, app int64, status, conclusion string, start *time.Time) contextFacts {
		c := contextFacts{Kind: "CheckRun", ID: id, Name: "build", Status: status, Conclusion: conclusion, StartedAt: start}
		c.Suite = &suiteFacts{App: &appFacts{app}}
		return c
	}
	got := checksOf([]contextFacts{
		run(5, 1, "COMPLETED", "SUCCESS", at(9)), // says that it started last, but is older
		run(7, 1, "QUEUED", "", nil),
		run(6, 2, "COMPLETED", "SUCCESS", at(1)),
		{Kind: "StatusContext", Context: "build", State: "FAILURE", CreatedAt: at(2)},
		{Kind: "StatusContext", Context: "build", State: "SUCCESS", CreatedAt: at(1)},
	})
	want := []pull.Check{
		{Kind: pull.CheckRun, Name: "build", App: 1, ID: 7, Status: "queued"},
		{Kind: pull.CheckRun, Name: "build", App: 2, ID: 6, Status: "completed", Conclusion: "success", StartedAt: *at(1)},
		{Kind: pull.CommitStatus, Name: "build", Status: "completed", Conclusion: "failure", StartedAt: *at(2)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
}

func TestExpectedStatusIsPending(t *testing.T) {
	got := contextFacts{Kind: "StatusContext", Context: "x", State: "EXPECTED"}.decode()
	if got.Done() || got.Conclusion != "" {
		t.Errorf("an expected status reads %+v", got)
	}
}

func TestRulesOfProtectionAndRulesetsTogether(t *testing.T) {
	w := newWorld(t)
	ci := must(w.gh.App(githubtest.AppOptions{Slug: "ci"}))(t)
	w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Strict: true,
		Checks: []githubtest.RequiredCheck{{Name: "build", App: ci.ID}, {Name: "lint"}}})
	prod := w.repo.AddRuleset(githubtest.Ruleset{Name: "prod", Include: []string{"main"}, Rules: []githubtest.Rule{
		{Type: "required_status_checks", Checks: []githubtest.RequiredCheck{{Name: "plan", App: ci.ID}}},
		{Type: "required_linear_history"}, {Type: "required_signatures"}, {Type: "pull_request", Methods: []string{"merge", "squash"}},
	}})
	w.repo.AddRuleset(githubtest.Ruleset{Name: "trial", Enforcement: "evaluate", Include: []string{"main"}, Rules: []githubtest.Rule{{Type: "merge_queue", Method: "MERGE"}}})
	got := w.snapshot(w.change()).Rules
	want := pull.Rules{
		Checks: []pull.RequiredCheck{
			{Name: "build", App: ci.ID, From: "branch protection"}, {Name: "lint", From: "branch protection"},
			{Name: "plan", App: ci.ID, From: "ruleset prod"},
		},
		Strict: true, Linear: true, Signed: true, Allowed: []string{"squash"},
		Rulesets: []pull.Ruleset{{ID: prod, Name: "prod", Demands: []string{"required_status_checks", "required_signatures", "pull_request"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestMergeQueueAndRepositorySettings(t *testing.T) {
	w := newWorld(t)
	w.repo.SetMerge(githubtest.MergeSettings{Rebase: true})
	queue := w.repo.AddRuleset(githubtest.Ruleset{Name: "queue", Include: []string{"main"}, Rules: []githubtest.Rule{{Type: "merge_queue", Method: "MERGE"}}})
	got := w.snapshot(w.change()).Rules
	want := pull.Rules{Queue: true, QueueMethod: "merge", Allowed: []string{"rebase"}, Rulesets: []pull.Ruleset{{ID: queue, Name: "queue", Demands: []string{"merge_queue"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestRulesThatMayNotBeReadAreNotAbsent(t *testing.T) {
	w := newWorld(t)
	w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Checks: []githubtest.RequiredCheck{{Name: "build"}}})
	w.install.Permit("administration", "")
	got := w.snapshot(w.change()).Rules
	if got.Unreadable == "" || len(got.Checks) != 1 || got.Checks[0].Name != "build" {
		t.Errorf("rules are %+v, want the check's name and why the rest is not known", got)
	}
}

func TestEvaluatedRulesetDemandsNothing(t *testing.T) {
	var rules pull.Rules
	rule := ruleFacts{Type: "REQUIRED_SIGNATURES"}
	rule.Ruleset = &rulesetFacts{Name: "trial", Enforcement: "EVALUATE"}
	if addRule(&rules, rule); rules.Signed {
		t.Error("a ruleset on trial was taken for one in force")
	}
	rule.Ruleset = nil
	if addRule(&rules, rule); !rules.Signed {
		t.Error("a rule whose ruleset the app may not see was left out")
	}
}

// threat 62: GitHub shows a hundred contexts at a time; what is on a later page counts as well.
func TestThreat62AThousandChecksAreAllRead(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	ci := must(w.gh.App(githubtest.AppOptions{Slug: "ci"}))(t)
	for i := range 999 {
		must(w.repo.CheckRun(ci, fmt.Sprintf("job %d", i), p.Head(), "completed", "success"))(t)
	}
	if err := w.repo.Status(w.alice, p.Head(), "the last one", "failure"); err != nil {
		t.Fatal(err)
	}
	got := w.snapshot(p).Checks
	if len(got) != 1000 {
		t.Fatalf("got %d checks, want 1000", len(got))
	}
	if !slices.ContainsFunc(got, func(c pull.Check) bool { return c.Name == "the last one" && c.Conclusion == "failure" }) {
		t.Error("the red one is missing")
	}
}

// threat 62: whoever may write can post statuses without end; what was not read to its end is not believed.
func TestThreat62ChecksWithoutEndAreRefused(t *testing.T) {
	w := newWorld(t)
	tip := w.repo.Branch("main")
	page := fmt.Sprintf(`{"data":{"repository":{"databaseId":%d,"object":{"oid":%q,"statusCheckRollup":{"contexts":{"nodes":[],
"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}}},"rateLimit":{"cost":1,"remaining":4000}}}`, w.repo.ID, tip)
	w.gh.Fault(githubtest.Fault{Operation: "Tested", Status: 200, Body: page})
	_, err := w.hub.ChecksOn(t.Context(), w.asRepo(), tip)
	wantFailure(t, err, pull.Permanent, "pull-too-large")
}
