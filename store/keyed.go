package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const keyedPeriod = time.Hour

// BeginKeyed writes down that somebody is about to be asked about a key, before they are. It returns the prompt as
// intended, and the one about the same key that it replaces, if any. It refuses with [pull.ErrKeyPending] while the
// key's last prompt waits for an answer, with [pull.ErrPromptPending] while the person has any other pending, with
// [pull.ErrPhoneFrozen] after a report of fraud, and with [pull.ErrQuota] or [pull.ErrTokenQuota], as a [pull.Failure]
// that says how long to wait, when the last hour has seen enough.
func (s *Store) BeginKeyed(ctx context.Context, c pull.Confirmation, limits pull.KeyLimits) (begun, before pull.Confirmation, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		var err error
		if before, err = t.mayKey(ctx, c, limits); err != nil {
			return err
		}
		c.Binding = pull.Binding{}
		begun, err = t.insertPrompt(ctx, c)
		return err
	})
	return begun, before, wrap("beginning a prompt", err)
}

// mayKey takes its locks always in this order, and those of other prompts come last.
func (t *tx) mayKey(ctx context.Context, c pull.Confirmation, limits pull.KeyLimits) (before pull.Confirmation, err error) {
	for _, name := range []string{"token " + c.Keyed.Token, "key " + c.Keyed.Key, "prompt " + phone(c.DuoUser)} {
		if err := t.lock(ctx, name); err != nil {
			return before, err
		}
	}
	var pending, frozen bool
	var person, token busyness
	err = t.run(ctx,
		do(`SELECT id, body FROM prompts WHERE keyed = $1 ORDER BY id DESC LIMIT 1`, c.Keyed.Key).
			rows(func(r row) error { return scanPrompt(r, &before) }),
		do(`SELECT 1 FROM prompts WHERE duo_user = $1 AND state IN ('intended', 'open')`, phone(c.DuoUser)).rows(seen(&pending)),
		do(`SELECT 1 FROM phone_freezes WHERE duo_user = $1`, phone(c.DuoUser)).rows(seen(&frozen)),
		do(`SELECT count(*), coalesce(min(asked_at), 0), sallyport_now() FROM prompts
WHERE duo_user = $1 AND keyed <> '' AND state <> 'unsent' AND asked_at > sallyport_now() - $2`,
			phone(c.DuoUser), keyedPeriod.Microseconds()).rows(person.scan),
		do(`SELECT count(*), coalesce(min(asked_at), 0), sallyport_now() FROM prompts
WHERE token = $1 AND keyed <> '' AND asked_at > sallyport_now() - $2`,
			c.Keyed.Token, keyedPeriod.Microseconds()).rows(token.scan))
	switch {
	case err != nil:
		return before, err
	case before.State.Pending():
		return before, pull.ErrKeyPending
	case frozen:
		return before, pull.ErrPhoneFrozen
	case pending:
		return before, pull.ErrPromptPending
	case person.count >= limits.Person:
		return before, person.exceeds(pull.ErrQuota)
	case token.count >= limits.Token:
		return before, token.exceeds(pull.ErrTokenQuota)
	}
	return before, nil
}

// busyness is how many prompts an hour has seen.
type busyness struct {
	count       int
	oldest, now int64
}

func (b *busyness) scan(r row) error { return r.Scan(&b.count, &b.oldest, &b.now) }

func (b *busyness) exceeds(err error) error {
	wait := moment(b.oldest).Add(keyedPeriod).Sub(moment(b.now))
	return &pull.Failure{Class: pull.Transient, Code: "duo-quota", After: max(wait, time.Second), Err: err}
}

// Keyed is the latest prompt about a key, and the database's clock; its ID is 0 when there is none.
func (s *Store) Keyed(ctx context.Context, key string) (c pull.Confirmation, now time.Time, err error) {
	var us int64
	var found bool
	err = s.db.run(ctx,
		do(`SELECT sallyport_now()`).into(&found, &us),
		do(`SELECT id, body FROM prompts WHERE keyed = $1 AND keyed <> '' ORDER BY id DESC LIMIT 1`, key).
			rows(func(r row) error { return scanPrompt(r, &c) }))
	return c, moment(us), wrap("reading the prompt of a key", err)
}

// Prompt is one prompt by its id; its ID is 0 when there is none.
func (s *Store) Prompt(ctx context.Context, id int64) (pull.Confirmation, error) {
	c, _, err := s.prompt(ctx, id)
	return c, err
}

// freezePhone keeps the API from asking somebody who reported fraud. The ledger has it in the same instant.
func (t *tx) freezePhone(ctx context.Context, c pull.Confirmation) error {
	t.note(pull.Entry{Kind: "freeze", Body: phoneFreeze{DuoUser: c.DuoUser, Prompt: c.ID}})
	return t.run(ctx, do(`
INSERT INTO phone_freezes (duo_user, at, prompt) VALUES ($1, sallyport_now(), $2) ON CONFLICT (duo_user) DO NOTHING`,
		phone(c.DuoUser), c.ID))
}

// phoneFreeze is the body of a ledger entry about somebody whom the API may not ask, or may again.
type phoneFreeze struct {
	DuoUser string `json:"duo_user"`
	Prompt  int64  `json:"prompt,omitempty"`
	Token   string `json:"token,omitempty"` // who lifted it
}

// ThawPhone lets the API ask somebody again, in the name of a token. It is false when nothing kept it from that.
func (s *Store) ThawPhone(ctx context.Context, duoUser, token string) (thawed bool, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		thawed = false
		err := t.run(ctx, do(`DELETE FROM phone_freezes WHERE duo_user = $1 RETURNING 1`, phone(duoUser)).rows(seen(&thawed)))
		if err == nil && thawed {
			t.note(pull.Entry{Kind: "unfreeze", Body: phoneFreeze{DuoUser: duoUser, Token: token}})
		}
		return err
	})
	return thawed, wrap("letting somebody be asked again", err)
}

// forgetKeyed is the statement that drops prompts about keys that ended long ago. The ledger keeps what was asked.
func forgetKeyed(keep time.Duration) stmt {
	return do(`DELETE FROM prompts WHERE keyed <> '' AND state NOT IN ('intended', 'open') AND ended_at < sallyport_now() - $1`,
		keep.Microseconds())
}

// endKeyed is what the end of a prompt about a key means beyond itself. No pull request waits for it.
func (t *tx) endKeyed(ctx context.Context, c pull.Confirmation) error {
	if c.State != pull.PromptFraud {
		return nil
	}
	return t.freezePhone(ctx, c)
}
