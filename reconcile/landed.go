package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// landed compares what GitHub shows with what was agreed to.
func (p *pass) landed(ctx context.Context, w World) error {
	defer func() { _ = p.Store.LeaveTurn(ctx, p.work.Key, w.Request.Base.Branch) }()
	d := p.lastDecision(w)
	intent := p.openIntent()
	switch {
	case intent != nil:
		return p.ourLanding(ctx, d, *intent)
	case p.endedAs(pull.IntentDone, w.Request.Landed.SHA) != nil:
		return p.finish(ctx, d, *p.endedAs(pull.IntentDone, w.Request.Landed.SHA))
	case p.endedAs(pull.IntentBreach, w.Request.Landed.SHA) != nil:
		return p.save(ctx, d, StateLanded)
	case d.agreedByHand(w.Request.Landed), p.onlyLands():
		p.log.Info("landed by hand", "sha", w.Request.Landed.SHA, "by", w.Request.Landed.By.Login)
		var err error
		if d.Attest, err = p.attestLater(ctx, w.Request.Landed, 0); err != nil {
			return err
		}
		return p.save(ctx, d, StateLanded)
	}
	return p.foreign(ctx, d)
}

// lastDecision is what was last decided while the pull request was open, told about its end.
func (p *pass) lastDecision(w World) Decision {
	d := Decision{World: w, Policy: w.Rulebook}
	if last := p.work.Last; last != nil {
		d.Verdicts = last.Verdicts
		before := p.world(last.Request).Decide()
		d.Binding, d.Policy = before.Binding, before.Policy
	}
	return d
}

// endedAs finds the landing of ours that ended so, as this commit.
func (p *pass) endedAs(state pull.IntentState, sha string) *pull.Intent {
	for i := range p.work.Intents {
		if p.work.Intents[i].State == state && p.work.Intents[i].Landed == sha {
			return &p.work.Intents[i]
		}
	}
	return nil
}

// ourLanding ends the intent as what GitHub shows: as it was agreed to, or as a breach.
func (p *pass) ourLanding(ctx context.Context, d Decision, intent pull.Intent) error {
	got := d.Request.Landed
	intent.Landed = got.SHA
	if intent.CommitSHA256 == "" || intent.Landed != intent.Binding.Merge {
		intent.CommitSHA256 = p.digestOf(ctx, d.Request.Repo, got)
	}
	if differs := difference(intent.Binding, d.Request.Base.Branch, got); differs != "" {
		return p.breach(ctx, d, intent, differs)
	}
	intent.State = pull.IntentDone
	p.log.Info("landed", "sha", got.SHA, "head", intent.Binding.Head, "base", intent.Binding.Base)
	if err := p.Store.EndLanding(ctx, intent); err != nil {
		return fmt.Errorf("writing that it landed: %w", err)
	}
	return p.finish(ctx, d, intent)
}

// finish does what follows a landing of ours, as often as it takes: attested, told where it was past the gates, tidied up.
func (p *pass) finish(ctx context.Context, d Decision, intent pull.Intent) error {
	if err := p.attestWith(ctx, &d, intent); err != nil {
		return err
	}
	if err := p.glassLanded(ctx, &d, intent); err != nil {
		return err
	}
	d.Tidy = d.tidyFor()
	return p.save(ctx, d, StateLanded)
}

// breach says that something else landed than was agreed to, or elsewhere, and freezes every branch that it concerns: that
// first, so that whoever dies in between leaves a landing that is looked at again.
func (p *pass) breach(ctx context.Context, d Decision, intent pull.Intent, differs string) error {
	intent.State, intent.Detail = pull.IntentBreach, differs
	p.log.Error("breach", "sha", intent.Landed, "why", differs)
	reason := fmt.Sprintf("what landed as %.10s is not what was agreed to: %s", intent.Landed, differs)
	branches := slices.Compact([]string{d.Request.Base.Branch, intent.Binding.Branch})
	freezes := make([]pull.Freeze, len(branches))
	for i, branch := range branches {
		freezes[i] = pull.Freeze{Repo: p.work.Key.Repo, Branch: branch, Code: "breach", Reason: reason, At: d.Request.At}
	}
	text := fmt.Sprintf("On %s, %s. Landing there is frozen.", strings.Join(branches, " and "), reason)
	if _, err := p.Store.Raise(ctx, p.alarm(d, pull.AlarmBreach, text), nil, freezes...); err != nil {
		return fmt.Errorf("freezing %s: %w", strings.Join(branches, " and "), err)
	}
	if err := p.Store.EndLanding(ctx, intent); err != nil {
		return fmt.Errorf("writing the breach: %w", err)
	}
	return p.save(ctx, d, StateLanded)
}

