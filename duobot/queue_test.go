package duobot_test

import (
	"testing"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// grouped is production through GitHub's merge queue, with a group built.
func grouped(t *testing.T) duobot.Case {
	c := production(t)
	c.Binding.Method = pull.MethodQueue
	return c
}

// Threat 54: what a phone showed was one group; the queue built another, if only by another SHA.
func TestThreat54GroupBuiltAnewVoidsTheAcknowledgement(t *testing.T) {
	c := grouped(t)
	c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed)}
	judged(t, c, pull.Pass, "confirmed")
	c.Binding.Merge = sha("f")
	judged(t, c, pull.Wait, "awaiting-push")
	if asks := duobot.Wanted(c); len(asks) != 1 {
		t.Errorf("for the new group %d are asked, want 1", len(asks))
	}
}

func TestDenialHoldsForEveryGroupOfTheHead(t *testing.T) {
	for _, state := range []pull.PromptState{pull.PromptDenied, pull.PromptTimeout, pull.PromptUnknown} {
		c := grouped(t)
		c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, state)}
		code := duobot.Judge(c).Lead().Code
		for name, merge := range map[string]string{"another group": sha("f"), "outside the queue": ""} {
			c.Binding.Merge = merge
			judged(t, c, pull.Block, code)
			if asks := duobot.Wanted(c); len(asks) != 0 {
				t.Errorf("%s, %s: %d are asked by themselves", state, name, len(asks))
			}
		}
		c.Binding.Merge, c.News = sha("f"), []pull.News{pressed("again", ana)}
		if asks := duobot.Wanted(c); len(asks) != 1 {
			t.Errorf("%s: on request %d are asked, want 1", state, len(asks))
		}
	}
}

func TestNobodyIsAskedBeforeThereIsAGroup(t *testing.T) {
	c := grouped(t)
	c.Binding.Merge = ""
	judged(t, c, pull.Wait, "awaiting-group")
	if asks := duobot.Wanted(c); len(asks) != 0 {
		t.Errorf("%d are asked", len(asks))
	}
}
