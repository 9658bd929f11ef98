package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// ErrPromptMoved refuses a change to a prompt that is not in the state that the change begins from: it has ended, it
// is another transaction of Duo's, or it is not due.
var ErrPromptMoved = errors.New("the prompt is no longer in the state that this change begins from")

const quotaPeriod = time.Hour

// BeginPrompt writes down that a Duo push is about to go out, before it does. It returns the prompt as intended, with
// its ID. It refuses with [pull.ErrAlreadyAsked] when the request caused a prompt before or, without a request, when this person
// was asked about the same landing before; with [pull.ErrPromptPending] while the person has any prompt pending; and
// with a [pull.QuotaError] when as many prompts as Quotas allows went out within the hour.
func (s *Store) BeginPrompt(ctx context.Context, c pull.Confirmation) (pull.Confirmation, error) {
	err := s.inTx(ctx, func(t *tx) error {
		if err := t.mayPrompt(ctx, c); err != nil {
			return err
		}
		var err error
		c, err = t.insertPrompt(ctx, c)
		return err
	})
	return c, wrap("beginning a prompt", err)
}

// phone is how Duo users are compared. One lock for each makes the checks and the insert one step on any number of
// replicas.
func phone(duoUser string) string { return strings.ToLower(duoUser) }

// bound is equal for bindings that are the same by [pull.Binding.Same].
func bound(b pull.Binding) (string, error) {
	if !b.Named() {
		b.Merge = ""
	}
	return encode(b)
}

func (t *tx) mayPrompt(ctx context.Context, c pull.Confirmation) error {
	if err := t.lock(ctx, "prompt "+phone(c.DuoUser)); err != nil {
		return err
	}
	same, err := bound(c.Binding)
	if err != nil {
		return err
	}
	var asked, pending bool
	k := c.Binding.Key()
	err = t.run(ctx,
		do(`SELECT 1 FROM prompts WHERE duo_user = $1 AND (($2 = '' AND bound = $3) OR ($2 <> '' AND request = $2)) LIMIT 1`,
			phone(c.DuoUser), c.Request, same).rows(seen(&asked)),
		do(`SELECT 1 FROM prompts WHERE duo_user = $1 AND state IN ('intended', 'open')`, phone(c.DuoUser)).rows(seen(&pending)))
	switch {
	case err != nil:
		return err
	case asked:
		return pull.ErrAlreadyAsked
	case pending:
		return pull.ErrPromptPending
	}
	return t.withinQuotas(ctx, k, c)
}

// withinQuotas counts what went out within the hour. What goes out by itself is bounded for the person and for the
// repository; what somebody asked for is bounded for the pull request besides.
func (t *tx) withinQuotas(ctx context.Context, k pull.Key, c pull.Confirmation) error {
	var requested, person, repository int
	count := func(n *int) func(row) error { return func(r row) error { return r.Scan(n) } }
	const recent = ` AND state <> 'unsent' AND asked_at > sallyport_now() - $2`
	hour := quotaPeriod.Microseconds()
	err := t.run(ctx,
		do(`SELECT count(*) FROM prompts WHERE duo_user = $1`+recent+` AND repo = $3 AND number = $4 AND request <> ''`,
			phone(c.DuoUser), hour, k.Repo, k.Number).rows(count(&requested)),
		do(`SELECT count(*) FROM prompts WHERE duo_user = $1`+recent, phone(c.DuoUser), hour).rows(count(&person)),
		do(`SELECT count(*) FROM prompts WHERE repo = $1`+recent, k.Repo, hour).rows(count(&repository)))
	q := t.s.Quotas
	switch {
	case err != nil:
		return err
	case c.Request != "" && requested >= q.Pull:
		return &pull.QuotaError{Of: pull.QuotaOfPull, Limit: q.Pull}
	case person >= q.Person:
		return &pull.QuotaError{Of: pull.QuotaOfPerson, Limit: q.Person}
	case repository >= q.Repository:
		return &pull.QuotaError{Of: pull.QuotaOfRepository, Limit: q.Repository}
	}
	return nil
}

// seen notes that there was a row.
func seen(b *bool) func(row) error {
	return func(row) error { *b = true; return nil }
}

