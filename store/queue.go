package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/sallyport/sallyport/pull"
)

// The queues. They are apart so that long polls and sweeps never keep a pass waiting.
const (
	passes = "passes"
	watch  = "watch"
	upkeep = "upkeep"
)

// Handlers do the work. Pass, and Watch where prompts are made, are required; a nil one of the others is not run.
type Handlers struct {
	// Pass evaluates one pull request once. It has a minute.
	Pass func(context.Context, pull.Work) (pull.Outcome, error)
	// Watch makes one long poll of an open prompt and returns it updated. It has two minutes, and is cut short when
	// Run ends.
	Watch func(context.Context, pull.Confirmation) (pull.Confirmation, error)
	// Sweep and Recover run periodically on one replica, and when a replica takes the lead.
	Sweep   func(context.Context) error
	Recover func(context.Context) error
	// Discover looks for the open pull requests of a repository that became visible.
	Discover func(context.Context, pull.Repo) error
	// Audit sees how a branch came to be where it is. Before is where a push found it, empty where none was heard of, and after
	// where it was then.
	Audit func(ctx context.Context, repo pull.Repo, branch, before, after string) (pull.Outcome, error)
	// Tell hands an alarm to people. It is called again, later and later, until it succeeds.
	Tell func(context.Context, pull.Alarm) error
}

// Periods says how often and how many. Zero values get the defaults given with each field.
type Periods struct {
	Sweep   time.Duration // between sweeps: 5 minutes
	Recover time.Duration // between recoveries: 1 minute
	Prune   time.Duration // between prunings: 1 hour
	Keep    time.Duration // how long handled deliveries are kept: 7 days
	// KeepLedger is how old the bodies of ledger rows may get: 0 keeps them for ever. They are looked through as often as
	// the rest is pruned.
	KeepLedger time.Duration
	Workers    int // passes at a time in this process: 8
}

func (p Periods) withDefaults() Periods {
	fill := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	fill(&p.Sweep, 5*time.Minute)
	fill(&p.Recover, time.Minute)
	fill(&p.Prune, time.Hour)
	fill(&p.Keep, 7*24*time.Hour)
	if p.Workers <= 0 {
		p.Workers = 8
	}
	return p
}

const (
	stopSlack   = 2 * time.Second // for cancelled jobs to notice; then Run returns whatever they do
	reclaimTick = 2 * time.Second
)

// Run works until ctx ends. Then it takes no more jobs, lets running passes finish for as long as Grace, cancels and
// releases the rest, and returns nil. What it released is at once available to other replicas, or to the next start.
func (s *Store) Run(ctx context.Context, h Handlers, p Periods) error {
	if h.Pass == nil {
		return errors.New("running the queue: no handler for passes")
	}
	q, err := s.start(ctx, h, p)
	if ctx.Err() != nil {
		err = nil // told to end while starting
	}
	if err != nil || q == nil {
		return err
	}
	s.running.Store(true)
	defer s.running.Store(false)
	s.reclaimUntil(ctx)
	return s.awaitStop(ctx, q)
}

func (s *Store) start(ctx context.Context, h Handlers, p Periods) (queue, error) {
	if err := s.reclaim(ctx, true); err != nil {
		return nil, fmt.Errorf("taking over from processes that died: %w", err)
	}
	q, err := s.db.newQueue(s.riverConfig(ctx, h, p.withDefaults()))
	if err != nil {
		return nil, fmt.Errorf("preparing the queue: %w", err)
	}
	if err := q.Start(ctx); err != nil {
		return nil, fmt.Errorf("starting the queue: %w", err)
	}
	return q, nil
}

func (s *Store) awaitStop(ctx context.Context, q queue) error {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Grace+stopSlack)
	defer cancel()
	select {
	case <-q.Stopped():
		return nil
	case <-limit.Done():
	}
	// A handler ignores its context. Its job stays marked as running and is taken over as if this process had died.
	s.log.Warn("a job did not end in time and will run again")
	return nil
}

func (s *Store) riverConfig(ctx context.Context, h Handlers, p Periods) *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &passWorker{s: s, handle: h.Pass})
	river.AddWorker(workers, &watchWorker{s: s, handle: h.Watch, stopping: ctx})
	river.AddWorker(workers, &discoverWorker{s: s, handle: h.Discover})
	river.AddWorker(workers, &auditWorker{s: s, handle: h.Audit})
	river.AddWorker(workers, &tellWorker{s: s, handle: h.Tell})
	river.AddWorker(workers, &expireWorker{s: s})
	river.AddWorker(workers, &upkeepWorker{tasks: s.tasks(h, p)})
	return &river.Config{
		ID:      s.id,
		Logger:  quiet(s.log),
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			passes: {MaxWorkers: p.Workers},
			watch:  {MaxWorkers: 200},
			upkeep: {MaxWorkers: 8},
		},
		FetchCooldown:     5 * time.Millisecond, // the bell may ring often
		FetchPollInterval: time.Second,          // for rings that were lost, and for snoozes that ended
		PeriodicJobs:      periodic(h, p),
		RetryPolicy:       steady{},
		SoftStopTimeout:   s.Grace,
		// The second net, should reclaiming ever miss a dead process: longer than any job's own timeout.
		JobTimeout:           upkeepTimeout,
		Middleware:           []rivertype.Middleware{&s.hand},
		RescueStuckJobsAfter: 2 * upkeepTimeout,
		// Each pass leaves a finished job behind; nobody reads them.
		CompletedJobRetentionPeriod: 15 * time.Minute,
		// All that TestOnly does is drop a random pause before each upkeep service, which is meant for fleets of leaders.
		TestOnly: true,
	}
}

// steady retries what failed outside the handlers' own judgement (the database, mostly) with growing pauses.
type steady struct{}

func (steady) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(backoff(job.Attempt, time.Minute))
}

// file makes sure that for every row (args, delay in microseconds) of the source a job of this kind waits, due within
// the delay. A job that already waits is brought forward, never put off; one that runs is left alone.
func (t *tx) file(kind, queue string, delay time.Duration, source string, args ...any) stmt {
	return do(t.s.db.fileSQL(kind, queue, source), args...).rows(func(row) error {
		if old, ok := t.rings[queue]; !ok || delay < old {
			t.rings[queue] = delay
		}
		return nil
	})
}

// fileOne is file for a single job with the given JSON.
func (t *tx) fileOne(kind, queue, args string, delay time.Duration) stmt {
	return t.file(kind, queue, delay, `SELECT CAST($1 AS text) AS args, CAST($2 AS bigint) AS delay`, args, delay.Microseconds())
}

// ring wakes the workers when the jobs filed in the transaction are due. Long waits are left to their polling.
func (t *tx) ring() {
	for queue, delay := range t.rings {
		switch {
		case delay <= 0:
			t.s.db.ring(queue)
		case delay < 15*time.Second:
			time.AfterFunc(delay+2*time.Millisecond, func() { t.s.db.ring(queue) })
		}
	}
}
