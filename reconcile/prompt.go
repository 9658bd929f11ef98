package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// quotaPause is how long to wait before a push that a quota held back is tried again.
const quotaPause = time.Minute

// busy is how long to wait when the person's phone already shows another prompt.
const busy = 15 * time.Second

// prompt asks everybody who must be asked now, and decides again knowing that they were.
func (p *pass) prompt(ctx context.Context, d Decision) (Decision, time.Duration, error) {
	queued := d.Binding.Method == pull.MethodQueue // there, whoever is ahead has been waited for
	if len(d.Asks) == 0 || !queued && (d.Turn == nil || !d.Turn.Holds) || p.Duo == nil {
		return d, 0, nil
	}
	var wait time.Duration
	for _, ask := range d.Asks {
		delay, err := p.ring(ctx, oneErrand(d, ask), duobot.Describe(d.Request, d.Binding, d.sensitive()...))
		if err != nil {
			return d, 0, fmt.Errorf("asking %s to confirm: %w", ask.Account.Login, err)
		}
		wait = sooner(wait, delay)
	}
	d.World.Confirmations = p.work.Confirmations
	d.World.Requests, d.World.HeldBack = p.requests(d.World), p.turnedDown[""]
	if d.World.HeldBack == nil {
		return d.World.Decide(), wait, nil
	}
	if queued {
		return d.World.Decide(), quotaPause, nil
	}
	// Nobody can be asked for a while, so the turn passes on.
	d.World.Turn.Holds = false
	if err := p.Store.LeaveTurn(ctx, p.work.Key, d.Request.Base.Branch); err != nil {
		return d, 0, fmt.Errorf("passing the turn on: %w", err)
	}
	return d.World.Decide(), quotaPause, nil
}

// ring writes the prompt down, sends it, and writes down what became of it. A crash in between leaves a prompt of unknown
// fate, which is never sent again by itself.
func (p *pass) ring(ctx context.Context, e errand, info duobot.PushInfo) (time.Duration, error) {
	c, err := p.begin(ctx, e)
	switch {
	case errors.Is(err, pull.ErrPromptPending):
		return busy, nil
	case errors.Is(err, pull.ErrAlreadyAsked):
		return 0, nil
	case errors.Is(err, pull.ErrQuota):
		p.turnedDown[e.ask.Request] = overQuota(err)
		return quotaPause, nil
	case err != nil:
		return 0, err
	}
	answer, sendErr := p.Duo.Ask(ctx, e.ask.DuoUser, info)
	c.State, c.Txid, c.Detail, c.Code = answer.State, answer.Txid, answer.Detail, answer.Code
	if sendErr != nil {
		c = p.unsent(c, sendErr)
	}
	if err := p.Store.UpdatePrompt(ctx, c); err != nil {
		return 0, fmt.Errorf("writing down the prompt: %w", err)
	}
	p.log.Info("duo_prompt", "person", c.Person, "state", string(c.State), "merge", c.Binding.Shown())
	p.remember(c)
	return 0, nil
}

func (p *pass) begin(ctx context.Context, e errand) (pull.Confirmation, error) {
	if e.ask.Retry != 0 {
		return p.Store.RetryPrompt(ctx, e.ask.Retry)
	}
	return p.Store.BeginPrompt(ctx, e.prompt())
}

// unsent sorts a failed attempt: what certainly did not reach the phone is tried again later, the rest never.
func (p *pass) unsent(c pull.Confirmation, err error) pull.Confirmation {
	c.Detail = err.Error()
	c.State = pull.PromptUnknown
	switch pull.ClassOf(err) {
	case pull.Transient:
		c.State = pull.PromptUnsent
		c.Attempts++
		c.RetryAt = p.Now().Add(max(pull.Delay(err), retryAfter(c.Attempts)))
	case pull.Permanent: // a human must mend something before another try is worth it
		c.State, c.RetryAt = pull.PromptUnsent, time.Time{}
	}
	p.log.Warn("duo_prompt_failed", "person", c.Person, "state", string(c.State), "error", err.Error())
	return c
}

// sensitive are the paths whose rules ask for Duo: they come first on the phone.
func (d Decision) sensitive() []string {
	var paths []string
	named := map[string]bool{} // a rule in doubt shares its files with the next one
	groups := approval.Governing(d.Policy.Approval, d.Request)
	if d.Floor.Present {
		groups = append(groups, approval.Governing(d.Floor.Rules, d.Request)...)
	}
	for _, g := range groups {
		if !asksDuo(g.Rule.Require) {
			continue
		}
		for _, f := range g.Files {
			if !named[f.Path] {
				named[f.Path] = true
				paths = append(paths, f.Path)
			}
		}
	}
	return paths
}

func asksDuo(q approval.Requirement) bool {
	return q.Duo != "" || slices.ContainsFunc(q.Any, asksDuo) || slices.ContainsFunc(q.All, asksDuo)
}

// retryAfter doubles from two seconds to five minutes.
func retryAfter(attempts int) time.Duration {
	return min(time.Second<<min(attempts, 10), 5*time.Minute)
}

// remember puts the prompt among those that the decision sees.
func (p *pass) remember(c pull.Confirmation) {
	for i := range p.work.Confirmations {
		if p.work.Confirmations[i].ID == c.ID {
			p.work.Confirmations[i] = c
			return
		}
	}
	p.work.Confirmations = append([]pull.Confirmation{c}, p.work.Confirmations...)
}

func overQuota(err error) *pull.Reason {
	var q *pull.QuotaError
	if !errors.As(err, &q) {
		return &pull.Reason{Code: "duo-quota", Message: "Too many Duo pushes went out within the hour.", Next: "Wait until the hour has passed."}
	}
	return &pull.Reason{Code: "duo-quota", Evidence: map[string]string{"limit": fmt.Sprint(q.Limit), "of": q.Of},
		Message: fmt.Sprintf("At most %d Duo pushes an hour go out for one %s.", q.Limit, q.Of), Next: "Wait until the hour has passed."}
}
