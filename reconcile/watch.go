package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// promptLife is longer than any prompt lives: what Duo cannot tell after that, it will never tell.
const promptLife = 3 * time.Minute

// Watch waits for the answer to an open Duo prompt, a minute at most, and returns the prompt as it then stands.
// A report of fraud freezes the pull request before anything else happens.
func (r *Reconciler) Watch(ctx context.Context, c pull.Confirmation) (pull.Confirmation, error) {
	if r.Duo == nil {
		c.State, c.Detail = pull.PromptUnknown, "Duo is no longer configured"
		return c, nil
	}
	state, detail, err := r.Duo.Status(ctx, c.Txid)
	switch {
	case err != nil && pull.ClassOf(err) != pull.Transient || err != nil && r.Now().Sub(c.AskedAt) > promptLife:
		c.State, c.Detail = pull.PromptUnknown, "Duo could not say what became of the push"
		r.Log.Warn("duo_prompt_lost", "person", c.Person, "error", err)
		return c, nil
	case err != nil:
		return c, fmt.Errorf("asking Duo about prompt %d: %w", c.ID, err)
	}
	c.State, c.Detail = state, detail
	if c.State != pull.PromptFraud {
		return c, nil
	}
	if c.Keyed.Key != "" {
		// The store keeps the person from being asked again in the transaction that takes this in.
		r.Log.Error("duo_fraud", "person", c.Person, "key", c.Keyed.Key, "token", c.Keyed.Token)
		return c, nil
	}
	r.Log.Error("duo_fraud", "person", c.Person, "repo", c.Binding.Repo, "pull", c.Binding.Number, "merge", c.Binding.Merge)
	for _, k := range c.Keys() {
		if err := r.raiseFraud(ctx, c, k); err != nil {
			return c, fmt.Errorf("freezing after fraud: %w", err)
		}
	}
	return c, nil
}

// raiseFraud freezes one of the pull requests that the push was about.
func (r *Reconciler) raiseFraud(ctx context.Context, c pull.Confirmation, k pull.Key) error {
	mark := c.Txid
	if k != c.Binding.Key() {
		mark = fmt.Sprintf("%s#%d", c.Txid, k.Number)
	}
	alarm := pull.Alarm{Kind: pull.AlarmFraud, Repo: k.Repo, Branch: c.Binding.Branch, Number: k.Number, By: c.Account, Mark: mark,
		Text: fmt.Sprintf("%s reported a Duo push for pull request #%d as fraudulent: somebody acts in the name of its author. "+
			"The author's open pull requests are frozen.", c.Person, k.Number)}
	return r.Store.RaiseFraud(ctx, alarm, pull.Freeze{Repo: k.Repo, Branch: c.Binding.Branch, Number: k.Number,
		Code: "fraud", Reason: c.Person + " reported the Duo push as fraudulent", By: c.Account, At: r.Now()})
}
