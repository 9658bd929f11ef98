package reconcile

import (
	"context"
	"fmt"
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
