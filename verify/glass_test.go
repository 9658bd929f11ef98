package verify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// breakable lets two people land past a gate that nobody has opened.
const breakable = `version: 1
rules:
  - {name: all, paths: ["**"], require: {approvals: {count: 1, from: [admin]}}}
automerge: {method: exact, allow_no_checks: true}
break_glass: {from: [ana, dev], expires: 1h}
`

func glassLines(d reconcile.Decision) []string {
	if d.Binding.Glass == "" {
		return nil
	}
	return d.Request.Glass.Lines()
}

// acknowledged is one push for each of those who broke the glass.
func (w *town) acknowledged(g *pull.Glass, b pull.Binding) []pull.Confirmation {
	var all []pull.Confirmation
	for i, v := range g.Voices {
		all = append(all, pull.Confirmation{ID: int64(i + 1), Binding: b, Person: v.Account.Login, Account: v.Account, DuoUser: v.Account.Login + ".duo",
			Role: "break-glass", State: pull.PromptAllowed, Txid: "tx-" + v.Account.Login, AskedAt: w.clock, EndedAt: w.clock})
	}
	return all
}

// broke has ana and dev break the glass for what is proposed, which nobody has approved and whose check is red.
func broke(world *reconcile.World) {
	r := &world.Request
	r.Reviews, r.Checks[0].Conclusion = nil, "failure"
	g := &pull.Glass{Head: r.Head.SHA, Branch: r.Base.Branch, State: pull.GlassOpen, Expires: r.At.Add(time.Hour)}
	for _, login := range []string{"ana", "dev"} {
		g.Voices = append(g.Voices, pull.Voice{Account: account(login), Role: "admin", Reason: "prod is down, says " + login, Request: "d-" + login, At: r.At})
	}
	r.Glass = g
}

func glassTown(t *testing.T, policy string) *town {
	w := newTown(t)
	w.from = w.foreign(".sallyport.yml", policy)
	return w
}

// Whoever verifies hears of every landing past the gates, and accepts it only if they say so.
func TestALandingPastTheGatesIsReportedAndAcceptedOnlyWhenAsked(t *testing.T) {
	w := glassTown(t, breakable)
	sha := w.land(landing{path: "prod/api.nomad", text: "two\n", evidence: broke})
	w.push()
	o := w.options()
	r := w.verify(o)
	if r.Verdict != Bad || !slices.Contains(codes(r), at(sha, "break-glass")) {
		t.Errorf("without the flag: got %v %v", r.Verdict, codes(r))
	}
	o.AllowBreakGlass = true
	if r = w.verify(o); r.Verdict != Good || r.Remarks != 1 {
		t.Errorf("with the flag: got %v %v", r.Verdict, codes(r))
	}
}

// The flag accepts what two people agreed to, and nothing that only says so.
func TestThreat56ForgedBreakGlassIsFound(t *testing.T) {
	later := func(change func(*pull.Glass)) func(*attest.Landing) {
		return func(l *attest.Landing) {
			g := *l.Evidence.Request.Glass
			g.Voices = slices.Clone(g.Voices)
			change(&g)
			l.Evidence.Request.Glass = &g
		}
	}
	second := func(change func(*pull.Confirmation)) func(*attest.Landing) {
		return func(l *attest.Landing) { change(&l.Evidence.Confirmations[1]) }
	}
	for _, c := range []struct {
		name, policy, code string
		statement          func(*attest.Landing)
	}{
		{"one phone alone", breakable, "awaiting-push", func(l *attest.Landing) { l.Evidence.Confirmations = l.Evidence.Confirmations[:1] }},
		{"one human on two phones' names", breakable, "break-glass-unproved", func(l *attest.Landing) {
			for i := range l.Evidence.People {
				l.Evidence.People[i].Name = "ana"
			}
		}},
		{"one phone about another merge", breakable, "break-glass-unproved", second(func(c *pull.Confirmation) { c.Binding.Merge = strings.Repeat("0", 40) })},
		{"one phone that denied", breakable, "break-glass-unproved", second(func(c *pull.Confirmation) { c.State = pull.PromptDenied })},
		{"both phones by one account", breakable, "break-glass-unproved", second(func(c *pull.Confirmation) { c.Account = account("ana") })},
		{"one phone that never rang", breakable, "break-glass-unproved", second(func(c *pull.Confirmation) { c.Txid = "" })},
		{"somebody else's phone", breakable, "break-glass-unproved", second(func(c *pull.Confirmation) { c.DuoUser = "ana.duo" })},
		{"one phone twice", breakable, "break-glass-unproved", func(l *attest.Landing) {
			l.Evidence.Confirmations[1] = l.Evidence.Confirmations[0]
			l.Evidence.Confirmations[1].Txid = "tx-again"
		}},
		{"other people in the statement than in its evidence", breakable, "statement-inconsistent", func(l *attest.Landing) { l.BreakGlass.People[1].Account.Login = "bo" }},
		{"a phone of nobody's", breakable, "break-glass-unproved", func(l *attest.Landing) {
			second(func(c *pull.Confirmation) { c.DuoUser = "" })(l)
			l.Evidence.People = slices.DeleteFunc(l.Evidence.People, func(p attest.Person) bool { return p.Name == "dev" })
		}},
		{"one voice", breakable, "break-glass-unproved", later(func(g *pull.Glass) { g.Voices = g.Voices[:1] })},
		{"another reason than the commit tells", breakable, "break-glass-unproved", func(l *attest.Landing) { l.Evidence.Request.Glass = nil }},
		{"a reason given afterwards", breakable, "awaiting-push", later(func(g *pull.Glass) { g.Voices[0].Reason = "I was asked to" })},
		{"for another head", breakable, "break-glass-unproved", later(func(g *pull.Glass) { g.Head = strings.Repeat("0", 40) })},
		{"after its time", breakable, "break-glass-unproved", later(func(g *pull.Glass) { g.Expires = g.Voices[0].At.Add(-time.Second) })},
		{"taken back", breakable, "break-glass-unproved", later(func(g *pull.Glass) { g.State = pull.GlassWithdrawn })},
		{"by somebody whom the policy does not name", breakable, "break-glass-unproved", later(func(g *pull.Glass) { g.Voices[0].Account = account("bo") })},
		{"told as if it had gone through the gates", breakable, "break-glass-unproved", func(l *attest.Landing) { l.BreakGlass = nil }},
		{"under a policy that has none", breakable[:len(breakable)-len("break_glass: {from: [ana, dev], expires: 1h}\n")], "break-glass-unproved", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := glassTown(t, c.policy)
			sha := w.land(landing{path: "prod/api.nomad", text: "two\n", evidence: broke, anyway: true, statement: func(l *attest.Landing) {
				if c.statement != nil {
					c.statement(l)
				}
				if l.BreakGlass == nil && c.statement == nil {
					l.BreakGlass = &attest.BreakGlass{}
				}
			}})
			w.push()
			o := w.options()
			o.AllowBreakGlass = true
			if r := w.verify(o); r.Verdict != Bad || !slices.Contains(codes(r), at(sha, c.code)) {
				t.Errorf("got %v %v want %s", r.Verdict, codes(r), c.code)
			}
		})
	}
}
