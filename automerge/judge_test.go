package automerge

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

const (
	ourApp = 7
	ciApp  = 15368
	base   = "b000000000000000000000000000000000000000"
	head   = "a000000000000000000000000000000000000000"
)

// ready is a case with nothing in the way; each test spoils one thing.
func ready() Case {
	report := pull.Report{Name: "sallyport/approval", SHA: head, ExternalID: "digest"}
	return Case{
		Policy: &Policy{Method: pull.MethodMerge},
		App:    ourApp,
		Gates:  []pull.Verdict{{Gate: pull.GateApproval, State: pull.Pass}, {Gate: pull.GateDuo, State: pull.Pass}},
		Reports: []pull.Report{
			report,
		},
		Binding: pull.Binding{Repo: 1, Number: 2, Base: base, Head: head, Method: pull.MethodMerge},
		Request: pull.Request{
			Head: pull.Head{SHA: head}, Base: pull.Base{SHA: base, Branch: "main"},
			Test:    pull.TestMerge{State: pull.Clean},
			Commits: []pull.Commit{{SHA: head, Parents: []string{base}}}, CommitsTotal: 1,
			Rules: pull.Rules{Checks: []pull.RequiredCheck{{Name: "ci", App: ciApp, From: "ruleset main"}},
				Allowed: []string{"merge", "squash", "rebase"}},
			Checks: []pull.Check{
				{Kind: pull.CheckRun, Name: "ci", App: ciApp, Status: "completed", Conclusion: "success"},
				{Kind: pull.CheckRun, Name: "sallyport/approval", App: ourApp, Status: "completed", Conclusion: "success", ExternalID: "digest"},
			},
		},
	}
}

func TestEverythingGreenLands(t *testing.T) {
	v, stage := Judge(ready())
	if stage != Proved || v.State != pull.Pass {
		t.Fatalf("got stage %d, %s %s; want proved", stage, v.State, v.Lead().Code)
	}
}

