package store

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/sallyport/sallyport/pull"
)

const upkeepTimeout = 10 * time.Minute

// upkeepArgs is a job that recurs.
type upkeepArgs struct {
	Task string `json:"task"`
}

// Kind names the job.
func (upkeepArgs) Kind() string { return "upkeep" }

// The recurring tasks.
const (
	taskSweep   = "sweep"
	taskRecover = "recover"
	taskPrune   = "prune"
	taskRetain  = "retain"
)

func (s *Store) tasks(h Handlers, p Periods) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		taskSweep:   h.Sweep,
		taskRecover: h.Recover,
		taskPrune:   func(ctx context.Context) error { return s.prune(ctx, p.Keep) },
		taskRetain:  func(ctx context.Context) error { return s.retain(ctx, p.KeepLedger) },
	}
}

// periodic has the leader file each task when it takes the lead and then at its interval, unless the last one still
// waits or runs.
func periodic(h Handlers, p Periods) []*river.PeriodicJob {
	jobs := []*river.PeriodicJob{recurring(taskPrune, p.Prune)}
	if p.KeepLedger > 0 {
		jobs = append(jobs, recurring(taskRetain, p.Prune))
	}
	if h.Sweep != nil {
		jobs = append(jobs, recurring(taskSweep, p.Sweep))
	}
	if h.Recover != nil {
		jobs = append(jobs, recurring(taskRecover, p.Recover))
	}
	return jobs
}

func recurring(task string, every time.Duration) *river.PeriodicJob {
	opts := &river.InsertOpts{Queue: upkeep, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
	return river.NewPeriodicJob(river.PeriodicInterval(every),
		func() (river.JobArgs, *river.InsertOpts) { return upkeepArgs{task}, opts },
		&river.PeriodicJobOpts{RunOnStart: true})
}

type upkeepWorker struct {
	river.WorkerDefaults[upkeepArgs]
	tasks map[string]func(context.Context) error
}

// Work runs the task; River retries it when it fails.
func (w *upkeepWorker) Work(ctx context.Context, job *river.Job[upkeepArgs]) error {
	task := w.tasks[job.Args.Task]
	if task == nil {
		return river.JobCancel(fmt.Errorf("no such task: %q", job.Args.Task)) // left by another version
	}
	return task(ctx)
}

// discoverArgs is the job "look for the open pull requests of this repository".
type discoverArgs struct {
	Repo int64 `json:"repo"`
}

// Kind names the job.
func (discoverArgs) Kind() string { return "discover" }

type discoverWorker struct {
	river.WorkerDefaults[discoverArgs]
	s      *Store
	handle func(context.Context, pull.Repo) error
}

func (w *discoverWorker) Work(ctx context.Context, job *river.Job[discoverArgs]) error {
	repo, err := w.s.repo(ctx, job.Args.Repo)
	if err != nil || w.handle == nil {
		return err
	}
	return w.handle(ctx, repo)
}

// prune deletes handled deliveries, and what else only deliveries of that age could need. Who pushed a commit is known for
// as long as a pull request with it could land, also while it is closed: closing it for a while must not make that forgotten.
func (s *Store) prune(ctx context.Context, keep time.Duration) error {
	err := s.db.run(ctx,
		forgetKeyed(keep),
		do(`DELETE FROM inbox WHERE received_at < sallyport_now() - $1 AND NOT EXISTS (SELECT 1 FROM news WHERE delivery = inbox.id)`,
			keep.Microseconds()),
		do(`DELETE FROM redeliveries WHERE at < sallyport_now() - $1`, keep.Microseconds()),
		do(`
DELETE FROM proposed WHERE NOT EXISTS
(SELECT 1 FROM pulls WHERE (open OR landed = '') AND pulls.repo = proposed.target AND pulls.number = proposed.number)`),
		do(`
DELETE FROM pushes WHERE at < sallyport_now() - $1
    AND NOT EXISTS (SELECT 1 FROM pulls WHERE open AND pulls.repo = pushes.repo AND (pulls.head = pushes.sha OR pulls.hint = pushes.sha))
    AND NOT EXISTS (SELECT 1 FROM proposed WHERE proposed.repo = pushes.repo AND proposed.sha = pushes.sha)`, keep.Microseconds()))
	if err != nil {
		return fmt.Errorf("deleting old deliveries: %w", err)
	}
	return nil
}
