package store

import (
	"context"

	"github.com/sallyport/sallyport/pull"
)

// KeepSide writes down that a branch of ours is about to be made, moved or merged into.
func (s *Store) KeepSide(ctx context.Context, b pull.SideBranch) error {
	return wrap("writing down the branch "+b.Name, s.inTx(ctx, func(t *tx) error {
		return t.run(ctx, do(`
INSERT INTO sides (repo, name, branch, leader, epoch, sha, head) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (repo, name) DO UPDATE SET branch = excluded.branch, leader = excluded.leader, epoch = excluded.epoch, sha = excluded.sha, head = excluded.head`,
			b.Repo, b.Name, b.Branch, b.Leader, b.Epoch, b.SHA, b.Head))
	}))
}

// ForgetSide writes down that a branch of ours is gone, or no longer ours, unless it was made anew meanwhile.
func (s *Store) ForgetSide(ctx context.Context, b pull.SideBranch) error {
	return wrap("writing down that the branch "+b.Name+" is gone", s.inTx(ctx, func(t *tx) error {
		return t.run(ctx, do(`DELETE FROM sides WHERE repo = $1 AND name = $2 AND epoch = $3 AND sha = $4`, b.Repo, b.Name, b.Epoch, b.SHA))
	}))
}

// SideLeaders are the pull requests that made branches of ours which are still in the books.
func (s *Store) SideLeaders(ctx context.Context) ([]pull.Key, error) {
	var out []pull.Key
	err := s.db.run(ctx, do(`SELECT DISTINCT repo, leader FROM sides ORDER BY repo, leader`).
		rows(collect(&out, func(r row, k *pull.Key) error { return r.Scan(&k.Repo, &k.Number) })))
	return out, wrap("listing branches of ours", err)
}

// leftOver are the branches of ours beside which no batch is on its way, and of which nobody but k can still have a use: they
// were made under its own turn, or under one that is over.
func leftOver(k pull.Key, into *[]pull.SideBranch) stmt {
	return do(`
SELECT repo, name, branch, leader, epoch, sha, head FROM sides s WHERE repo = $1
AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.repo = s.repo AND b.branch = s.branch AND b.state IN ('forming', 'testing', 'asking', 'landing'))
AND (leader = $2 OR NOT EXISTS (SELECT 1 FROM branches t
    WHERE t.repo = s.repo AND t.branch = s.branch AND t.holder = s.leader AND t.epoch = s.epoch AND t.expires > sallyport_now()))
ORDER BY name`, k.Repo, k.Number).rows(collect(into, func(r row, b *pull.SideBranch) error {
		return r.Scan(&b.Repo, &b.Name, &b.Branch, &b.Leader, &b.Epoch, &b.SHA, &b.Head)
	}))
}
