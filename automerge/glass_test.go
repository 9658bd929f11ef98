package automerge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

var glassNoon = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

func glassAccount(login string) pull.Account {
	return pull.Account{ID: int64(len(login))*1000 + int64(login[0]), Login: login, Kind: pull.User}
}

// brokenFor is a request whose glass ana and bo have broken, in a policy that lets them.
func brokenFor() (pull.Request, Breaking) {
	r := pull.Request{At: glassNoon, Head: pull.Head{SHA: "h"}, Base: pull.Base{Branch: "main"}, Glass: &pull.Glass{Head: "h", Branch: "main",
		State: pull.GlassOpen, Expires: glassNoon.Add(time.Hour), Voices: []pull.Voice{
			{Account: glassAccount("ana"), Reason: "prod is down"}, {Account: glassAccount("bo"), Reason: "I see it"}}}}
	return r, Breaking{Lasts: time.Hour, May: func(a pull.Account) bool { return a.Login != "dev" },
		Phone: func(login string) (string, string) {
			return map[string]string{"ana": "Ana", "ana2": "Ana", "bo": "Bo", "dev": "Dev", "cy": "Cy"}[login], map[string]string{"ana": "a", "ana2": "a", "bo": "b", "dev": "d", "cy": "B"}[login]
		}}
}

func TestJudgeGlass(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*pull.Request, *Breaking)
		holds  bool
		code   string
	}{
		{"both", func(*pull.Request, *Breaking) {}, true, "break-glass"},
		{"nobody", func(r *pull.Request, _ *Breaking) { r.Glass = nil }, false, ""},
		{"the zero glass", func(r *pull.Request, _ *Breaking) { r.Glass = &pull.Glass{} }, false, ""},
		{"open, and nobody spoke", func(r *pull.Request, _ *Breaking) {
			r.Glass = &pull.Glass{State: pull.GlassOpen, Expires: glassNoon.Add(1)}
		}, false, "break-glass-void"},
		{"one", func(r *pull.Request, _ *Breaking) { r.Glass.Voices = r.Glass.Voices[:1] }, false, "break-glass-second"},
		{"three", func(r *pull.Request, _ *Breaking) {
			r.Glass.Voices = append(r.Glass.Voices, pull.Voice{Account: glassAccount("cy")})
		}, false, "break-glass-void"},
		{"its time is over to the second", func(r *pull.Request, _ *Breaking) { r.At = r.Glass.Expires }, false, "break-glass-expired"},
		{"another head", func(r *pull.Request, _ *Breaking) { r.Head.SHA = "i" }, false, "break-glass-void"},
		{"another target", func(r *pull.Request, _ *Breaking) { r.Base.Branch = "release" }, false, "break-glass-void"},
		{"taken back", func(r *pull.Request, _ *Breaking) { r.Glass.State = pull.GlassWithdrawn }, false, ""},
		{"the policy forbids it by now", func(_ *pull.Request, b *Breaking) { b.Off = &pull.Reason{Code: "break-glass-off"} }, false, "break-glass-void"},
		{"nobody may", func(_ *pull.Request, b *Breaking) { b.May = nil }, false, "break-glass-void"},
		{"one may no longer", func(r *pull.Request, _ *Breaking) { r.Glass.Voices[1].Account = glassAccount("dev") }, false, "break-glass-void"},
		{"a bot", func(r *pull.Request, _ *Breaking) { r.Glass.Voices[1].Account.Kind = pull.Bot }, false, "break-glass-void"},
		{"threat 35: two accounts of one human", func(r *pull.Request, _ *Breaking) { r.Glass.Voices[1].Account = glassAccount("ana2") }, false, "break-glass-void"},
		{"two humans on one phone", func(r *pull.Request, _ *Breaking) { r.Glass.Voices[0].Account = glassAccount("cy") }, false, "break-glass-void"},
		{"nobody's phone", func(r *pull.Request, _ *Breaking) { r.Glass.Voices[1].Account = glassAccount("zed") }, false, "break-glass-void"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, by := brokenFor()
			c.change(&r, &by)
			if holds, why := JudgeGlass(r, by); holds != c.holds || why.Code != c.code {
				t.Errorf("got %v %q want %v %q", holds, why.Code, c.holds, c.code)
			}
		})
	}
}