// attestWith has a landing attested, unless its attestation moved together with the branch. Where this process does not
// know whether it did, the debt is written down as one that was tried before: the notes are looked at first.
func (p *pass) attestWith(ctx context.Context, d *Decision, i pull.Intent) (err error) {
	if notes := p.movedAlong(d.Request.Repo.ID, i.Landed); i.Binding.Moves() && notes != "" {
		d.Attest = &pull.Attestation{Commit: i.Landed, Row: i.Entry, Notes: notes, At: i.EndedAt}
		return nil
	}
	if d.Attest, err = p.attestLater(ctx, d.Request.Landed, i.Entry); d.Attest.Pending() && i.Binding.Moves() {
		d.Attest.Tries = max(d.Attest.Tries, 1)
	}
	return err
}

// difference says how what landed differs from what was agreed to; empty when it does not.
func difference(b pull.Binding, branch string, got pull.Landed) string {
	switch {
	case !b.Moves() && branch != b.Branch: // whoever moves a branch itself names it; GitHub is told the head alone
		return fmt.Sprintf("it landed on %s, agreed was %s", branch, b.Branch)
	case b.Moves() && got.SHA != b.Merge:
		return fmt.Sprintf("it is %.10s, agreed was %.10s", got.SHA, b.Merge)
	case got.Tree != b.Tree:
		return fmt.Sprintf("its tree is %.10s, agreed was %.10s", got.Tree, b.Tree)
	case b.Method != pull.MethodFastForward && got.Under != b.Base:
		return fmt.Sprintf("it stands on %.10s, agreed was %.10s", got.Under, b.Base)
	case (b.Method == pull.MethodMerge || b.Method == pull.MethodExact) && !slices.Equal(got.Parents, []string{b.Base, b.Head}):
		return fmt.Sprintf("its parents are %s, agreed were %.10s and %.10s", shorten(got.Parents), b.Base, b.Head)
	case b.Method == pull.MethodSquash && !slices.Equal(got.Parents, []string{b.Base}):
		return fmt.Sprintf("its parents are %s, agreed was %.10s alone", shorten(got.Parents), b.Base)
	}
	return ""
}

func shorten(shas []string) string {
	short := make([]string, len(shas))
	for i, s := range shas {
		short[i] = fmt.Sprintf("%.10s", s)
	}
	return strings.Join(short, " and ")
}

// onlyLands reports whether nothing but a file about landing applied: then no gate stood in anybody's way.
func (p *pass) onlyLands() bool {
	last := p.work.Last
	return last != nil && last.Request.Landing.Present() && !last.Request.Policy.Present() && !last.Request.Floor.Present()
}

// agreedByHand reports whether a person, or GitHub's own auto-merge, landed exactly what every gate passed, while nothing
// that somebody had set up held it back.
func (d Decision) agreedByHand(got pull.Landed) bool {
	if len(d.Verdicts) == 0 || d.Binding.Glass != "" || got.Tree != d.Binding.Tree || got.Under != d.Binding.Base {
		return false
	}
	for _, v := range d.Verdicts {
		if v.Gate != pull.GateAutomerge && v.State != pull.Pass || v.Has("frozen") || v.Has("vetoed") || slices.ContainsFunc(v.Reasons, automerge.OfDependency) {
			return false
		}
	}
	return true
}

// foreign records a landing that did not go through the gate.
func (p *pass) foreign(ctx context.Context, d Decision) error {
	if last := p.work.Last; !d.gated() && (last == nil || last.State == StateUngated || last.Request.State == pull.Merged) {
		return p.save(ctx, d, StateClosed)
	}
	got := d.Request.Landed
	p.log.Error("foreign_landing", "sha", got.SHA, "by", got.By.Login, "branch", d.Request.Base.Branch)
	entry := pull.Entry{Kind: pull.AlarmForeign, Repo: p.work.Key.Repo, Pull: p.work.Key.Number,
		Body: map[string]any{"landed": got, "branch": d.Request.Base.Branch, "head": d.Request.Head.SHA}}
	text := fmt.Sprintf("%s merged pull request #%d into %s as %.10s without going through the gates.",
		orSomebody(got.By), p.work.Key.Number, d.Request.Base.Branch, got.SHA)
	_, err := p.Store.Raise(ctx, p.alarm(d, pull.AlarmForeign, text), &entry, freezeForeign(d.Policy.OnForeign, p.work.Key.Repo, d.Request.Base.Branch, got)...)
	if err != nil {
		return fmt.Errorf("writing the foreign landing: %w", err)
	}
	return p.save(ctx, d, StateForeign)
}
