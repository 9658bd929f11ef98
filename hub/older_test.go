package hub

import (
	"context"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// An older Enterprise Server lacks parts of GraphQL. What can be read another way is, and nothing is taken to be absent
// because it could not be asked for.
func TestOlderServersAreReadAnotherWay(t *testing.T) {
	w := newWorld(t, func(o *githubtest.Options) {
		o.Lacks = []string{"Ref.rules", "PullRequest.autoMergeRequest", "PullRequest.isMergeQueueEnabled", "BranchProtectionRule.lockBranch", "BranchProtectionRule.bypassPullRequestAllowances", "Mutation.updateRefs"}
	})
	p := w.change()
	w.repo.AddRuleset(githubtest.Ruleset{Name: "main", Include: []string{"main"}, Rules: []githubtest.Rule{
		{Type: "required_status_checks", Checks: []githubtest.RequiredCheck{{Name: "ci", App: 5}}}, {Type: "required_linear_history"}}})
	r := w.snapshot(p)
	if len(r.Rules.Checks) != 1 || r.Rules.Checks[0].Name != "ci" || r.Rules.Checks[0].App != 5 || !r.Rules.Linear || r.Test.State != pull.Clean {
		t.Errorf("rules through REST: got %+v, test merge %q", r.Rules, r.Test.State)
	}
	before := w.repo.Branch("main")
	err := w.hub.Move(context.Background(), w.asRepo(), "main", p.Head(), p.Head())
	if f, ok := asFailure(err); !ok || f.Code != "base-modified" || f.Class != pull.Transient {
		t.Errorf("main is elsewhere: got %v, want base-modified", err)
	}
	err = w.hub.Move(context.Background(), w.asRepo(), "main", before, p.Head())
	if f, ok := asFailure(err); !ok || f.Code != "protected" || w.repo.Branch("main") != before {
		t.Errorf("a required check is missing: got %v, want protected", err)
	}
	if err := w.hub.Delete(context.Background(), w.asRepo(), "change", p.Head()); err == nil || w.repo.Branch("change") == "" {
		t.Errorf("a branch was deleted without compare-and-swap: %v", err)
	}
}

func TestAServerWithoutRulesetsHasNone(t *testing.T) {
	w := newWorld(t, func(o *githubtest.Options) { o.Lacks = []string{"Ref.rules", "/rules/branches/"} })
	if r := w.snapshot(w.change()); len(r.Rules.Checks) > 0 || r.Rules.Unreadable != "" {
		t.Errorf("got %+v, want no rules", r.Rules)
	}
}

// Before 3.15 a ruleset could not say by which methods pull requests may be merged, and the oldest that are served know no rulesets in
// GraphQL either: what is cut out of a fragment must not keep the fragment from being dropped.
func TestServersThatKnowNoMethodsOfRulesets(t *testing.T) {
	const methods = "PullRequestParameters.allowedMergeMethods"
	for name, lacks := range map[string][]string{"methods": {methods}, "methods and rules": {methods, "Ref.rules"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *githubtest.Options) { o.Lacks = lacks })
			w.repo.AddRuleset(githubtest.Ruleset{Name: "main", Include: []string{"main"}, Rules: []githubtest.Rule{
				{Type: "required_status_checks", Checks: []githubtest.RequiredCheck{{Name: "ci", App: 5}}}, {Type: "pull_request", Reviews: 1}}})
			r := w.snapshot(w.change())
			if len(r.Rules.Checks) != 1 || r.Rules.Checks[0].Name != "ci" || r.Test.State != pull.Clean {
				t.Errorf("got %+v, test merge %q", r.Rules, r.Test.State)
			}
		})
	}
}

func TestAServerThatIsTooOldIsNotGuessedAt(t *testing.T) {
	w := newWorld(t, func(o *githubtest.Options) { o.Lacks = []string{"PullRequest.potentialMergeCommit"} })
	if f, ok := asFailure(w.snapshotError(w.change())); !ok || f.Code != "github-too-old" || f.Class != pull.Permanent {
		t.Errorf("got %v, want github-too-old", f)
	}
}