func (t *tx) insertPrompt(ctx context.Context, c pull.Confirmation) (pull.Confirmation, error) {
	now, err := t.now(ctx)
	if err != nil {
		return c, err
	}
	c.ID, c.State, c.Txid, c.AskedAt, c.EndedAt, c.RetryAt, c.Attempts = 0, pull.PromptIntended, "", now, time.Time{}, time.Time{}, 1
	same, err := bound(c.Binding)
	if err != nil {
		return c, err
	}
	body, err := encode(c)
	if err != nil {
		return c, err
	}
	var inserted bool
	k := c.Binding.Key()
	err = t.run(ctx, do(`
INSERT INTO prompts (repo, number, duo_user, bound, request, state, txid, owner, asked_at, body, keyed, token)
VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, $11)
ON CONFLICT (duo_user) WHERE state IN ('intended', 'open') DO NOTHING RETURNING id`,
		k.Repo, k.Number, phone(c.DuoUser), same, c.Request, string(c.State), t.s.id, micros(now), body, c.Keyed.Key, c.Keyed.Token).into(&inserted, &c.ID))
	if err != nil {
		return c, err
	}
	if !inserted {
		return c, pull.ErrPromptPending
	}
	t.notePrompt("prompt", c)
	return c, t.cover(ctx, c)
}

// RetryPrompt writes down that a push known not to have been sent is about to be sent again. It refuses with
// [ErrPromptMoved] unless the prompt is unsent and its RetryAt has come, and with [pull.ErrPromptPending] as
// BeginPrompt does.
func (s *Store) RetryPrompt(ctx context.Context, id int64) (pull.Confirmation, error) {
	var c pull.Confirmation
	err := s.inTx(ctx, func(t *tx) error {
		var err error
		c, err = t.retryPrompt(ctx, id)
		return err
	})
	return c, wrap(fmt.Sprintf("retrying prompt %d", id), err)
}

func (t *tx) retryPrompt(ctx context.Context, id int64) (pull.Confirmation, error) {
	c, err := t.lockPrompt(ctx, id)
	if err != nil {
		return c, err
	}
	now, err := t.now(ctx)
	if err != nil {
		return c, err
	}
	if c.State != pull.PromptUnsent || now.Before(c.RetryAt) || c.Keyed.Key != "" {
		return c, ErrPromptMoved
	}
	if err := t.lock(ctx, "prompt "+phone(c.DuoUser)); err != nil {
		return c, err
	}
	var pending bool
	err = t.run(ctx, do(`SELECT 1 FROM prompts WHERE duo_user = $1 AND state IN ('intended', 'open')`, phone(c.DuoUser)).rows(seen(&pending)))
	if err != nil {
		return c, err
	}
	if pending {
		return c, pull.ErrPromptPending
	}
	c.State, c.Txid, c.AskedAt, c.EndedAt, c.RetryAt, c.Attempts = pull.PromptIntended, "", now, time.Time{}, time.Time{}, c.Attempts+1
	t.notePrompt("prompt", c)
	return c, t.writePrompt(ctx, c)
}

// now is the database's clock.
func (t *tx) now(ctx context.Context) (time.Time, error) {
	var us int64
	err := t.one(ctx, do(`SELECT sallyport_now()`), &us)
	return moment(us), err
}

// PendingPrompts lists the prompts to which an answer may still come, oldest first.
func (s *Store) PendingPrompts(ctx context.Context) ([]pull.Confirmation, error) {
	var out []pull.Confirmation
	err := s.db.run(ctx, do(`SELECT id, body FROM prompts WHERE state IN ('intended', 'open') ORDER BY id`).rows(collect(&out, scanPrompt)))
	return out, wrap("listing pending prompts", err)
}

// VerificationCode is what the account's owner has to type into their phone for the push that is open about a pull request;
// "" where none is, or it needs no code.
func (s *Store) VerificationCode(ctx context.Context, k pull.Key, login string) (string, error) {
	var open []pull.Confirmation
	err := s.db.run(ctx, promptsOf(k, &open))
	for _, c := range open {
		if c.State == pull.PromptOpen && login != "" && strings.EqualFold(c.Account.Login, login) && c.Code != "" {
			return c.Code, nil
		}
	}
	return "", wrap("reading the code of an open push", err)
}

func (s *Store) prompt(ctx context.Context, id int64) (c pull.Confirmation, found bool, err error) {
	err = s.db.run(ctx, do(`SELECT id, body FROM prompts WHERE id = $1`, id).
		rows(func(r row) error { found = true; return scanPrompt(r, &c) }))
	return c, found, wrap("reading a prompt", err)
}
