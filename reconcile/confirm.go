package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// Confirm follows a person's own wish to acknowledge a landing by a factor of their choice: a passcode, a phone call,
// another push. It judges the world afresh as a pass does and is bound by the same books: one prompt at a time, the same
// quotas, the same merge. A passcode is handed to Duo and nowhere else, so this happens at once and not in a pass. The
// error is a *pull.Refusal where the wish cannot be followed.
func (r *Reconciler) Confirm(ctx context.Context, work pull.Work, wish pull.Wish) (pull.Confirmation, error) {
	p := &pass{Reconciler: r, work: work, turnedDown: map[string]*pull.Reason{},
		log: r.Log.With("repo", work.Repo.FullName(), "pull", work.Key.Number)}
	if p.Duo == nil {
		return pull.Confirmation{}, refuse("duo-not-configured", "This server cannot ask Duo.", "Ask an operator to configure duo.")
	}
	if p.ended() || p.landingOpen() {
		return pull.Confirmation{}, refuse("ended", "There is nothing left to confirm here.", "")
	}
	d, ask, err := p.due(ctx, wish)
	if err != nil {
		return pull.Confirmation{}, err
	}
	e, info := oneErrand(d, ask), duobot.Describe(d.Request, d.Binding, d.sensitive()...)
	if d.Batch != nil {
		if e, info, err = p.dueTogether(ctx, d, ask, wish); err != nil {
			return pull.Confirmation{}, err
		}
	}
	prompt := e.prompt()
	prompt.Factor, prompt.Request = wish.Factor, wish.Request
	c, err := p.Store.BeginPrompt(ctx, prompt)
	if err != nil {
		return c, refusedPrompt(err)
	}
	answer, err := p.Duo.AskBy(ctx, wish.Factor, ask.DuoUser, wish.Passcode, info)
	c.State, c.Txid, c.Detail, c.Code = answer.State, answer.Txid, answer.Detail, answer.Code
	if err != nil {
		c = p.unsent(c, err)
		if c.State == pull.PromptUnsent {
			c.RetryAt = time.Time{} // a wish is of its moment: what was not sent is not sent later
		}
	}
	if err := p.Store.UpdatePrompt(ctx, c); err != nil {
		return c, fmt.Errorf("writing down the prompt: %w", err)
	}
	p.log.Info("duo_prompt", "person", c.Person, "factor", wish.Factor, "state", string(c.State), "merge", c.Binding.Shown())
	return c, nil
}

// due finds what the person would acknowledge now, and that it is what they saw. It needs the turn, like any prompt, so
// that nothing of ours moves the branch under it.
func (p *pass) due(ctx context.Context, wish pull.Wish) (Decision, duobot.Ask, error) {
	none := duobot.Ask{}
	w, err := p.read(ctx)
	if err != nil {
		return Decision{}, none, err
	}
	d := w.Decide()
	if w.Request.State != pull.Open || !d.Gated {
		return d, none, refuse("ended", "There is nothing left to confirm here.", "")
	}
	if d.Stage != automerge.Ready {
		return d, none, refuse("not-ready", "It is not the time to confirm this: "+d.standing(), d.next())
	}
	ask, ok := duobot.AskOf(d.duoCase(true), wish.Login, wish.ID)
	if !ok {
		return d, none, refuse("duo-not-asked", fmt.Sprintf("%s is not asked to confirm this.", wish.Login),
			"Whoever must confirm is named on the pull request's page.")
	}
	if d.Binding.Method == pull.MethodQueue || d.Batch != nil { // whoever holds the turn, holds it for all of a batch
		if d.Binding.Shown() != wish.Merge || d.Batch != nil && (d.Batch.State != pull.BatchAsking || !d.fits()) {
			return d, none, refuse("duo-stale", "What would land is no longer what was shown.", "Look at the page again: it shows what would land now.")
		}
		return d, ask, nil
	}
	turn, err := p.lineUp(ctx, d)
	if err != nil {
		return d, none, err
	}
	d.World.Turn = &turn
	d = d.World.Decide()
	switch {
	case !turn.Holds:
		return d, none, refuse("awaiting-turn", "Another pull request is landing first.", "Come back when it is this one's turn.")
	case d.Binding.Method == pull.MethodExact && !d.fits(), d.Binding.Merge != wish.Merge:
		return d, none, refuse("duo-stale", "What would land is no longer what was shown.", "Look at the page again: it shows what would land now.")
	}
	return d, ask, nil
}

// standing is the first thing that is not as it should be, in words.
func (d Decision) standing() string {
	for _, v := range d.Verdicts {
		if v.State != pull.Pass {
			return v.Lead().Message
		}
	}
	return "everything is confirmed."
}

func refuse(code, message, next string) error {
	return &pull.Refusal{Reason: pull.Reason{Code: code, Message: message, Next: next}}
}

func refusedPrompt(err error) error {
	switch {
	case errors.Is(err, pull.ErrPromptPending):
		return refuse("duo-pending", "A Duo prompt is on the phone already.", "Answer that one, or wait a minute until it has run out.")
	case errors.Is(err, pull.ErrAlreadyAsked):
		return refuse("duo-pending", "This request was followed already.", "")
	case errors.Is(err, pull.ErrQuota):
		return &pull.Refusal{Reason: *overQuota(err)}
	}
	return err
}