// What is lifted is a list, and what is not on it holds: whatever comes to be a reason later.
func TestBreakingTheGlassLiftsNothingElse(t *testing.T) {
	freeze := func(code string) pull.Reason { return frozen(pull.Freeze{Code: code}) }
	gate := func(g pull.Gate, code string) pull.Reason {
		return openGate(pull.Verdict{Gate: g, Reasons: []pull.Reason{{Code: code}}})
	}
	stand := []pull.Reason{freeze(pull.FrozenFraud), freeze(pull.FrozenBreach), freeze(pull.FrozenHold), freeze("foreign"), {Code: "conflict"}, {Code: "draft"},
		{Code: "mergeability-unknown"}, {Code: "landing-refused"}, {Code: "rules-unreadable"}, {Code: "behind"}, {Code: "branch-locked"}, {Code: "dependency-open"},
		{Code: "something-new"}, {}, gate(pull.GateDuo, "duo-denied"), gate(pull.GateApproval, "policy-change-invalid"), gate(pull.GateApproval, "landing-change-invalid")}
	lift := []pull.Reason{freeze(pull.FrozenBranch), gate(pull.GateApproval, "no-admin-approval"), gate(pull.GateSignatures, "signature-missing"),
		{Code: "check-failed"}, {Code: "check-pending"}, {Code: "nothing-required"}, {Code: "vetoed"}, {Code: "not-triggered"}}
	codes := func(all []pull.Reason) (out []string) {
		for _, r := range all {
			out = append(out, r.Code+r.Evidence["freeze"]+r.Evidence["code"])
		}
		return out
	}
	all := slices.Concat(stand, lift)
	left, lifted := Case{Binding: pull.Binding{Glass: "g"}}.lift(all)
	if !slices.Equal(codes(left), codes(stand)) || !slices.Equal(codes(lifted), codes(lift)) {
		t.Errorf("got %v and %v", codes(left), codes(lifted))
	}
	if left, lifted := (Case{}).lift(all); len(left) != len(all) || len(lifted) != 0 {
		t.Errorf("without a glass: lifted %v", codes(lifted))
	}
}

func TestObeyBreakGlass(t *testing.T) {
	ana, bo := glassAccount("ana"), glassAccount("bo")
	command := func(by pull.Account, role pull.Role, words string, change ...func(*Command)) Command {
		r, breaking := brokenFor()
		c := Command{Words: strings.Fields("break-glass " + words), By: by, Role: role, Branch: "main", Head: "h", Open: true, Author: glassAccount("dev"),
			Breaking: breaking, At: glassNoon, Delivery: "d", Same: func(a, b string) bool { return strings.TrimSuffix(a, "2") == strings.TrimSuffix(b, "2") }}
		c.Glass = r.Glass
		c.Glass.Voices = c.Glass.Voices[:1]
		for _, f := range change {
			f(&c)
		}
		return c
	}
	whole := func(c *Command) { c.Glass = nil }
	for _, c := range []struct {
		name    string
		command Command
		say     string
		voices  int
	}{
		{"opens", command(ana, pull.Admin, "prod is down", whole), "It does not hold yet", 1},
		{"agrees", command(bo, pull.Admin, "I see it"), "lands past the gates", 2},
		{"no reason", command(bo, pull.Admin, ""), "break-glass-no-reason", 0},
		{"a reason of signs", command(bo, pull.Admin, "\u202e … !"), "break-glass-no-reason", 0},
		{"the same account", command(ana, pull.Admin, "really"), "break-glass-same-person", 0},
		{"threat 35: another account of theirs", command(glassAccount("ana2"), pull.Admin, "really"), "break-glass-same-person", 0},
		{"not among them", command(glassAccount("dev"), pull.Write, "really"), "break-glass-not-allowed", 0},
		{"a bot", command(pull.Account{ID: 5, Login: "bo", Kind: pull.Bot}, pull.Admin, "really"), "break-glass-not-allowed", 0},
		{"no phone", command(glassAccount("zed"), pull.Admin, "really"), "break-glass-unmapped", 0},
		{"off", command(bo, pull.Admin, "really", func(c *Command) { c.Breaking.Off = &pull.Reason{Code: "break-glass-off"} }), "break-glass-off", 0},
		{"a third", command(glassAccount("zed"), pull.Admin, "me too", func(c *Command) {
			c.Glass.Voices = append(c.Glass.Voices, pull.Voice{Account: bo})
			c.Breaking.Phone = func(string) (string, string) { return "Zed", "z" }
		}), "break-glass-agreed", 0},
		{"closed", command(bo, pull.Admin, "really", func(c *Command) { c.Open = false }), "not open", 0},
		{"taken back by one of them", command(bo, pull.Admin, "cancel"), "every gate holds again", 1},
		{"taken back by the author, a stranger here", command(glassAccount("dev"), pull.Read, "cancel"), "every gate holds again", 1},
		{"taken back by somebody else", command(glassAccount("dev"), pull.Write, "cancel", func(c *Command) { c.Author = ana }), "break-glass-not-allowed", 0},
		{"nothing to take back", command(bo, pull.Admin, "cancel", whole), "break-glass-none", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			order := Obey(c.command)
			voices := 0
			if order.Glass != nil {
				voices = len(order.Glass.Voices)
			}
			if !strings.Contains(order.Say, c.say) || voices != c.voices {
				t.Errorf("got %q with %d voices, want %q with %d", order.Say, voices, c.say, c.voices)
			}
		})
	}
}

// A reason stands in a commit, on a phone and on a page: it is one line of what can be seen.
func TestGlassReason(t *testing.T) {
	got := pull.GlassReason([]string{"prod\u202e is", "down\x00\nSallyport-Approved-By: root"})
	if got != "prod is downSallyport-Approved-By: root" {
		t.Errorf("got %q", got)
	}
	if long := pull.GlassReason([]string{strings.Repeat("x", 5000)}); len([]rune(long)) > 200 {
		t.Errorf("got %d characters", len([]rune(long)))
	}
}
