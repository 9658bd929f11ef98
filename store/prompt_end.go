package store

import (
	"cmp"
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// UpdatePrompt writes what became of a prompt: State, Txid, Detail and, for an unsent one, RetryAt. An opened prompt is
// watched from the same instant on. A prompt that is no longer pending gets a ledger entry "answer" and wakes its pull
// request. It refuses with [ErrPromptMoved] to change a prompt that has ended, an open one by another txid, and to have
// anything but an open prompt allowed.
func (s *Store) UpdatePrompt(ctx context.Context, c pull.Confirmation) error {
	err := s.inTx(ctx, func(t *tx) error { return t.updatePrompt(ctx, c) })
	return wrap(fmt.Sprintf("updating prompt %d", c.ID), err)
}

func (t *tx) updatePrompt(ctx context.Context, c pull.Confirmation) error {
	old, err := t.lockPrompt(ctx, c.ID)
	if err != nil {
		return err
	}
	if !mayBecome(old, c) {
		return ErrPromptMoved
	}
	next := old // what was asked, of whom, for what, is not open to change
	next.State, next.Txid, next.Detail = c.State, c.Txid, c.Detail
	if next.State == pull.PromptOpen {
		next.Code = cmp.Or(old.Code, c.Code)
		return t.watchPrompt(ctx, next)
	}
	return t.endPrompt(ctx, next, c)
}

// mayBecome knows the ways of a prompt. What was never open cannot have been answered, so only an open one is allowed;
// a passcode is the answer itself.
func mayBecome(old, c pull.Confirmation) bool {
	switch old.State {
	case pull.PromptIntended:
		opened := c.State == pull.PromptOpen && c.Txid != ""
		ended := !c.State.Pending() && (c.State != pull.PromptAllowed || old.Keyed.Factor == pull.FactorPasscode || old.Factor == pull.FactorPasscode)
		return opened || ended
	case pull.PromptOpen:
		return c.Txid == old.Txid && c.State != pull.PromptIntended && c.State != pull.PromptUnsent
	}
	return false
}

func (t *tx) watchPrompt(ctx context.Context, c pull.Confirmation) error {
	if err := t.writePrompt(ctx, c); err != nil {
		return err
	}
	return t.run(ctx, t.watchJob(c.ID))
}

func (t *tx) endPrompt(ctx context.Context, next, c pull.Confirmation) error {
	now, err := t.now(ctx)
	if err != nil {
		return err
	}
	if next.State == pull.PromptUnsent {
		next.RetryAt = c.RetryAt
	}
	next.EndedAt, next.Code = now, ""
	if err := t.writePrompt(ctx, next); err != nil {
		return err
	}
	t.notePrompt("answer", next)
	if next.Keyed.Key != "" {
		return t.endKeyed(ctx, next)
	}
	return t.wakeCovered(ctx, next)
}

// lockPrompt reads a prompt and keeps others from changing it until the transaction ends.
func (t *tx) lockPrompt(ctx context.Context, id int64) (c pull.Confirmation, err error) {
	var found bool
	err = t.run(ctx, do(`UPDATE prompts SET state = state WHERE id = $1 RETURNING id, body`, id).
		rows(func(r row) error { found = true; return scanPrompt(r, &c) }))
	if err == nil && !found {
		err = fmt.Errorf("there is no such prompt")
	}
	return c, err
}

func (t *tx) writePrompt(ctx context.Context, c pull.Confirmation) error {
	body, err := encode(c)
	if err != nil {
		return err
	}
	return t.run(ctx, do(`
UPDATE prompts SET state = $2, txid = $3, owner = $4, asked_at = $5, ended_at = $6, retry_at = $7, body = $8 WHERE id = $1`,
		c.ID, string(c.State), c.Txid, t.s.id, micros(c.AskedAt), micros(c.EndedAt), micros(c.RetryAt), body))
}
