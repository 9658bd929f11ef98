package automerge

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

func run(name string, app int64, status, conclusion string) pull.Check {
	return pull.Check{Kind: pull.CheckRun, Name: name, App: app, Status: status, Conclusion: conclusion}
}

func status(name, conclusion string) pull.Check {
	return pull.Check{Kind: pull.CommitStatus, Name: name, Status: "completed", Conclusion: conclusion}
}

// judged judges a case whose branch requires one check from anybody, and on whose head the given were reported.
func judged(name string, accept []string, have ...pull.Check) pull.Verdict {
	c := ready()
	c.Request.Rules.Checks = []pull.RequiredCheck{{Name: name, From: "ruleset main"}}
	if accept != nil {
		c.Policy.Checks = []RequiredCheck{{Name: name, Accept: accept}}
	}
	c.Request.Checks = append(c.Request.Checks[1:], have...)
	v, _ := Judge(c)
	return v
}

// threat 59: any writer can post a check of the right name; the app that the rule expects cannot be forged.
func TestThreat59TheExpectedApp(t *testing.T) {
	c := ready()
	c.Request.Checks[0] = run("ci", 99, "completed", "success")
	c.Request.Checks = append(c.Request.Checks, status("ci", "success"))
	if v, _ := Judge(c); v.Lead().Code != "check-wrong-app" || v.State == pull.Pass {
		t.Errorf("another app's check and anybody's status: got %s", v.Lead().Code)
	}
}

func TestThreat60OnlySuccessCounts(t *testing.T) {
	for _, conclusion := range []string{"neutral", "skipped", "cancelled", "timed_out", "action_required", "stale", "failure", "error", "startup_failure", ""} {
		if v := judged("ci", nil, run("ci", ciApp, "completed", conclusion)); v.Lead().Code != "check-failed" {
			t.Errorf("%q: got %s, want check-failed", conclusion, v.Lead().Code)
		}
		want := map[string]string{"neutral": "ready", "skipped": "ready"}[conclusion]
		if want == "" {
			want = "check-failed"
		}
		if v := judged("ci", []string{"neutral", "skipped"}, run("ci", ciApp, "completed", conclusion)); v.Lead().Code != want {
			t.Errorf("%q, with neutral and skipped accepted: got %s, want %s", conclusion, v.Lead().Code, want)
		}
	}
	if v := judged("ci", []string{"skipped"}, run("ci", ciApp, "in_progress", "skipped")); v.Lead().Code != "check-pending" {
		t.Errorf("a run under way that claims a conclusion: got %s", v.Lead().Code)
	}
}

func TestThreat61NothingRequiredIsNotGreen(t *testing.T) {
	c := ready()
	c.Request.Rules.Checks = nil
	if v, stage := Judge(c); v.Lead().Code != "nothing-required" || stage != NotReady {
		t.Errorf("got %s at stage %d", v.Lead().Code, stage)
	}
}

func TestThreat62CheckAndStatusOfOneNameAreBothNeeded(t *testing.T) {
	tests := []struct {
		name string
		have []pull.Check
		code string
	}{
		{"both green", []pull.Check{run("ci", ciApp, "completed", "success"), status("ci", "success")}, "ready"},
		{"red status", []pull.Check{run("ci", ciApp, "completed", "success"), status("ci", "failure")}, "check-failed"},
		{"red check run", []pull.Check{run("ci", ciApp, "completed", "failure"), status("ci", "success")}, "check-failed"},
		{"one of two apps red", []pull.Check{run("ci", ciApp, "completed", "success"), run("ci", 9, "completed", "failure")}, "check-failed"},
		{"check run under way", []pull.Check{run("ci", ciApp, "in_progress", ""), status("ci", "success")}, "check-pending"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v := judged("ci", nil, tt.have...); v.Lead().Code != tt.code {
				t.Errorf("got %s, want %s", v.Lead().Code, tt.code)
			}
		})
	}
}

func TestTravisReportsUnderOtherNames(t *testing.T) {
	tests := []struct {
		name string
		have []pull.Check
		code string
	}{
		{"for the pull request", []pull.Check{status(travis+"/pr", "success")}, "ready"},
		{"for the push", []pull.Check{status(travis+"/push", "success")}, "ready"},
		{"one of both red", []pull.Check{status(travis+"/pr", "success"), status(travis+"/push", "failure")}, "check-failed"},
		{"something alike", []pull.Check{status(travis+"/other", "success")}, "check-missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v := judged(travis, nil, tt.have...); v.Lead().Code != tt.code {
				t.Errorf("got %s, want %s", v.Lead().Code, tt.code)
			}
		})
	}
}

