package store

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// promptLimit is how long a prompt can be on its way out: longer than any pass. Beyond it nobody is left who knows.
const promptLimit = 5 * time.Minute

// reclaim takes over what processes that died, or were silent for longer than their lease, have left: their running jobs, the prompts that they were about to send,
// and open prompts that nobody watches.
func (s *Store) reclaim(ctx context.Context, starting bool) error {
	queues, err := s.db.reclaim(ctx, s.id, s.Lease, starting)
	if err != nil {
		return fmt.Errorf("freeing jobs: %w", err)
	}
	for queue, jobs := range queues {
		s.log.Info("took over jobs of a process that died", "queue", queue, "jobs", jobs)
		s.db.ring(queue)
	}
	if err := s.regain(ctx); err != nil {
		return fmt.Errorf("freeing jobs of this process: %w", err)
	}
	if err := s.doubtOrphans(ctx); err != nil {
		return fmt.Errorf("closing prompts of unknown fate: %w", err)
	}
	if !starting {
		return nil // a prompt is opened and its watch filed in one transaction
	}
	return wrap("watching open prompts", s.watchOpen(ctx))
}

// regain takes up again what this process has ended and could not write down. Until then nobody would work on it: for the
// others, this process lives.
func (s *Store) regain(ctx context.Context) error {
	hand, err := s.hand.list()
	if err != nil {
		return err
	}
	queues, err := s.db.regain(ctx, s.id, s.Lease, hand)
	for queue, jobs := range queues {
		s.log.Info("took up jobs again whose end could not be written down", "queue", queue, "jobs", jobs)
		s.db.ring(queue)
	}
	return err
}

// reclaimUntil repeats reclaim until ctx ends: with several replicas, one that dies is noticed within seconds.
func (s *Store) reclaimUntil(ctx context.Context) {
	tick := time.NewTicker(reclaimTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.reclaim(ctx, false); err != nil && ctx.Err() == nil {
			s.log.Warn("taking over from processes that died failed", "error", err.Error())
		}
	}
}

// doubtOrphans makes intended prompts whose sender cannot report any more unknown. They are never sent again: the
// push may be on the phone.
func (s *Store) doubtOrphans(ctx context.Context) error {
	var orphans []int64
	err := s.db.run(ctx, do(`
SELECT id FROM prompts WHERE state = 'intended' AND (`+s.db.deadSQL("owner")+` OR asked_at < sallyport_now() - $2)`,
		s.id, promptLimit.Microseconds()).rows(collect(&orphans, scanID)))
	if err != nil {
		return err
	}
	for _, id := range orphans {
		if err := s.inTx(ctx, func(t *tx) error { return t.doubt(ctx, id) }); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) doubt(ctx context.Context, id int64) error {
	c, err := t.lockPrompt(ctx, id)
	if err != nil || c.State != pull.PromptIntended {
		return err
	}
	c.State, c.Detail = pull.PromptUnknown, "The process that was about to send this push ended before it could tell whether it did."
	return t.endPrompt(ctx, c, c)
}

// watchOpen files the watch of every open prompt that should lack one, and makes the others poll at once.
func (s *Store) watchOpen(ctx context.Context) error {
	return s.inTx(ctx, func(t *tx) error {
		var open []int64
		err := t.run(ctx, do(`SELECT id FROM prompts WHERE state = 'open'`).rows(collect(&open, scanID)))
		if err != nil {
			return err
		}
		var batch []stmt
		for _, id := range open {
			batch = append(batch, t.watchJob(id))
		}
		return t.run(ctx, batch...)
	})
}

func scanID(r row, id *int64) error { return r.Scan(id) }

// tally counts rows by their one text column.
func tally(to map[string]int) func(row) error {
	return func(r row) error {
		var key string
		err := r.Scan(&key)
		to[key]++
		return err
	}
}
