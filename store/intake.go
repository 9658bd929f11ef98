package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// errSeen undoes what was done for a delivery that turned out to be known.
var errSeen = errors.New("delivery already accepted")

// Accept stores a delivery and files the work that it causes, all or nothing. A delivery whose id was accepted before
// changes nothing and yields fresh=false without an error.
func (s *Store) Accept(ctx context.Context, d pull.Delivery) (fresh bool, err error) {
	news, err := encode(d.News)
	if err != nil {
		return false, err
	}
	err = s.inTx(ctx, func(t *tx) error { return t.accept(ctx, d, news) })
	if errors.Is(err, errSeen) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("accepting delivery %s: %w", d.ID, err)
	}
	return true, nil
}

// accept is two round trips: everything that can be said at once, then what depends on the pull requests found.
func (t *tx) accept(ctx context.Context, d pull.Delivery, news string) error {
	var fresh bool
	var id string
	batch := []stmt{do(`
INSERT INTO inbox (id, event, action, installation, news, payload, at, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, sallyport_now()) ON CONFLICT (id) DO NOTHING RETURNING id`,
		d.ID, d.Event, d.Action, d.Installation, news, d.Payload, micros(d.At)).into(&fresh, &id)}
	pushes, err := pushed(d.Pushes)
	if err != nil {
		return err
	}
	found := reach{}
	batch = append(batch, described(d.Repos)...)
	batch = append(batch, gone(d.Gone)...)
	batch = append(batch, pushes...)
	batch = append(batch, bump(d.Scopes, false, headHint(d), found)...)
	if err := t.run(ctx, batch...); err != nil {
		return err
	}
	if !fresh {
		return errSeen
	}
	batch, err = t.deliver(d, found)
	if err != nil || len(batch) == 0 {
		return err
	}
	return t.run(ctx, batch...)
}

// deliver links the delivery to every pull request it reached and files their jobs.
func (t *tx) deliver(d pull.Delivery, found reach) ([]stmt, error) {
	var batch []stmt
	for k, r := range found {
		batch = append(batch, do(`INSERT INTO news (repo, number, generation, delivery) VALUES ($1, $2, $3, $4)`,
			k.Repo, k.Number, r.generation, d.ID))
	}
	jobs, err := t.fileAll(found)
	if err != nil {
		return nil, err
	}
	batch = append(batch, jobs...)
	if !d.Discover {
		return batch, nil
	}
	for _, r := range d.Repos {
		st, err := t.file(discoverArgs{}.Kind(), upkeep, discoverArgs{r.ID}, 0)
		if err != nil {
			return nil, err
		}
		batch = append(batch, st)
	}
	return batch, nil
}

// headHint is the head that a pull_request delivery names: checks on it must find the pull request before a pass has
// read it.
func headHint(d pull.Delivery) string {
	if d.News.Event == "pull_request" {
		return d.News.SHA
	}
	return ""
}

// File files work for the pull requests of the scopes as the sweep does, without a delivery; a scope with Repo and
// Number makes the pull request known. With fresh, the next pass must read the world whatever else it knows. It
// returns how many pull requests were reached.
func (s *Store) File(ctx context.Context, scopes []pull.Scope, fresh bool) (int, error) {
	var found reach
	err := s.inTx(ctx, func(t *tx) error {
		found = reach{}
		return t.wake(ctx, scopes, fresh, found)
	})
	if err != nil {
		return 0, fmt.Errorf("filing work: %w", err)
	}
	return len(found), nil
}

// wake bumps the generation of the pull requests of the scopes and files their jobs.
func (t *tx) wake(ctx context.Context, scopes []pull.Scope, fresh bool, found reach) error {
	if err := t.run(ctx, bump(scopes, fresh, "", found)...); err != nil {
		return err
	}
	jobs, err := t.fileAll(found)
	if err != nil || len(jobs) == 0 {
		return err
	}
	return t.run(ctx, jobs...)
}

// wakeOne wakes one pull request.
func (t *tx) wakeOne(ctx context.Context, k pull.Key) error {
	return t.wake(ctx, []pull.Scope{{Repo: k.Repo, Number: k.Number}}, false, reach{})
}

// pushed records who moved a branch to each SHA. When two people pushed the same SHA the store forgets both: somebody
// could otherwise have a harmless push of theirs stand in for the one that counts.
func pushed(pushes []pull.Push) ([]stmt, error) {
	var batch []stmt
	for _, p := range pushes {
		account, err := encode(p.By)
		if err != nil {
			return nil, err
		}
		batch = append(batch, do(`
INSERT INTO pushes (repo, sha, account_id, account, at) VALUES ($1, $2, $3, $4, sallyport_now())
ON CONFLICT (repo, sha) DO UPDATE SET account = excluded.account,
    account_id = CASE WHEN pushes.account_id = excluded.account_id THEN pushes.account_id ELSE 0 END, at = excluded.at`,
			p.Repo, p.SHA, p.By.ID, account))
	}
	return batch, nil
}

// Pusher says who pushed the SHA to the repository. It is false when nobody is known to have, or more than one did.
func (s *Store) Pusher(ctx context.Context, repo int64, sha string) (pull.Account, bool, error) {
	var found bool
	var text string
	err := s.db.run(ctx, do(`SELECT account FROM pushes WHERE repo = $1 AND sha = $2 AND account_id <> 0`, repo, sha).
		into(&found, &text))
	if err != nil || !found {
		return pull.Account{}, false, wrap("looking up who pushed", err)
	}
	var by pull.Account
	err = decode(text, &by)
	return by, err == nil, err
}
