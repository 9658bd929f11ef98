package automerge

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lagging is a case whose head lacks the target's tip, and with nothing else in the way; the policy wants updates.
func lagging() Case {
	c := ready()
	c.Policy.Update = &Update{}
	c.Request.Commits[0].Parents = []string{"older"}
	c.Request.Repo.ID, c.Request.Head.Repo, c.Request.At = 1, 1, noon
	c.Gates[1].State = pull.Wait // Duo
	return c
}

func strictly(c *Case) {
	c.Request.Rules.Strict, c.Turn = true, &pull.Turn{Branch: "main", Holds: true}
}

func TestWhenABranchIsUpdated(t *testing.T) {
	tried := func(c *Case, ago time.Duration, tries int, code string) {
		c.Update = &pull.Update{Base: base, Head: head, At: noon.Add(-ago), Tries: tries, Code: code}
	}
	failing := func(c *Case) { c.Request.Checks[0].Conclusion = "failure" }
	tests := []struct {
		name   string
		change func(*Case)
		want   bool
	}{
		{"behind, and the branch is strict", strictly, true},
		{"behind a branch that only moves forward", func(c *Case) { strictly(c); c.Request.Rules.Strict, c.Policy.Method = false, "ff-only" }, true},
		{"another's turn", func(c *Case) { strictly(c); c.Turn.Holds = false }, false},
		{"no turn yet", func(c *Case) { strictly(c); c.Turn = nil }, false},
		{"strict, and its checks are red", func(c *Case) { strictly(c); failing(c) }, false},
		{"strict, and its checks still run", func(c *Case) { strictly(c); c.Request.Checks[0].Status = "in_progress" }, false},
		{"strict, and not approved", func(c *Case) { strictly(c); c.Gates[0].State = pull.Wait }, false},
		{"not strict, checks red", failing, true},
		{"not strict, and about to land anyway", func(*Case) {}, false},
		{"no update section", func(c *Case) { strictly(c); c.Policy.Update = nil }, false},
		{"no policy", func(c *Case) { strictly(c); c.Policy = nil }, false},
		{"up to date", func(c *Case) { failing(c); c.Request.Commits[0].Parents = []string{base} }, false},
		{"not all commits seen", func(c *Case) { failing(c); c.Request.CommitsTotal = 2 }, false},
		{"a conflict", func(c *Case) { failing(c); c.Request.Test.State = pull.Conflict }, false},
		{"test merge unknown", func(c *Case) { failing(c); c.Request.Test.State = pull.Unsettled }, false},
		{"rules unreadable", func(c *Case) { failing(c); c.Request.Rules.Unreadable = "no permission" }, false},
		{"frozen", func(c *Case) { failing(c); c.Freezes = []pull.Freeze{{Code: "hold"}} }, false},
		{"a phone is ringing", func(c *Case) { strictly(c); c.Ringing = true }, false},
		{"a phone is ringing, not strict", func(c *Case) { failing(c); c.Ringing = true }, false},
		{"a fork", func(c *Case) { strictly(c); c.Request.Head.Repo = 9 }, false},
		{"a fork, not strict", func(c *Case) { failing(c); c.Request.Head.Repo = 9 }, false},
		{"refused long ago, not strict", func(c *Case) { failing(c); tried(c, 2*time.Hour, 1, "conflict") }, false},
		{"a fork that lets maintainers in", func(c *Case) { strictly(c); c.Request.Head.Repo, c.Request.Head.Modifiable = 9, true }, true},
		{"a fork that is gone", func(c *Case) { strictly(c); c.Request.Head.Repo, c.Request.Head.Modifiable = 0, true }, false},
		{"nothing asks", func(c *Case) { strictly(c); c.Policy.Update.If = labelled("fresh") }, false},
		{"a label asks", func(c *Case) {
			strictly(c)
			c.Policy.Update.If, c.Request.Labels = labelled("fresh"), []string{"Fresh"}
		}, true},
		{"held back", func(c *Case) {
			strictly(c)
			c.Policy.Update.Unless, c.Request.Labels = labelled("leave"), []string{"leave"}
		}, false},
		{"a draft", func(c *Case) { c.Request.Draft = true }, true},
		{"a draft that is to be left alone", func(c *Case) { c.Request.Draft, c.Policy.Update.IgnoreDrafts = true, true }, false},
		{"a draft of a strict branch takes no turn", func(c *Case) { strictly(c); c.Request.Draft = true }, false},
		{"a check before the update", func(c *Case) { failing(c); c.Policy.Update.Checks = []string{"lint"} }, false},
		{"asked a moment ago", func(c *Case) { strictly(c); tried(c, time.Second, 1, "") }, false},
		{"asked, and nothing came of it", func(c *Case) { strictly(c); tried(c, time.Minute, 1, "") }, true},
		{"asked three times", func(c *Case) { strictly(c); tried(c, time.Hour, 3, "") }, false},
		{"refused for good", func(c *Case) { strictly(c); tried(c, time.Hour, 1, "conflict") }, false},
		{"refused, and the base has moved", func(c *Case) { strictly(c); tried(c, time.Hour, 1, "conflict"); c.Update.Base = "older" }, true},
		{"not strict, updated within the hour", func(c *Case) { failing(c); tried(c, time.Minute, 1, ""); c.Update.Base = "older" }, false},
		{"not strict, updated an hour ago", func(c *Case) { failing(c); tried(c, time.Hour, 1, ""); c.Update.Base = "older" }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := lagging()
			tt.change(&c)
			v, stage := Judge(c)
			if got := UpdateNow(c, stage); got != tt.want {
				t.Errorf("got %v at stage %d, %q; want %v", got, stage, v.Lead().Code, tt.want)
			}
		})
	}
}

