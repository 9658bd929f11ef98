package automerge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// BreakGlass is the policy's word that people may land past the gates in an emergency. Its absence forbids that.
type BreakGlass struct {
	From  []string      // who may: role words, "@org/team", logins
	Lasts time.Duration // how long it stands once opened
}

// The bounds of BreakGlass.Lasts, and what it is where the policy does not say.
const (
	GlassLasts   = time.Hour
	GlassAtMost  = 24 * time.Hour
	GlassAtLeast = time.Second
)

// Breaking is what the policies say of breaking the glass on one pull request, and what is known of its people.
type Breaking struct {
	Off   *pull.Reason // why it cannot be; nil where it can
	Shut  *pull.Reason // what GitHub would have against it, as long as its settings stand
	Lasts time.Duration
	// May reports whether an account is among those who may, by every policy that stands over the pull request. Phone names
	// the human and the phone behind a login; empty where nobody can be asked.
	May   func(pull.Account) bool
	Phone func(login string) (person, phone string)
}

// liftable are the reasons that a broken glass lifts, by code; checks are told by their prefix. What is not here holds: a
// conflict, fraud, a breach, a draft, a hold, what GitHub would refuse, and everything that comes to be later.
var liftable = map[string]bool{
	"gate-" + string(pull.GateApproval): true, "gate-" + string(pull.GateSignatures): true,
	"nothing-required": true, "vetoed": true, "not-triggered": true,
	"check-failed": true, "check-pending": true, "check-missing": true, "check-wrong-app": true, "check-never-started": true,
}

// lift tells what still stands in the way from what breaking the glass lifts. It is the one place where anything is
// lifted, and without a glass in the binding it lifts nothing.
func (c Case) lift(all []pull.Reason) (stands, lifted []pull.Reason) {
	for _, r := range all {
		if c.Binding.Glass != "" && lifts(r) {
			lifted = append(lifted, r)
		} else {
			stands = append(stands, r)
		}
	}
	return stands, lifted
}

func lifts(r pull.Reason) bool {
	switch r.Code {
	case "frozen":
		return r.Evidence["freeze"] == pull.FrozenBranch
	case "gate-" + string(pull.GateApproval): // a policy that nothing could be judged by does not go in this way either
		return !strings.HasSuffix(r.Evidence["code"], "-change-invalid")
	}
	return liftable[r.Code]
}

// Lifted are the reasons that would hold the landing back, had nobody broken the glass.
func Lifted(c Case) []pull.Reason {
	_, lifted := c.lift(slices.Concat(c.found(), c.foundGates()))
	return lifted
}

// LiftsGate reports whether a landing with this binding goes past a gate that is not green.
func LiftsGate(b pull.Binding, v pull.Verdict) bool {
	return b.Glass != "" && v.State != pull.Pass && lifts(openGate(v))
}

// StandingFreezes are those that a landing with this binding has to heed.
func StandingFreezes(b pull.Binding, all []pull.Freeze) []pull.Freeze {
	return slices.DeleteFunc(slices.Clone(all), func(f pull.Freeze) bool {
		return b.Glass != "" && lifts(frozen(f))
	})
}

// JudgeGlass says whether the glass is broken: whether two different humans who may do so, each with a phone, want this
// very head landed on this very branch, and their time is not over. It does not hold before all of that is so. A glass
// that can no longer come to hold has ended, for the reason given; one that waits for a second person has not.
func JudgeGlass(r pull.Request, by Breaking) (holds bool, why pull.Reason) {
	g := r.Glass
	if !g.Open() {
		return false, pull.Reason{}
	}
	if code, message := glassEnd(r, by); code != "" {
		return false, glassReason(g, code, pull.Block, message, "Comment /sallyport break-glass with a reason, if it is still needed.")
	}
	if len(g.Voices) < pull.GlassPeople {
		return false, glassReason(g, "break-glass-second", pull.Wait,
			fmt.Sprintf("%s wants to break the glass: %s. It takes a second person, until %s.", g.Voices[0].Account.Login, g.Voices[0].Reason, clock(g.Expires)),
			"A second person who may do so comments /sallyport break-glass with a reason of their own.")
	}
	return true, glassReason(g, "break-glass", pull.Pass, Broken(g)+" It stands until "+clock(g.Expires)+".",
		"Both acknowledge the merge on their phones. /sallyport break-glass cancel takes it back.")
}

// Broken says who broke the glass, and why.
func Broken(g *pull.Glass) string {
	return fmt.Sprintf("%s broke the glass (%s).", strings.Join(g.Logins(), " and "), strings.Join(g.Lines(), "; "))
}

func glassReason(g *pull.Glass, code string, state pull.State, message, next string) pull.Reason {
	return pull.Reason{Code: code, State: state, Message: message, Next: next, Evidence: map[string]string{
		"glass": g.Name(), "by": strings.Join(g.Logins(), ", "), "head": g.Head, "until": clock(g.Expires)}}
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
