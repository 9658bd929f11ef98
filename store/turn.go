package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// queueStale is how long a pull request keeps its place in the queue without asking for its turn.
const queueStale = 10 * time.Minute

// holder is a branch's row: who holds the turn, under which epoch, until when.
type holder struct {
	number       int
	epoch        int64
	expires, now int64
}

// order is who goes next, the first first. It bounds how often a pull request lets others with priority go before it:
// after three times it goes before them all.
const order = `CASE WHEN rank = 0 AND overtaken >= 3 THEN 2 ELSE rank END DESC, since, number`

// TakeTurn joins the queue of the branch and takes the turn when nobody holds it and the pull request is first. The
// holder extends its turn by calling again before it expires; one that let it expire starts again at the end of the
// queue. Turn.Holds says whether the turn was taken; Epoch and Expires then belong to it. A pull request queues for
// one branch at a time. With priority it goes before those without, never before whoever holds the turn, and before
// nobody who was overtaken three times.
func (s *Store) TakeTurn(ctx context.Context, k pull.Key, branch string, ttl time.Duration, priority bool) (pull.Turn, error) {
	var turn pull.Turn
	err := s.inTx(ctx, func(t *tx) error {
		if err := t.leaveAll(ctx, k, branch); err != nil {
			return err
		}
		var err error
		turn, err = t.takeTurn(ctx, k, branch, ttl, priority)
		return err
	})
	return turn, wrap("taking the turn on "+branch, err)
}

func (t *tx) takeTurn(ctx context.Context, k pull.Key, branch string, ttl time.Duration, priority bool) (pull.Turn, error) {
	turn := pull.Turn{Repo: k.Repo, Branch: branch, Number: k.Number, Priority: priority}
	h, err := t.lockBranch(ctx, k.Repo, branch)
	if err != nil {
		return turn, err
	}
	if h.number != 0 && h.expires <= h.now {
		if err := t.unqueue(ctx, pull.Key{Repo: k.Repo, Number: h.number}, branch); err != nil {
			return turn, err
		}
		h.number = 0
	}
	var since, first int64
	err = t.run(ctx,
		do(`INSERT INTO turns (repo, branch, number, since, seen, rank) VALUES ($1, $2, $3, $4, $4, $5)
ON CONFLICT (repo, branch, number) DO UPDATE SET seen = excluded.seen, rank = excluded.rank`, k.Repo, branch, k.Number, h.now, rank(priority)),
		do(`DELETE FROM turns WHERE repo = $1 AND branch = $2 AND seen < $3 AND number <> $4`,
			k.Repo, branch, h.now-queueStale.Microseconds(), h.number),
		do(`SELECT since FROM turns WHERE repo = $1 AND branch = $2 AND number = $3`, k.Repo, branch, k.Number).
			rows(func(r row) error { return r.Scan(&since) }),
		do(`SELECT number FROM turns WHERE repo = $1 AND branch = $2 ORDER BY `+order+` LIMIT 1`, k.Repo, branch).
			rows(func(r row) error { return r.Scan(&first) }))
	if err != nil {
		return turn, err
	}
	turn.Since = moment(since)
	taken := h.number == 0 && first == int64(k.Number)
	if taken {
		h.number, h.epoch = k.Number, h.epoch+1
		err = t.run(ctx, do(`
UPDATE turns SET overtaken = overtaken + 1 WHERE repo = $1 AND branch = $2 AND rank < $3 AND since < $4 AND overtaken < 3`,
			k.Repo, branch, rank(priority), since))
		if err != nil {
			return turn, err
		}
	}
	if taken || since == h.now { // others of the queue have moved too
		t.changed(pull.Key{Repo: k.Repo})
	}
	if h.number == k.Number {
		h.expires = h.now + ttl.Microseconds()
		turn.Holds, turn.Epoch, turn.Expires = true, h.epoch, moment(h.expires)
	}
	return turn, t.writeBranch(ctx, k.Repo, branch, h)
}

func rank(priority bool) int {
	if priority {
		return 1
	}
	return 0
}

// LeaveTurn leaves the queue of the branch and gives up the turn. Whoever is next is woken, not given the turn: only
// a pass that asks for it can be about to use it.
func (s *Store) LeaveTurn(ctx context.Context, k pull.Key, branch string) error {
	err := s.inTx(ctx, func(t *tx) error { return t.leave(ctx, k, branch) })
	return wrap("leaving the turn on "+branch, err)
}