func TestWhatHoldsALandingBack(t *testing.T) {
	ci := func(c *Case) *pull.Check { return &c.Request.Checks[0] }
	own := func(c *Case) *pull.Check { return &c.Request.Checks[1] }
	tests := []struct {
		name  string
		spoil func(*Case)
		code  string
		stage Stage
	}{
		{"draft", func(c *Case) { c.Request.Draft = true }, "draft", NotReady},
		{"conflict", func(c *Case) { c.Request.Test.State = pull.Conflict }, "conflict", NotReady},
		{"test merge unknown", func(c *Case) { c.Request.Test.State = pull.Unsettled }, "mergeability-unknown", NotReady},
		{"veto label in other case", func(c *Case) {
			c.Policy.Unless, c.Request.Labels = labelled("do not merge"), []string{"Do Not Merge"}
		}, "vetoed", NotReady},
		{"frozen", func(c *Case) { c.Freezes = []pull.Freeze{{Code: "breach"}} }, "frozen", NotReady},
		{"check pending", func(c *Case) { ci(c).Status, ci(c).Conclusion = "in_progress", "" }, "check-pending", NotReady},
		{"check failed", func(c *Case) { ci(c).Conclusion = "failure" }, "check-failed", NotReady},
		{"threat 60: skipped is not success", func(c *Case) { ci(c).Conclusion = "skipped" }, "check-failed", NotReady},
		{"threat 60: neutral is not success", func(c *Case) { ci(c).Conclusion = "neutral" }, "check-failed", NotReady},
		{"check missing", func(c *Case) { ci(c).Name = "other" }, "check-missing", NotReady},
		{"threat 59: same name from another app", func(c *Case) { ci(c).App = 99 }, "check-wrong-app", NotReady},
		{"threat 62: a red status of the same name", func(c *Case) {
			c.Request.Rules.Checks[0].App = 0
			c.Request.Checks = append(c.Request.Checks, pull.Check{Kind: pull.CommitStatus, Name: "ci", Status: "completed", Conclusion: "failure"})
		}, "check-failed", NotReady},
		{"threat 61: nothing required", func(c *Case) { c.Request.Rules.Checks = nil }, "nothing-required", NotReady},
		{"a check that only the policy requires", func(c *Case) { c.Policy.Checks = []RequiredCheck{{Name: "plan"}} }, "check-missing", NotReady},
		{"behind a strict branch", func(c *Case) {
			c.Request.Rules.Strict, c.Request.Commits[0].Parents = true, []string{"c"}
		}, "behind", NotReady},
		{"strict, and not all commits seen", func(c *Case) {
			c.Request.Rules.Strict, c.Request.CommitsTotal = true, 2
		}, "behind", NotReady},
		{"rules unreadable", func(c *Case) { c.Request.Rules.Unreadable = "no permission" }, "rules-unreadable", NotReady},
		{"merge commits on a linear branch", func(c *Case) { c.Request.Rules.Linear = true }, "linear-history", NotReady},
		{"rebase on a signed branch", func(c *Case) {
			c.Policy.Method, c.Request.Rules.Signed = pull.MethodRebase, true
		}, "signed-rebase", NotReady},
		{"exact without a signing key", func(c *Case) { c.Policy.Method = pull.MethodExact }, "signing-key-missing", NotReady},
		{"exact on a linear branch", func(c *Case) {
			c.Policy.Method, c.Signs, c.Request.Rules.Linear = pull.MethodExact, true, true
		}, "linear-history", NotReady},
		{"through the merge queue", func(c *Case) { c.Policy.Method, c.Binding.Method = pull.MethodQueue, pull.MethodQueue }, "queue-missing", NotReady},
		{"method switched off", func(c *Case) { c.Request.Rules.Allowed = []string{"squash"} }, "method-not-allowed", NotReady},
		{"merge queue required", func(c *Case) { c.Request.Rules.Queue = true }, "queue-required", NotReady},
		{"refused before", func(c *Case) {
			c.Intents = []pull.Intent{{State: pull.IntentRefused, Code: "protected", Binding: c.Binding}}
		}, "landing-refused", NotReady},
		{"approval open", func(c *Case) { c.Gates[0].State = pull.Wait }, "gate-approval", NotReady},
		{"approval blocked", func(c *Case) { c.Gates[0].State = pull.Block }, "gate-approval", NotReady},
		{"only Duo open", func(c *Case) { c.Gates[1].State = pull.Wait }, "gate-duo", Ready},
		{"own check not seen", func(c *Case) { own(c).Name = "other" }, "own-checks-not-seen", Agreed},
		{"own check red", func(c *Case) { own(c).Conclusion = "failure" }, "own-checks-not-seen", Agreed},
		{"threat 59: own check forged by another app", func(c *Case) { own(c).App = ciApp }, "own-checks-not-seen", Agreed},
		{"threat 59: own check forged as a status", func(c *Case) { own(c).Kind, own(c).App = pull.CommitStatus, 0 }, "own-checks-not-seen", Agreed},
		{"own check says something else", func(c *Case) { own(c).ExternalID = "older" }, "own-checks-not-seen", Agreed},
		{"no automerge section", func(c *Case) { c.Policy = nil }, "automerge-off", Agreed},
		{"another pull request's turn", func(c *Case) { c.Turn = &pull.Turn{Branch: "main"} }, "awaiting-turn", Agreed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ready()
			tt.spoil(&c)
			v, stage := Judge(c)
			if stage != tt.stage || v.State == pull.Pass || v.Lead().Code != tt.code {
				t.Errorf("got stage %d, %s, %q; want stage %d, %q", stage, v.State, v.Lead().Code, tt.stage, tt.code)
			}
			if v.Lead().Next == "" && v.Lead().Code != "gate-approval" && v.Lead().Code != "gate-duo" {
				t.Errorf("%s offers no next step", v.Lead().Code)
			}
		})
	}
}

func TestWhatDoesNotHoldALandingBack(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Case)
	}{
		{"nothing required, and the policy allows that", func(c *Case) {
			c.Request.Rules.Checks, c.Policy.AllowNoChecks = nil, true
		}},
		{"our own check required by the branch", func(c *Case) {
			c.Request.Rules.Checks = append(c.Request.Rules.Checks, pull.RequiredCheck{Name: "sallyport/approval", App: ourApp})
		}},
		{"a red check that nothing requires", func(c *Case) {
			c.Request.Checks = append(c.Request.Checks, pull.Check{Kind: pull.CheckRun, Name: "lint", Status: "completed", Conclusion: "failure"})
		}},
		{"strict and up to date", func(c *Case) { c.Request.Rules.Strict = true }},
		{"a refusal that may pass", func(c *Case) {
			c.Intents = []pull.Intent{{State: pull.IntentRefused, Binding: c.Binding}}
		}},
		{"a refusal of another head", func(c *Case) {
			other := c.Binding
			other.Head = "c"
			c.Intents = []pull.Intent{{State: pull.IntentRefused, Code: "protected", Binding: other}}
		}},
		{"exact, whatever methods the buttons offer", func(c *Case) {
			c.Policy.Method, c.Signs, c.Request.Rules.Allowed = pull.MethodExact, true, nil
		}},
		{"its own turn", func(c *Case) { c.Turn = &pull.Turn{Holds: true} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ready()
			tt.change(&c)
			if v, stage := Judge(c); stage != Proved {
				t.Errorf("got stage %d, %q; want proved", stage, v.Lead().Code)
			}
		})
	}
}
