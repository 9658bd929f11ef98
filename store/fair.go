package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// fairness hands out passes by turns among the repositories that have some due: the one that was served longest ago is
// served next, with its oldest. So a repository waits for at most one pass of each other before its own next one begins,
// however many theirs are; and because its own oldest is what it is served with, none of its passes waits for ever.
//
// What is remembered is this process's own: a replica that is fair by itself is fair beside others.
type fairness struct {
	mu     sync.Mutex
	clock  int64
	served map[int64]int64 // repository → when it was served last, by the clock
	floor  int64           // what counts for those that are not in served
}

// head is a repository that has passes due.
type head struct {
	repo   int64
	oldest string // when its oldest became due, as text that sorts
}

// share is how many passes a repository is to get.
type share struct {
	repo  int64
	count int
}

// rememberMost bounds what is remembered of repositories.
const rememberMost = 4096

// split shares out n passes, in the order in which the repositories are to be served.
func (f *fairness) split(heads []head, n int) []share {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.SortFunc(heads, func(a, b head) int {
		return cmp.Or(cmp.Compare(f.last(a.repo), f.last(b.repo)), cmp.Compare(a.oldest, b.oldest), cmp.Compare(a.repo, b.repo))
	})
	shares := make([]share, min(n, len(heads)))
	for i := range shares {
		shares[i].repo = heads[i].repo
	}
	for i := range n {
		if len(shares) > 0 {
			shares[i%len(shares)].count++
		}
	}
	return shares
}

func (f *fairness) last(repo int64) int64 { return max(f.served[repo], f.floor) }

// serve notes that the repository was served.
func (f *fairness) serve(repo int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock++
	f.served[repo] = f.clock
	if len(f.served) <= rememberMost {
		return
	}
	f.floor = f.clock - rememberMost/2
	for repo, at := range f.served {
		if at <= f.floor {
			delete(f.served, repo)
		}
	}
}

// fairExecutor is River's, except that passes are taken by turns.
type fairExecutor struct {
	riverdriver.Executor
	db   backend
	fair *fairness
}

func newFairness() *fairness { return &fairness{served: map[int64]int64{}} }

// JobGetAvailable takes passes by turns, and leaves the other queues as they are.
func (e *fairExecutor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) ([]*rivertype.JobRow, error) {
	if p.Queue != passes {
		return e.Executor.JobGetAvailable(ctx, p)
	}
	var taken []*rivertype.JobRow
	for len(taken) < p.MaxToLock {
		more, err := e.take(ctx, p.ClientID, p.MaxToLock-len(taken))
		if err != nil && len(taken) == 0 {
			return nil, err
		}
		if err != nil || len(more) == 0 {
			break // what was taken is ours to run
		}
		taken = append(taken, more...)
	}
	return taken, nil
}

// take takes up to n passes, fewer where a repository had less than its share or another process was faster.
func (e *fairExecutor) take(ctx context.Context, client string, n int) ([]*rivertype.JobRow, error) {
	var heads []head
	if err := e.db.run(ctx, do(e.db.headsSQL()).rows(collect(&heads, scanHead))); err != nil {
		return nil, fmt.Errorf("looking for repositories with passes due: %w", err)
	}
	shares := e.fair.split(heads, n)
	got := make([][]*rivertype.JobRow, len(shares))
	var batch []stmt
	for i, s := range shares {
		batch = append(batch, do(e.db.takeSQL(), s.repo, s.count, client).rows(collect(&got[i], scanTaken(client))))
	}
	if err := e.db.atomic(ctx, batch...); err != nil {
		return nil, fmt.Errorf("taking passes: %w", err)
	}
	for i, s := range shares {
		if len(got[i]) > 0 {
			e.fair.serve(s.repo)
		}
	}
	return slices.Concat(got...), nil
}

func scanHead(r row, h *head) error { return r.Scan(&h.repo, &h.oldest) }

// scanTaken reads what takeSQL yields: a job that runs from now on.
func scanTaken(client string) func(row, **rivertype.JobRow) error {
	return func(r row, to **rivertype.JobRow) error {
		j := &rivertype.JobRow{Queue: passes, State: rivertype.JobStateRunning, AttemptedBy: []string{client}}
		var args, metadata string
		var created, scheduled, attempted int64
		err := r.Scan(&j.ID, &j.Kind, &args, &metadata, &j.Attempt, &j.MaxAttempts, &j.Priority, &created, &scheduled, &attempted)
		j.EncodedArgs, j.Metadata = []byte(args), []byte(metadata)
		at := moment(attempted)
		j.CreatedAt, j.ScheduledAt, j.AttemptedAt = moment(created), moment(scheduled), &at
		*to = j
		return err
	}
}
