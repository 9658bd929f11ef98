package duobot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// broken is production whose glass ana and bo have broken.
func broken(t *testing.T) duobot.Case {
	c := production(t)
	c.Need.Duo, c.Glass, c.Binding.Glass = duobot.Nobody, []pull.Account{ana, bo}, "name"
	return c
}

// Each of those who broke the glass owes a push of their own, whatever the rules ask for.
func TestThoseWhoBrokeTheGlassAreEachAsked(t *testing.T) {
	c := broken(t)
	want := []duobot.Ask{{Person: "Ana", Account: ana, DuoUser: "ana.k", Role: "break-glass"}, {Person: "Bo", Account: bo, DuoUser: "bo.l", Role: "break-glass"}}
	if diff := cmp.Diff(want, duobot.Wanted(c)); diff != "" {
		t.Error(diff)
	}
	judged(t, c, pull.Wait, "awaiting-push")
	c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed)}
	judged(t, c, pull.Wait, "awaiting-push")
	c.Confirmations = append(c.Confirmations, prompted(c, 2, bo, pull.PromptAllowed))
	judged(t, c, pull.Pass, "confirmed")
	c.Freezes = []pull.Freeze{{Repo: 9, Number: 7, Code: pull.FrozenFraud, By: bo}}
	judged(t, c, pull.Block, "duo-fraud")
}

// What was acknowledged without the words of those who broke the glass on the phone acknowledges nothing of it.
func TestOnlyAPushThatSaysSoBreaksTheGlass(t *testing.T) {
	for name, change := range map[string]func(*pull.Confirmation){
		"before the glass was broken": func(p *pull.Confirmation) { p.Binding.Glass = "" },
		"for other reasons":           func(p *pull.Confirmation) { p.Binding.Glass = "another" },
		"by passcode":                 func(p *pull.Confirmation) { p.Factor, p.Txid = pull.FactorPasscode, "" },
		"by a call":                   func(p *pull.Confirmation) { p.Factor = pull.FactorPhone },
	} {
		t.Run(name, func(t *testing.T) {
			c := broken(t)
			c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed), prompted(c, 2, bo, pull.PromptAllowed)}
			change(&c.Confirmations[1])
			judged(t, c, pull.Wait, "awaiting-push")
		})
	}
	if _, ok := duobot.AskOf(broken(t), "bo", bo.ID); ok {
		t.Error("bo can confirm by another factor than a push")
	}
}

// The phone says first that it is break-glass, and why, and no reason crowds the other out.
func TestThePhoneSaysThatTheGlassIsBroken(t *testing.T) {
	c := broken(t)
	c.Request.Glass = &pull.Glass{Voices: []pull.Voice{{Account: ana, Reason: strings.Repeat("long ", 40)}, {Account: bo, Reason: "I see\u202e it&merge=f00"}}}
	lines := shown(t, duobot.Describe(c.Request, c.Binding))
	if !strings.HasPrefix(lines[0], "break-glass: ana: long") || !strings.HasSuffix(lines[0], "; bo: I see it&merge=f00") || len(lines) != 7 {
		t.Errorf("got %q", lines)
	}
	c.Binding.Glass = ""
	if lines := shown(t, duobot.Describe(c.Request, c.Binding)); len(lines) != 6 {
		t.Errorf("without a broken glass: got %q", lines)
	}
}