func TestACheckThatNeverStartsIsNamed(t *testing.T) {
	pushed := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		after time.Duration
		have  []pull.Check
		code  string
		look  time.Duration
	}{
		{"not yet late", 9 * time.Minute, nil, "check-missing", time.Minute},
		{"late", 10 * time.Minute, nil, "check-never-started", 0},
		{"queued and not yet late", 9 * time.Minute, []pull.Check{run("ci", ciApp, "queued", "")}, "check-pending", time.Minute},
		{"queued and late", 11 * time.Minute, []pull.Check{run("ci", ciApp, "queued", "")}, "check-never-started", 0},
		{"running for long", time.Hour, []pull.Check{run("ci", ciApp, "in_progress", "")}, "check-pending", 0},
		{"green", time.Minute, []pull.Check{run("ci", ciApp, "completed", "success")}, "ready", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ready()
			c.Request.Since, c.Request.At = pushed, pushed.Add(tt.after)
			c.Request.Checks = append(c.Request.Checks[1:], tt.have...)
			v, _ := Judge(c)
			if v.Lead().Code != tt.code || v.State == pull.Block {
				t.Errorf("got %s, %s; want %s", v.State, v.Lead().Code, tt.code)
			}
			if tt.code == "check-never-started" && (v.Lead().Evidence["expected from"] != "the app 15368" || !strings.Contains(v.Lead().Message, `"ci"`)) {
				t.Errorf("it names neither check nor app: %+v", v.Lead())
			}
			if got := NextLook(c); got != tt.look {
				t.Errorf("looks again in %s, want %s", got, tt.look)
			}
		})
	}
	c := ready()
	c.Policy.CheckDeadline = time.Hour
	c.Request.Since, c.Request.At, c.Request.Checks = pushed, pushed.Add(30*time.Minute), c.Request.Checks[1:]
	if v, _ := Judge(c); v.Lead().Code != "check-missing" {
		t.Errorf("half of the policy's own hour: got %s", v.Lead().Code)
	}
}

// Our own checks answer our own gates: to wait for them as for somebody else's would be to wait for ourselves.
func TestOurOwnChecksNeverDeadlock(t *testing.T) {
	tests := []struct {
		name string
		want pull.RequiredCheck
		code string
	}{
		{"required from us", pull.RequiredCheck{Name: "sallyport/approval", App: ourApp}, "ready"},
		{"required from anybody", pull.RequiredCheck{Name: "sallyport/approval"}, "ready"},
		{"required from another app", pull.RequiredCheck{Name: "sallyport/approval", App: 99}, "check-wrong-app"},
		{"of a name that is not written here", pull.RequiredCheck{Name: "sallyport/approval: release"}, "own-check-not-written"},
		{"of a name that is not written here, from us", pull.RequiredCheck{Name: "sallyport/automerge", App: ourApp}, "own-check-not-written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ready()
			c.Request.Rules.Checks = append(c.Request.Rules.Checks, tt.want)
			if v, _ := Judge(c); v.Lead().Code != tt.code {
				t.Errorf("got %s, want %s", v.Lead().Code, tt.code)
			}
		})
	}
	c := ready()
	c.Request.Checks[1].Status, c.Request.Checks[1].Conclusion = "in_progress", ""
	c.Request.Rules.Checks = append(c.Request.Rules.Checks, pull.RequiredCheck{Name: "sallyport/approval"})
	if v, _ := Judge(c); v.Has("check-pending") {
		t.Errorf("it waits for its own check as for somebody else's: %s", v.Lead().Message)
	}
}

// Threat 79: whoever may write can set a status of any name. A check that the policy expects of an app counts from that app
// alone, whatever the branch's rules ask besides; one that it expects of nobody counts, and the verdict says on whose word.
func TestThreat79TheAppThatThePolicyExpects(t *testing.T) {
	ours := run("ci", ciApp, "completed", "success")
	for name, tt := range map[string]struct {
		app   int64
		rules []pull.RequiredCheck
		have  []pull.Check
		code  string
		told  bool
	}{
		"a status":                  {app: ciApp, have: []pull.Check{status("ci", "success")}, code: "check-wrong-app"},
		"another app":               {app: ciApp, have: []pull.Check{run("ci", 99, "completed", "success")}, code: "check-wrong-app"},
		"the app":                   {app: ciApp, have: []pull.Check{ours}, code: "ready"},
		"required of anybody, too":  {app: ciApp, rules: []pull.RequiredCheck{{Name: "ci", From: "ruleset main"}}, have: []pull.Check{status("ci", "success")}, code: "check-wrong-app"},
		"nobody's, by a status":     {have: []pull.Check{status("ci", "success")}, code: "ready", told: true},
		"nobody's, by a run":        {have: []pull.Check{ours}, code: "ready"},
		"nobody's, by both":         {have: []pull.Check{ours, status("ci", "success")}, code: "ready"},
		"required by the rules":     {rules: []pull.RequiredCheck{{Name: "ci", From: "ruleset main"}}, have: []pull.Check{status("ci", "success")}, code: "ready"},
		"required by the rules, ci": {rules: []pull.RequiredCheck{{Name: "ci", App: ciApp, From: "ruleset main"}}, have: []pull.Check{status("ci", "success")}, code: "check-wrong-app"},
	} {
		t.Run(name, func(t *testing.T) {
			c := ready()
			c.Request.Rules.Checks, c.Policy.Checks = tt.rules, []RequiredCheck{{Name: "ci", App: tt.app}}
			c.Request.Checks = append(c.Request.Checks[1:], tt.have...)
			v, _ := Judge(c)
			if told := v.Lead().Evidence["by a commit status, which anybody who may write can set"] == `"ci"`; v.Lead().Code != tt.code || told != tt.told {
				t.Errorf("got %s, %v; want %s", v.Lead().Code, v.Lead().Evidence, tt.code)
			}
		})
	}
}

func TestThreat79ABatchHeedsTheAppThatThePolicyExpects(t *testing.T) {
	p := &Policy{Checks: []RequiredCheck{{Name: "ci", App: ciApp}}}
	try := Try{Policy: Batch{Checks: []string{"ci"}}, Rules: p.Sources(nil), Have: []pull.Check{status("ci", "success")}}
	if state, why := Tried(try); state == pull.Pass {
		t.Errorf("anybody's status: got %s", why.Code)
	}
	try.Have = append(try.Have, run("ci", ciApp, "completed", "success"))
	if state, why := Tried(try); state != pull.Pass {
		t.Errorf("the app's check: got %s", why.Code)
	}
}
