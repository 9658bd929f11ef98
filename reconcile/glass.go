package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// breaking is what the repository's policy and the floor above it say of breaking the glass: both must allow it, and the
// stricter of both holds.
func (w World) breaking() automerge.Breaking {
	own, floor := w.Rulebook.BreakGlass, w.Floor.Glass
	b := automerge.Breaking{Off: w.glassOff(), Phone: func(login string) (string, string) {
		p, _ := w.People.ByLogin(login)
		return p.Name, p.Duo
	}}
	if b.Off != nil {
		return b
	}
	b.Lasts = own.Lasts
	if w.Floor.Present {
		b.Lasts = min(b.Lasts, floor.Lasts)
	}
	b.May = func(a pull.Account) bool {
		return approval.Among(own.From, w.Request, a) && (!w.Floor.Present || approval.Among(floor.From, w.Request, a))
	}
	return b
}

// glassOff says why nobody can break the glass here.
func (w World) glassOff() *pull.Reason {
	off := func(message, next string) *pull.Reason {
		return &pull.Reason{Code: "break-glass-off", Message: message, Next: next}
	}
	switch {
	case w.Problems != nil || w.Request.Policy.Unreadable != "" || w.Floor.Problems != nil || w.Request.Floor.Unreadable != "":
		return off("a policy that cannot be read allows nothing.", "Mend it on the target branch.")
	case w.Rulebook.BreakGlass == nil:
		return off(fmt.Sprintf("the policy of %s does not let anybody land past the gates.", w.Request.Base.Branch),
			"Where that is wanted, break_glass: in .sallyport.yml says who may; it lands through the gates like any change.")
	case w.Floor.Present && w.Floor.Glass == nil:
		return off(fmt.Sprintf("%s, which stands over this repository, does not let anybody land past the gates.", w.Request.Floor.Path),
			"Whoever owns that file says with break_glass: in it who may.")
	case w.Rulebook.Automerge == nil:
		return off("Sallyport lands nothing here, so that nothing can land past the gates.", "Add an automerge section to the policy.")
	}
	return nil
}

// glassShut says what GitHub has against landing past its merge queue. It refuses those who would break the glass; one that
// is broken already waits for the setting.
func (w World) glassShut() *pull.Reason {
	if w.Rulebook.Automerge == nil || w.Rulebook.Automerge.MethodFor(w.Request) != pull.MethodQueue {
		return nil
	}
	d := Decision{World: w, Policy: w.Rulebook}
	c := d.Case(nil)
	c.Reports = d.names()
	why := automerge.PastQueue(c)
	if why == nil {
		return nil
	}
	return &pull.Reason{Code: "break-glass-off", Message: why.Message, Next: why.Next}
}

// throughGlass is what is agreed to where the glass is broken. GitHub's merge queue lands nothing past its checks, so that
// it lands by a merge commit of ours; what is in the queue leaves it first, and until then every gate holds.
func (d Decision) throughGlass(b pull.Binding) pull.Binding {
	glass := d.broken()
	switch {
	case glass == "" || b.Method == pull.MethodQueue && d.Request.Queued != nil:
		return b
	case b.Method == pull.MethodQueue:
		b.Method, b.Merge = pull.MethodExact, d.Request.Test.SHA
	}
	b.Glass = glass
	return b
}

// askGlass is who has to be asked about, to tell whether the glass may be broken.
func (w World) askGlass() pull.Question {
	var q pull.Question
	if w.Problems == nil && w.Rulebook.BreakGlass != nil {
		q = approval.AskAmong(w.Rulebook.BreakGlass.From)
	}
	if w.Floor.Glass != nil {
		q = joined(q, approval.AskAmong(w.Floor.Glass.From))
	}
	if g := w.Request.Glass; g.Open() {
		q.Logins = union(q.Logins, g.Logins())
	}
	return q
}

// glassNow is the break-glass as this look finds it: one that can no longer come to hold has ended.
func (w World) glassNow() *pull.Glass {
	g := w.Request.Glass
	if !g.Open() || w.Request.State != pull.Open { // after its end no policy is read; the record says how the glass ended
		return g
	}
	switch _, why := automerge.JudgeGlass(w.Request, w.breaking()); why.Code {
	case "break-glass-expired":
		return g.Ended(pull.GlassExpired, why.Message, w.Request.At)
	case "break-glass-void":
		return g.Ended(pull.GlassVoid, why.Message, w.Request.At)
	}
	return g
}

// broken names the glass, if it is broken for this very landing; empty where every gate holds.
func (d Decision) broken() string {
	if holds, _ := automerge.JudgeGlass(d.Request, d.breaking()); holds {
		return d.Request.Glass.Name()
	}
	return ""
}

