package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// doubtful is how long a landing whose answer was lost may still be under way at GitHub.
const doubtful = 10 * time.Second

// land asks GitHub to merge. The intent is in the books first, and only the holder of the turn can write it, so
// that two replicas cannot both be here for one branch.
func (p *pass) land(ctx context.Context, d Decision) (pull.Outcome, bool, error) {
	intent, err := d.intent()
	if err != nil {
		return pull.Outcome{}, false, err
	}
	intent, err = p.Store.BeginLanding(ctx, *d.Turn, intent)
	if isAny(err, pull.ErrTurnPassed, pull.ErrLandingOpen, pull.ErrFrozen, pull.ErrRolledBack) {
		p.log.Info("landing held back", "why", err.Error())
		return pull.Outcome{After: time.Second}, false, nil
	}
	if err != nil {
		return pull.Outcome{}, false, fmt.Errorf("writing the intent to land: %w", err)
	}
	switch d.Binding.Method {
	case pull.MethodExact:
		intent.Landed, err = d.Binding.Merge, p.landExact(ctx, d, intent.Entry)
	case pull.MethodFastForward:
		intent.Landed, err = d.Binding.Merge, p.moveAttested(ctx, d, intent.Entry)
	default:
		intent.Landed, err = p.GitHub.Merge(ctx, d.Request, intent, landingMessage(d))
	}
	if err != nil && pull.ClassOf(err) != pull.Unknown {
		return p.refused(ctx, d, intent, err)
	}
	if err != nil {
		p.log.Warn("landing outcome unknown", "error", err.Error())
	}
	p.work.Intents = append([]pull.Intent{intent}, p.work.Intents...)
	return pull.Outcome{}, true, nil
}

// refused closes an intent that GitHub is known not to have carried out.
func (p *pass) refused(ctx context.Context, d Decision, intent pull.Intent, cause error) (pull.Outcome, bool, error) {
	intent.State, intent.Detail = pull.IntentRefused, cause.Error()
	code, delay := again(cause, d.refusedBefore())
	intent.Code = code
	p.log.Warn("landing refused", "code", intent.Code, "error", cause.Error())
	if err := p.Store.EndLanding(ctx, intent); err != nil {
		return pull.Outcome{}, false, fmt.Errorf("writing that the landing was refused: %w", err)
	}
	p.work.Intents = append([]pull.Intent{intent}, p.work.Intents...)
	return pull.Outcome{After: delay}, intent.Code != "", nil
}

// refusedBefore counts the refusals of this very landing since somebody last asked to try again.
func (d Decision) refusedBefore() int {
	n := 0
	for _, i := range d.freshIntents() {
		if i.State == pull.IntentRefused && i.Binding.Same(d.Binding) {
			n++
		}
	}
	return n
}

// landingOpen reports whether a landing was attempted whose outcome is not in the books.
func (p *pass) landingOpen() bool { return p.openIntent() != nil }

func (p *pass) openIntent() *pull.Intent {
	for i := range p.work.Intents {
		if p.work.Intents[i].State == pull.IntentOpen {
			return &p.work.Intents[i]
		}
	}
	return nil
}

// settle brings the books up to what GitHub shows: landed by us, landed by somebody else, closed, or not landed.
func (p *pass) settle(ctx context.Context, w World) (pull.Outcome, bool, error) {
	intent := p.openIntent()
	if intent != nil && intent.Binding.Batch != "" {
		return p.settleBatch(ctx, w, *intent)
	}
	if intent != nil && intent.Binding.Moves() && w.Request.State != pull.Merged {
		if landed, err := p.exactOpen(ctx, &w, *intent); landed || err != nil {
			return pull.Outcome{}, false, errors.Join(err, p.exactLanded(ctx, w, *intent, landed))
		}
	}
	switch w.Request.State {
	case pull.Merged:
		return pull.Outcome{}, false, p.landed(ctx, w)
	case pull.Closed:
		return pull.Outcome{}, false, p.closed(ctx, w)
	}
	if intent.Binding.Method == pull.MethodQueue {
		return p.letGo(ctx, w, *intent)
	}
	if age := p.Now().Sub(intent.At); intent.Landed != "" || age < doubtful {
		return pull.Outcome{After: min(doubtful, max(250*time.Millisecond, age))}, false, nil
	}
	intent.State, intent.Detail = pull.IntentRefused, "the answer was lost, and GitHub shows the pull request open"
	return pull.Outcome{}, true, p.Store.EndLanding(ctx, *intent)
}

