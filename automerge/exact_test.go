package automerge

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// pastQueue is a case whose glass is broken where everything lands through a merge queue that the app may pass by.
func pastQueue() Case {
	c := ready()
	c.Policy.Method, c.Signs, c.Broken = pull.MethodQueue, true, true
	c.Binding.Method, c.Binding.Glass = pull.MethodExact, "glass"
	c.Request.Rules.Queue, c.Request.Rules.QueueMethod = true, pull.MethodMerge
	c.Request.Rules.Rulesets = []pull.Ruleset{{ID: 1, Name: "queue", Demands: []string{"merge_queue"}}, {ID: 2, Name: "main", Demands: []string{"required_status_checks"}}}
	return c
}

func TestABrokenGlassLandsPastTheQueue(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Case)
		code  string
	}{
		{"the app may pass everything by", func(*Case) {}, ""},
		{"CI is red", func(c *Case) { c.Request.Checks[0].Conclusion = "failure" }, ""},
		{"it is behind", func(c *Case) { c.Request.Rules.Strict, c.Request.Commits[0].Parents = true, []string{"c"} }, ""},
		{"the queue's ruleset bars it", func(c *Case) { c.Request.Rules.Rulesets[0].Barred = true }, "queue-required"},
		{"the queue is classic protection's", func(c *Case) { c.Request.Rules.Rulesets = c.Request.Rules.Rulesets[1:] }, "queue-required"},
		{"CI's ruleset bars it", func(c *Case) { c.Request.Rules.Rulesets[1].Barred = true }, "checks-on-merge"},
		{"classic protection wants CI on the merge", func(c *Case) { c.Request.Rules.Checks[0].From = "branch protection" }, "checks-on-merge"},
		{"the history is linear", func(c *Case) { c.Request.Rules.Linear = true }, "linear-history"},
		{"there is no key to sign with", func(c *Case) { c.Signs = false }, "signing-key-missing"},
		{"the branch is locked", func(c *Case) { c.Request.Rules.Locked = "branch protection" }, "branch-locked"},
		{"no glass is broken", func(c *Case) { c.Binding.Glass, c.Policy.Method = "", pull.MethodExact }, "queue-required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := pastQueue()
			tt.spoil(&c)
			got := ""
			if all := c.obstacles(); len(all) > 0 {
				got = all[0].Code
			}
			if got != tt.code {
				t.Errorf("got %q, want %q", got, tt.code)
			}
		})
	}
}

// What somebody is told who wants to break the glass is what would hold it back, with what to do.
func TestWhoWouldBreakTheGlassHearsWhatKeepsItOut(t *testing.T) {
	c := pastQueue()
	c.Binding.Method, c.Binding.Glass = pull.MethodQueue, ""
	if why := PastQueue(c); why != nil {
		t.Fatalf("nothing keeps it out, and it says %q", why.Message)
	}
	c.Request.Rules.Rulesets[0].Barred = true
	why := PastQueue(c)
	if why == nil || why.Code != "queue-required" || why.Evidence["setting"] != "ruleset queue" ||
		why.Next != "Make the app a bypass actor (Always) of that ruleset. Then say it again." {
		t.Errorf("got %+v, want the ruleset and what to do about it", why)
	}
}

// With the glass broken nothing waits in the queue but what lands from there in any case.
func TestABrokenGlassLeavesTheQueue(t *testing.T) {
	queued := func() Case {
		c := pastQueue()
		c.Binding.Method, c.Binding.Glass = pull.MethodQueue, ""
		c.Request.Queued = &pull.Queued{Position: 1, Base: base, Head: head, Checks: c.Request.Checks}
		return c
	}
	c := queued()
	if why, leave := Leave(c); leave {
		t.Errorf("everything is green, and it leaves: %s", why.Code)
	}
	c.Gates[1].State = pull.Wait // its own people's phones would not stop ringing
	if why, leave := Leave(c); !leave || why.Code != "glass-leaves-queue" {
		t.Errorf("got %q, %t; want glass-leaves-queue", why.Code, leave)
	}
	if v, stage := Judge(c); stage != NotReady || v.Lead().Code != "glass-leaves-queue" {
		t.Errorf("got stage %d, %q; want nobody asked, glass-leaves-queue", stage, v.Lead().Code)
	}
	if c.Broken = false; len(c.Gates) > 0 {
		if why, leave := Leave(c); leave {
			t.Errorf("no glass is broken, and it leaves: %s", why.Code)
		}
	}
}

// A ruleset that requires CI on the merge commit is found before an exact landing is tried, unless CI runs there.
func TestChecksThatCannotSitOnTheMergeAreFoundBefore(t *testing.T) {
	c := ready()
	c.Policy.Method, c.Binding.Method, c.Signs = pull.MethodExact, pull.MethodExact, true
	c.Request.Rules.Rulesets = []pull.Ruleset{{ID: 2, Name: "main", Demands: []string{"required_status_checks"}, Barred: true}}
	if v, stage := Judge(c); stage != NotReady || v.Lead().Code != "checks-on-merge" {
		t.Errorf("got stage %d, %q; want checks-on-merge", stage, v.Lead().Code)
	}
	c.Policy.Batch.Checks = []string{"ci"}
	if v, _ := Judge(c); v.Has("checks-on-merge") {
		t.Error("CI runs on the branch for batches, and it is held back")
	}
	c.Policy.Batch.Checks, c.Request.Rules.Rulesets[0].Barred = nil, false
	if v, _ := Judge(c); v.Has("checks-on-merge") {
		t.Error("the app may pass the ruleset by, and it is held back")
	}
}
