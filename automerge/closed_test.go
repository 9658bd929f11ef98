package automerge

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// What would make GitHub refuse every try is told before the first, with the setting's name and the mend.
func TestSettingsAreFoundBefore(t *testing.T) {
	rules := func(c *Case) *pull.Rules { return &c.Request.Rules }
	tests := []struct {
		name  string
		spoil func(*Case)
		code  string
	}{
		{"a locked branch", func(c *Case) { rules(c).Locked = "branch protection" }, "branch-locked"},
		{"push restriction", func(c *Case) { rules(c).Restricted = "branch protection" }, "push-restricted"},
		{"restricted updates", func(c *Case) { rules(c).Updates = "ruleset main" }, "updates-restricted"},
		{"required deployments", func(c *Case) { rules(c).Deployments = "ruleset main" }, "deployments-required"},
		{"a missing permission", func(c *Case) { rules(c).Lacks = []string{"contents"} }, "permission-missing"},
		{"threat 76: no permission for workflow files", func(c *Case) {
			rules(c).Lacks = []string{"workflows"}
			c.Request.Files = []pull.File{{Path: ".github/workflows/ci.yml"}}
		}, "permission-missing"},
		{"linear history and merge commits", func(c *Case) { rules(c).Linear = true }, "linear-history"},
		{"signed commits and rebase", func(c *Case) { rules(c).Signed, c.Policy.Method = true, pull.MethodRebase }, "signed-rebase"},
		{"classic protection wants signatures, and a merge brings a commit without one", func(c *Case) {
			rules(c).Signed, rules(c).SignedClassic, c.Request.Commits[0].Unverified = true, true, true
		}, "commit-unverified"},
		{"a ruleset wants signatures, and an exact landing brings a commit without one", func(c *Case) {
			c.Policy.Method, c.Signs, rules(c).Signed, c.Request.Commits[0].Unverified = pull.MethodExact, true, true, true
			rules(c).Rulesets = []pull.Ruleset{{ID: 1, Name: "main", Demands: []string{"required_signatures"}, Barred: true}}
		}, "commit-unverified"},
		{"a ruleset wants signatures, and GitHub does not know the bot's", func(c *Case) {
			c.Policy.Method, c.Signs, rules(c).Signed, c.Doubt = pull.MethodExact, true, true, "unknown_key"
			rules(c).Rulesets = []pull.Ruleset{{ID: 1, Name: "main", Demands: []string{"required_signatures"}, Barred: true}}
		}, "merge-unverified"},
		{"a ruleset wants signatures, and a fast-forward brings a commit without one", func(c *Case) {
			c.Policy.Method, rules(c).Signed, c.Request.Commits[0].Unverified = pull.MethodFastForward, true, true
			rules(c).Rulesets = []pull.Ruleset{{ID: 1, Name: "main", Demands: []string{"required_signatures"}, Barred: true}}
		}, "commit-unverified"},
		{"a method that is switched off", func(c *Case) { rules(c).Allowed = []string{"squash"} }, "method-not-allowed"},
		{"a method that one condition chooses", func(c *Case) {
			rules(c).Allowed, c.Request.AutoMerge = []string{"merge"}, true
			c.Policy.Methods = []Choice{{Method: pull.MethodSquash, If: Match{Signals: Signals{AutoMerge: true}}}}
		}, "method-not-allowed"},
		{"linear history and a fast-forward over a merge commit", func(c *Case) {
			rules(c).Linear, c.Policy.Method, c.Request.Commits[0].Parents = true, pull.MethodFastForward, []string{base, "c"}
		}, "linear-history"},
		{"a fast-forward where branches move by pull requests only", func(c *Case) {
			c.Policy.Method = pull.MethodFastForward
			rules(c).Rulesets = []pull.Ruleset{{ID: 1, Name: "main", Demands: []string{"update"}, Barred: true}}
		}, "updates-restricted"},
		{"an exact landing where branches move by pull requests only", func(c *Case) {
			c.Policy.Method, c.Signs = pull.MethodExact, true
			rules(c).Rulesets = []pull.Ruleset{{ID: 1, Name: "main", Demands: []string{"update"}, Barred: true}}
		}, "updates-restricted"},
		{"an exact landing where a ruleset wants CI on the merge", func(c *Case) {
			c.Policy.Method, c.Signs = pull.MethodExact, true
			rules(c).Rulesets = []pull.Ruleset{{ID: 1, Name: "main", Demands: []string{"required_status_checks"}, Barred: true}}
		}, "checks-on-merge"},
		{"an exact landing where the merge queue is required", func(c *Case) {
			c.Policy.Method, c.Signs, rules(c).Queue = pull.MethodExact, true, true
		}, "queue-required"},
		{"GitHub's merge queue", func(c *Case) { rules(c).Queue = true }, "queue-required"},
		{"rules that cannot be read", func(c *Case) { rules(c).Unreadable = "no permission" }, "rules-unreadable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ready()
			tt.spoil(&c)
			v, stage := Judge(c)
			if lead := v.Lead(); v.State != pull.Block || stage != NotReady || lead.Code != tt.code || lead.Next == "" {
				t.Errorf("got %s at stage %d, %+v; want %s with a next step", v.State, stage, lead, tt.code)
			}
		})
	}
	c := ready()
	c.Request.Rules.Lacks = []string{"workflows"}
	if v, _ := Judge(c); v.Lead().Code != "ready" {
		t.Errorf("no workflow file changes, and still: %s", v.Lead().Message)
	}
	for name, spoil := range map[string]func(*Case){
		"squashed by GitHub, which signs it": func(c *Case) { c.Policy.Method = pull.MethodSquash },
		"every commit is verified":           func(c *Case) { c.Request.Commits[0].Unverified = false },
		"a ruleset that the app may pass by": func(c *Case) {
			c.Policy.Method, c.Signs, rules(c).SignedClassic = pull.MethodExact, true, false
			rules(c).Rulesets = []pull.Ruleset{{ID: 1, Name: "main", Demands: []string{"required_signatures"}}}
		},
	} {
		c := ready()
		rules(&c).Signed, rules(&c).SignedClassic, c.Request.Commits[0].Unverified = true, true, true
		if spoil(&c); slices.ContainsFunc(c.branchObstacles(), func(r pull.Reason) bool { return r.Code == "commit-unverified" }) {
			t.Errorf("%s, and still a commit is called unverified", name)
		}
	}
	c.Policy.Method, c.Request.Rules.Allowed, c.Request.Commits[0].Parents = pull.MethodFastForward, nil, []string{"c"}
	if v, _ := Judge(c); v.Lead().Code != "not-fast-forward" || v.State != pull.Wait {
		t.Errorf("a fast-forward of a branch that is behind: got %s", v.Lead().Code)
	}
}