func (p *pass) closed(ctx context.Context, w World) error {
	if intent := p.openIntent(); intent != nil {
		intent.State, intent.Detail = pull.IntentRefused, "the pull request was closed without landing"
		if err := p.Store.EndLanding(ctx, *intent); err != nil {
			return err
		}
	}
	if err := p.Store.LeaveTurn(ctx, p.work.Key, w.Request.Base.Branch); err != nil {
		return err
	}
	return p.save(ctx, Decision{World: w}, StateClosed)
}

// landed compares what GitHub shows with what was agreed to.
func (p *pass) landed(ctx context.Context, w World) error {
	defer func() { _ = p.Store.LeaveTurn(ctx, p.work.Key, w.Request.Base.Branch) }()
	d := p.lastDecision(w)
	intent := p.openIntent()
	switch {
	case intent != nil:
		return p.ourLanding(ctx, d, *intent)
	case p.alreadyLanded(w.Request.Landed.SHA) != nil:
		if err := p.attestWith(ctx, &d, *p.alreadyLanded(w.Request.Landed.SHA)); err != nil {
			return err
		}
		if err := p.glassLanded(ctx, &d, *p.alreadyLanded(w.Request.Landed.SHA)); err != nil {
			return err
		}
		d.Tidy = d.tidyFor()
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

// alreadyLanded finds the landing of ours that ended as this commit.
func (p *pass) alreadyLanded(sha string) *pull.Intent {
	for i := range p.work.Intents {
		if p.work.Intents[i].State == pull.IntentDone && p.work.Intents[i].Landed == sha {
			return &p.work.Intents[i]
		}
	}
	return nil
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

func (p *pass) ourLanding(ctx context.Context, d Decision, intent pull.Intent) error {
	got := d.Request.Landed
	differs := difference(intent.Binding, got)
	intent.Landed = got.SHA
	if intent.CommitSHA256 == "" || intent.Landed != intent.Binding.Merge {
		intent.CommitSHA256 = p.digestOf(ctx, d.Request.Repo, got.SHA)
	}
	if differs == "" {
		intent.State = pull.IntentDone
		p.log.Info("landed", "sha", got.SHA, "head", intent.Binding.Head, "base", intent.Binding.Base)
		if err := p.Store.EndLanding(ctx, intent); err != nil {
			return fmt.Errorf("writing that it landed: %w", err)
		}
		if err := p.attestWith(ctx, &d, intent); err != nil {
			return err
		}
		if err := p.glassLanded(ctx, &d, intent); err != nil {
			return err
		}
		d.Tidy = d.tidyFor()
		return p.save(ctx, d, StateLanded)
	}
	intent.State, intent.Detail = pull.IntentBreach, differs
	p.log.Error("breach", "sha", got.SHA, "why", differs)
	if err := p.Store.EndLanding(ctx, intent); err != nil {
		return fmt.Errorf("writing the breach: %w", err)
	}
	reason := fmt.Sprintf("what landed as %.10s is not what was agreed to: %s", got.SHA, differs)
	_, err := p.Store.Raise(ctx, p.alarm(d, pull.AlarmBreach, fmt.Sprintf("On %s, %s. Landing there is frozen.", intent.Binding.Branch, reason)), nil,
		pull.Freeze{Repo: p.work.Key.Repo, Branch: intent.Binding.Branch, Code: "breach", Reason: reason, At: d.Request.At})
	if err != nil {
		return fmt.Errorf("freezing %s: %w", intent.Binding.Branch, err)
	}
	return p.save(ctx, d, StateLanded)
}

// exactLanded closes the books on an exact landing that the branch shows.
func (p *pass) exactLanded(ctx context.Context, w World, intent pull.Intent, landed bool) error {
	if !landed {
		return nil
	}
	b := intent.Binding
	w.Request.Landed = pull.Landed{SHA: b.Merge, Tree: b.Tree, Parents: []string{b.Base, b.Head}, Under: b.Base, At: p.Now()}
	if b.Method == pull.MethodFastForward {
		w.Request.Landed.Parents = nil // they are the head's own
	}
	return p.landed(ctx, w)
}

// difference says how what landed differs from what was agreed to; empty when it does not.
func difference(b pull.Binding, got pull.Landed) string {
	switch {
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

// landingMessage is the landed commit's message: its title on the first line, which is empty where GitHub chooses it.
func landingMessage(d Decision) string {
	confirmed := automerge.GlassTrailers(d.glassLines())
	for _, c := range d.Confirmations {
		if c.Confirms(d.Binding) {
			confirmed = append(confirmed, "Sallyport-Confirmed-By: "+c.Account.Login)
		}
	}
	title, body := d.Policy.Automerge.LandingMessage(d.Binding.Method, d.Request, d.approvers(), confirmed)
	return title + "\n\n" + body
}