func (t *tx) leave(ctx context.Context, k pull.Key, branch string) error {
	h, err := t.lockBranch(ctx, k.Repo, branch)
	if err != nil {
		return err
	}
	if err := t.unqueue(ctx, k, branch); err != nil {
		return err
	}
	t.changed(pull.Key{Repo: k.Repo})
	if h.number != 0 && h.number != k.Number && h.expires > h.now {
		return nil
	}
	h.number, h.expires = 0, 0
	if err := t.writeBranch(ctx, k.Repo, branch, h); err != nil {
		return err
	}
	return t.wakeNext(ctx, k.Repo, branch)
}

func (t *tx) wakeNext(ctx context.Context, repo int64, branch string) error {
	var next int
	var found bool
	err := t.run(ctx, do(`SELECT number FROM turns WHERE repo = $1 AND branch = $2 ORDER BY `+order+` LIMIT 1`, repo, branch).
		into(&found, &next))
	if err != nil || !found {
		return err
	}
	return t.wakeOne(ctx, pull.Key{Repo: repo, Number: next})
}

// leaveAll leaves the queues of all branches but one.
func (t *tx) leaveAll(ctx context.Context, k pull.Key, but string) error {
	var branches []string
	err := t.run(ctx, do(`SELECT branch FROM turns WHERE repo = $1 AND number = $2 AND branch <> $3 ORDER BY branch`, k.Repo, k.Number, but).
		rows(collect(&branches, func(r row, s *string) error { return r.Scan(s) })))
	if err != nil {
		return err
	}
	for _, branch := range branches {
		if err := t.leave(ctx, k, branch); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) unqueue(ctx context.Context, k pull.Key, branch string) error {
	return t.run(ctx, do(`DELETE FROM turns WHERE repo = $1 AND branch = $2 AND number = $3`, k.Repo, branch, k.Number))
}

// lockBranch reads who holds the turn and keeps others from changing it until the transaction ends.
func (t *tx) lockBranch(ctx context.Context, repo int64, branch string) (h holder, err error) {
	err = t.one(ctx, do(`
INSERT INTO branches (repo, branch) VALUES ($1, $2) ON CONFLICT (repo, branch) DO UPDATE SET epoch = branches.epoch
RETURNING holder, epoch, expires, sallyport_now()`, repo, branch), &h.number, &h.epoch, &h.expires, &h.now)
	return h, err
}

func (t *tx) writeBranch(ctx context.Context, repo int64, branch string, h holder) error {
	return t.run(ctx, do(`UPDATE branches SET holder = $3, epoch = $4, expires = $5 WHERE repo = $1 AND branch = $2`,
		repo, branch, h.number, h.epoch, h.expires))
}

// Turns lists who lands next on each branch of the repository, in order; repository 0 means all of them.
func (s *Store) Turns(ctx context.Context, repo int64) ([]pull.Turn, error) {
	var out []pull.Turn
	err := s.db.run(ctx, do(`
SELECT t.repo, t.branch, t.number, t.since, b.holder = t.number AND b.expires > sallyport_now(), b.epoch, b.expires, t.rank > 0
FROM turns t JOIN branches b ON b.repo = t.repo AND b.branch = t.branch
WHERE CAST($1 AS bigint) IN (0, t.repo) ORDER BY t.repo, t.branch, CASE WHEN b.holder = t.number THEN 0 ELSE 1 END,
    CASE WHEN t.rank = 0 AND t.overtaken >= 3 THEN 2 ELSE t.rank END DESC, t.since, t.number`, repo).
		rows(collect(&out, scanTurn)))
	return out, wrap("listing turns", err)
}

func scanTurn(r row, turn *pull.Turn) error {
	var since, epoch, expires int64
	if err := r.Scan(&turn.Repo, &turn.Branch, &turn.Number, &since, &turn.Holds, &epoch, &expires, &turn.Priority); err != nil {
		return err
	}
	turn.Since = moment(since)
	if turn.Holds {
		turn.Epoch, turn.Expires = epoch, moment(expires)
	}
	return nil
}
