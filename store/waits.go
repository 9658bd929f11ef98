package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// HasLanded reports whether the books have a landing of the pull request, ours or somebody's.
func (s *Store) HasLanded(ctx context.Context, k pull.Key) (bool, error) {
	var landed bool
	err := s.db.run(ctx, do(`SELECT 1 FROM pulls WHERE repo = $1 AND number = $2 AND landed <> '' AND NOT open`, k.Repo, k.Number).rows(seen(&landed)))
	return landed, wrap("asking whether "+k.String()+" has landed", err)
}

// await writes down what a pull request waits for, and wakes whoever waits for it when it came to its end, was opened
// again, or waits for something else than before: then there may be a circle, or none any more.
func (t *tx) await(ctx context.Context, r pull.Record, turned bool) error {
	var before []pull.Key
	err := t.run(ctx, do(`SELECT on_repo, on_number FROM waits WHERE repo = $1 AND number = $2 ORDER BY on_repo, on_number`, r.Key.Repo, r.Key.Number).
		rows(collect(&before, scanKey)))
	if err != nil {
		return err
	}
	now := awaited(r)
	if changed := !slices.Equal(before, now); changed {
		turned = true
		batch := []stmt{do(`DELETE FROM waits WHERE repo = $1 AND number = $2`, r.Key.Repo, r.Key.Number)}
		for _, k := range now {
			batch = append(batch, do(`INSERT INTO waits (repo, number, on_repo, on_number) VALUES ($1, $2, $3, $4)`, r.Key.Repo, r.Key.Number, k.Repo, k.Number))
		}
		if err := t.run(ctx, batch...); err != nil {
			return err
		}
	}
	if !turned {
		return nil
	}
	var waiting []pull.Key
	err = t.run(ctx, do(`SELECT repo, number FROM waits WHERE on_repo = $1 AND on_number = $2 AND NOT (repo = $1 AND number = $2) ORDER BY repo, number`,
		r.Key.Repo, r.Key.Number).rows(collect(&waiting, scanKey)))
	if err != nil || len(waiting) == 0 {
		return err
	}
	scopes := make([]pull.Scope, len(waiting))
	for i, k := range waiting {
		scopes[i] = pull.Scope{Repo: k.Repo, Number: k.Number}
	}
	_, err = t.wake(ctx, scopes, true)
	return err
}

func scanKey(r row, k *pull.Key) error { return r.Scan(&k.Repo, &k.Number) }

// awaited are the pull requests that an open one names, in order.
func awaited(r pull.Record) []pull.Key {
	var keys []pull.Key
	for _, d := range r.Request.Depends {
		if isOpen(r) && d.Direct && d.Key.Repo != 0 {
			keys = append(keys, d.Key)
		}
	}
	slices.SortFunc(keys, func(a, b pull.Key) int { return cmp.Or(cmp.Compare(a.Repo, b.Repo), cmp.Compare(a.Number, b.Number)) })
	return slices.Compact(keys)
}
