package store

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// LandingOf finds the landing that made a commit or, for an exact one that is under way, is about to. Confirmed are
// the acknowledgements of that very landing. It is false when Sallyport never landed the commit, and for one whose
// landing was refused or was a breach.
func (s *Store) LandingOf(ctx context.Context, sha string) (i pull.Intent, repo pull.Repo, confirmed []pull.Confirmation, found bool, err error) {
	if sha == "" {
		return i, repo, nil, false, nil
	}
	err = s.db.run(ctx, do(`
SELECT id, body, entry FROM landings WHERE (landed = $1 AND state = 'done') OR (merge = $1 AND state = '') ORDER BY id DESC LIMIT 1`, sha).
		rows(func(r row) error { found = true; return scanIntent(r, &i) }))
	if err != nil || !found {
		return i, repo, nil, false, wrap("looking for the landing of a commit", err)
	}
	if repo, err = s.repo(ctx, i.Binding.Repo); err != nil {
		return i, repo, nil, false, err
	}
	var all []pull.Confirmation
	err = s.db.run(ctx, promptsOf(i.Binding.Key(), &all))
	for _, c := range slices.Backward(all) {
		if c.Confirms(i.Binding) {
			confirmed = append(confirmed, c)
		}
	}
	return i, repo, confirmed, err == nil, wrap("reading who confirmed a landing", err)
}

// PullsWithHead lists the open pull requests whose head a commit is.
func (s *Store) PullsWithHead(ctx context.Context, sha string) ([]pull.Record, error) {
	if sha == "" {
		return nil, nil
	}
	out, err := s.records(ctx, do(`SELECT light, error FROM pulls WHERE open AND light <> '' AND head = $1 ORDER BY repo, number LIMIT 20`, sha))
	return out, wrap("listing pull requests with a head", err)
}

// exactly is the commit that an intent is to land; empty where GitHub makes it.
func exactly(i pull.Intent) string {
	if i.Binding.Method != pull.MethodExact {
		return ""
	}
	return i.Binding.Merge
}