func (d Decision) breakers() []pull.Account {
	var all []pull.Account
	for _, v := range d.Request.Glass.Voices {
		all = append(all, v.Account)
	}
	return all
}

// glassLines are what the landing itself says of it.
func (d Decision) glassLines() []string {
	if d.Binding.Glass == "" {
		return nil
	}
	return d.Request.Glass.Lines()
}

// fits reports whether M was made for this very landing.
func (d Decision) fits() bool { return d.Candidate.Fits(d.Request, d.approvers(), d.glassLines()) }

// lifted turns the gates green that the glass lifts, once both of its people have acknowledged this landing, and keeps
// what they had said. Until then they read as they are.
func (d Decision) lifted(gates []pull.Verdict) []pull.Verdict {
	out := append([]pull.Verdict{}, gates...)
	for i, v := range out {
		if !automerge.LiftsGate(d.Binding, v) || !d.acknowledged(gates) {
			continue
		}
		out[i] = pull.Verdict{Gate: v.Gate, State: pull.Pass, Annotations: v.Annotations, Reasons: []pull.Reason{{
			Code: "break-glass", State: pull.Pass, Message: automerge.Broken(d.Request.Glass) + " This gate had said: " + v.Lead().Message,
			Evidence: map[string]string{"glass": d.Binding.Glass, "lifted": v.Lead().Code}, Because: v.Reasons}}}
	}
	return out
}

func (d Decision) acknowledged(gates []pull.Verdict) bool {
	for _, v := range gates {
		if v.Gate == pull.GateDuo {
			return v.State == pull.Pass
		}
	}
	return false
}

// withGlass says beside the landing's own verdict how the glass stands, and what it lifts.
func (d Decision) withGlass(v pull.Verdict, c automerge.Case) pull.Verdict {
	holds, why := automerge.JudgeGlass(d.Request, d.breaking())
	if holds {
		why.Because = automerge.Lifted(c)
	}
	if g := d.Request.Glass; g != nil && !g.Open() && g.State != pull.GlassLanded {
		why = pull.Reason{Code: "break-glass-" + string(g.State), State: pull.Pass, Message: g.Why,
			Evidence: map[string]string{"by": strings.Join(g.Logins(), ", "), "head": g.Head}}
	}
	if why.Code != "" {
		v.Reasons = append(v.Reasons, why)
	}
	return v
}

// liftedReasons are what would have held the landing back.
func (d Decision) liftedReasons() []pull.Reason {
	for _, r := range d.Verdict(pull.GateAutomerge).Reasons {
		if r.Code == "break-glass" {
			return r.Because
		}
	}
	return nil
}

// shatter carries out what somebody said about the glass. Everybody hears of it before it is in the books; said twice, it
// is heard once.
func (p *pass) shatter(ctx context.Context, w *World, n pull.News, order automerge.Order) error {
	if order.Alarm != "" {
		if _, err := p.Store.Raise(ctx, p.glassAlarm(w.Request, n.Sender, w.Request.Head.SHA, n.Delivery, order.Alarm), nil); err != nil {
			return err
		}
	}
	w.Request.Glass = order.Glass
	p.log.Warn("break_glass", "state", string(order.Glass.State), "by", n.Sender.Login, "head", order.Glass.Head, "said", strings.Join(order.Glass.Lines(), "; "))
	return nil
}

func (p *pass) glassAlarm(r pull.Request, by pull.Account, sha, mark, text string) pull.Alarm {
	return pull.Alarm{Kind: pull.AlarmGlass, Repo: p.work.Key.Repo, Branch: r.Base.Branch, Number: p.work.Key.Number, SHA: sha, By: by, Mark: mark,
		Text: r.Repo.FullName() + ": " + text, URL: fmt.Sprintf("%s/%s/pull/%d", p.PublicURL, r.Repo.FullName(), p.work.Key.Number)}
}

// untilGlass has the pass come again when the time of an open break-glass is over.
func (p *pass) untilGlass(o pull.Outcome) pull.Outcome {
	if last := p.work.Last; last != nil && last.State == StateOpen && last.Request.Glass.Open() {
		o.After = sooner(o.After, max(last.Request.Glass.Expires.Sub(p.Now()), time.Millisecond))
	}
	return o
}

// glassAt is the break-glass as a record in this state has it: with the pull request, it ends.
func glassAt(state string, d Decision) *pull.Glass {
	g := d.Request.Glass
	switch {
	case !g.Open() || state == StateOpen || state == StateUngated:
		return g
	case state == StateLanded && d.Binding.Glass == g.Name():
		return g.Ended(pull.GlassLanded, "It landed past the gates.", d.Request.At)
	}
	return g.Ended(pull.GlassVoid, "The pull request came to its end without it.", d.Request.At)
}