func TestWhatIsSaidOfABranchThatIsBehind(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Case)
		code   string
		stage  Stage
	}{
		{"it holds the turn", func(*Case) {}, "behind", Stale},
		{"it waits for its turn", func(c *Case) { c.Turn.Holds = false }, "awaiting-turn", Stale},
		{"GitHub was asked", func(c *Case) { c.Update = &pull.Update{Base: base, Head: head, At: noon, Tries: 1} }, "updating", Stale},
		{"GitHub refused", func(c *Case) { c.Update = &pull.Update{Base: base, Head: head, Tries: 1, Code: "conflict"} }, "update-refused", NotReady},
		{"GitHub never did it", func(c *Case) { c.Update = &pull.Update{Base: base, Head: head, Tries: 3} }, "update-refused", NotReady},
		{"nobody updates it", func(c *Case) { c.Policy.Update = nil }, "behind", NotReady},
		{"a fork", func(c *Case) { c.Request.Head.Repo = 9 }, "behind", NotReady},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := lagging()
			strictly(&c)
			tt.change(&c)
			v, stage := Judge(c)
			if stage != tt.stage || v.Lead().Code != tt.code || v.Lead().Next == "" || v.State == pull.Pass {
				t.Errorf("got stage %d, %s, %+v; want stage %d, %q", stage, v.State, v.Lead(), tt.stage, tt.code)
			}
		})
	}
}

func TestTheTurnIsKeptWhileAnUpdatedHeadIsTested(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Case)
		want   Stage
	}{
		{"its checks run", func(c *Case) { c.Request.Checks[0].Status = "in_progress" }, Stale},
		{"its checks have not begun", func(c *Case) { c.Request.Checks = c.Request.Checks[1:] }, Stale},
		{"its test merge is not computed", func(c *Case) { c.Request.Test.State = pull.Unsettled }, Stale},
		{"its checks are red", func(c *Case) { c.Request.Checks[0].Conclusion = "failure" }, NotReady},
		{"its checks run for over an hour", func(c *Case) {
			c.Request.Checks[0].Status, c.Update.At = "in_progress", noon.Add(-testTime)
		}, NotReady},
		{"somebody else's merge", func(c *Case) {
			c.Request.Checks[0].Status, c.Update.Head = "in_progress", "other"
		}, NotReady},
		{"the base has moved since", func(c *Case) {
			c.Request.Checks[0].Status, c.Update.Base = "in_progress", "other"
		}, NotReady},
		{"its checks are green", func(*Case) {}, Ready},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := lagging()
			strictly(&c)
			c.Request.Commits = append(c.Request.Commits, pull.Commit{SHA: head, Parents: []string{"before", base}})
			c.Request.CommitsTotal, c.Update = 2, &pull.Update{Base: base, Head: "before", At: noon.Add(-time.Minute), Tries: 1}
			tt.change(&c)
			if v, stage := Judge(c); stage != tt.want {
				t.Errorf("got stage %d, %q; want %d", stage, v.Lead().Code, tt.want)
			}
		})
	}
}
