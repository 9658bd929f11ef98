package store

import (
	"context"

	"github.com/sallyport/sallyport/pull"
)

// OpenHeads lists the heads of a repository's open pull requests by number; empty where no pass has been made.
func (s *Store) OpenHeads(ctx context.Context, repo int64) (map[int]string, error) {
	heads := map[int]string{}
	err := s.db.run(ctx, do(`SELECT number, head FROM pulls WHERE repo = $1 AND open`, repo).rows(func(r row) error {
		var number int
		var head string
		err := r.Scan(&number, &head)
		heads[number] = head
		return err
	}))
	return heads, wrap("listing the heads of open pull requests", err)
}

// Stalest names the open pull requests of an installation that were saved, or named here, longest ago. What is named counts
// as seen to: one whose passes keep failing does not keep the others from their turn.
func (s *Store) Stalest(ctx context.Context, installation int64, most int) ([]pull.Key, error) {
	var keys []pull.Key
	err := s.db.run(ctx, do(`
UPDATE pulls SET swept_at = sallyport_now() WHERE (repo, number) IN (
    SELECT repo, number FROM pulls WHERE open AND repo IN (SELECT id FROM repos WHERE installation = $1 AND NOT gone)
    ORDER BY CASE WHEN swept_at > saved_at THEN swept_at ELSE saved_at END, repo, number LIMIT $2)
RETURNING repo, number`, installation, most).rows(collect(&keys, scanKey)))
	return keys, wrap("looking for what was read longest ago", err)
}
