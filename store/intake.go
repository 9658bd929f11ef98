package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Accept stores a delivery and files the work that it causes, all or nothing. A delivery whose id was accepted before
// changes nothing and yields fresh=false without an error.
func (s *Store) Accept(ctx context.Context, d pull.Delivery) (fresh bool, err error) {
	t := s.newTx(nil)
	batch, err := t.accept(d)
	if err != nil {
		return false, err
	}
	err = s.db.atomic(ctx, batch...)
	if s.db.known(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("accepting delivery %s: %w", d.ID, err)
	}
	t.ring()
	return true, nil
}

// accept is a single round trip. That the first statement fails for a known delivery is what keeps the others from
// happening: nobody needs to be asked in between.
func (t *tx) accept(d pull.Delivery) ([]stmt, error) {
	news, err := encode(d.News)
	if err != nil {
		return nil, err
	}
	pushes, err := pushed(d.Pushes)
	if err != nil {
		return nil, err
	}
	batch := []stmt{do(`
INSERT INTO inbox (id, event, action, installation, news, payload, at, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, sallyport_now())`,
		d.ID, d.Event, d.Action, d.Installation, news, d.Payload, micros(d.At))}
	batch = append(batch, described(d.Repos)...)
	batch = append(batch, gone(d.Gone)...)
	batch = append(batch, pushes...)
	batch = append(batch, t.deliver(d)...)
	audits, err := t.audited(d.Moved)
	return append(batch, audits...), err
}

// deliver links the delivery to every pull request that it concerns and files their jobs.
func (t *tx) deliver(d pull.Delivery) []stmt {
	var bumps, links, jobs []stmt
	c := touch{id: d.ID, hint: headHint(d)}
	for _, sc := range meaningful(d.Scopes) {
		bumps, links, jobs = append(bumps, c.bump(sc)), append(links, c.link(sc)), append(jobs, t.jobs(c, sc))
	}
	if d.Discover {
		for _, r := range d.Repos {
			jobs = append(jobs, t.fileOne(discoverArgs{}.Kind(), upkeep, fmt.Sprintf(`{"repo":%d}`, r.ID), 0))
		}
	}
	return slices.Concat(bumps, links, jobs)
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
	all := map[pull.Key]bool{}
	for part := range slices.Chunk(scopes, fileMost) {
		var reached map[pull.Key]bool
		err := s.inTx(ctx, func(t *tx) (err error) {
			reached, err = t.wake(ctx, part, fresh)
			return err
		})
		if err != nil {
			return len(all), wrap("filing work", err)
		}
		maps.Copy(all, reached)
	}
	return len(all), nil
}

// fileMost is how many scopes go into one transaction: those that it concerns cannot be told of anything else meanwhile.
const fileMost = 200

// wake raises the generation of the pull requests of the scopes and files their jobs.
func (t *tx) wake(ctx context.Context, scopes []pull.Scope, fresh bool) (map[pull.Key]bool, error) {
	reached := map[pull.Key]bool{}
	note := func(r row) error {
		var k pull.Key
		err := r.Scan(&k.Repo, &k.Number)
		reached[k] = true
		return err
	}
	var bumps, jobs []stmt
	c := touch{id: rand.Text(), fresh: fresh}
	for _, sc := range meaningful(scopes) {
		bumps, jobs = append(bumps, c.bump(sc).rows(note)), append(jobs, t.jobs(c, sc))
	}
	return reached, t.run(ctx, append(bumps, jobs...)...)
}

// wakeOne wakes one pull request.
func (t *tx) wakeOne(ctx context.Context, k pull.Key) error {
	_, err := t.wake(ctx, []pull.Scope{{Repo: k.Repo, Number: k.Number}}, false)
	return err
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

// Pushers says of each of these commits that was pushed to the repository as a head who did; nobody known where more than one did.
func (s *Store) Pushers(ctx context.Context, repo int64, shas []string) ([]pull.Pushed, error) {
	var found []pull.Pushed
	ask := make([]stmt, len(shas))
	for i, sha := range shas {
		ask[i] = do(`SELECT account_id, account FROM pushes WHERE repo = $1 AND sha = $2`, repo, sha).rows(func(r row) error {
			var id int64
			var text string
			if err := r.Scan(&id, &text); err != nil {
				return err
			}
			p := pull.Pushed{SHA: sha}
			if id != 0 {
				if err := decode(text, &p.By); err != nil {
					return err
				}
			}
			found = append(found, p)
			return nil
		})
	}
	if len(ask) == 0 {
		return nil, nil
	}
	return found, wrap("looking up who pushed", s.db.run(ctx, ask...))
}

// Pusher says who pushed the SHA to the repository. It is false when nobody is known to have, or more than one did.
func (s *Store) Pusher(ctx context.Context, repo int64, sha string) (pull.Account, bool, error) {
	found, err := s.Pushers(ctx, repo, []string{sha})
	if err != nil || len(found) == 0 {
		return pull.Account{}, false, err
	}
	return found[0].By, found[0].By.Known(), nil
}
