package store

import (
	"context"
	"time"
)

// Stats is how the queue and the inbox stand.
type Stats struct {
	// Running reports whether this process works the queue.
	Running bool
	// Jobs counts the unfinished jobs of each queue (passes, watch, upkeep) by River's state: available, running,
	// scheduled, retryable. One that sleeps until its time is scheduled, whatever River calls it.
	Jobs map[string]map[string]int
	// Oldest is for how long the oldest job that is due has waited.
	Oldest time.Duration
	// WaitingRepos counts the repositories that have passes due; Slowest are those of them whose oldest has waited longest, at
	// most ten.
	WaitingRepos int
	Slowest      []Waiting
	// Inbox counts deliveries that some pull request has not handled yet.
	Inbox int
	// Alarms counts the alarms raised so far, by kind.
	Alarms map[string]int
	// Pending counts Duo prompts to which an answer may still come.
	Pending int
}

// Waiting is a repository that has passes due.
type Waiting struct {
	Repo   int64
	Name   string // as owner/name; empty where nobody has told yet
	Passes int
	Oldest time.Duration // for how long its oldest has waited
}

const slowestMost = 10

// Stats reads how things stand.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	st := Stats{Running: s.running.Load(), Jobs: map[string]map[string]int{}, Alarms: map[string]int{}}
	one := func(to *int) func(row) error { return func(r row) error { return r.Scan(to) } }
	err := s.db.run(ctx,
		do(s.db.waitingSQL(), slowestMost).rows(func(r row) error {
			var w Waiting
			var owner, name string
			var age int64
			err := r.Scan(&st.WaitingRepos, &w.Repo, &w.Passes, &age, &owner, &name)
			w.Oldest = time.Duration(age) * time.Microsecond
			if name != "" {
				w.Name = owner + "/" + name
			}
			st.Slowest = append(st.Slowest, w)
			return err
		}),
		do(s.db.statsSQL()).rows(func(r row) error {
			var queue, state string
			var n int
			var age int64
			err := r.Scan(&queue, &state, &n, &age)
			if st.Jobs[queue] == nil {
				st.Jobs[queue] = map[string]int{}
			}
			st.Jobs[queue][state] = n
			st.Oldest = max(st.Oldest, time.Duration(age)*time.Microsecond)
			return err
		}),
		do(`SELECT kind, count(*) FROM alarms GROUP BY kind`).rows(func(r row) error {
			var kind string
			var n int
			err := r.Scan(&kind, &n)
			st.Alarms[kind] = n
			return err
		}),
		do(`SELECT count(DISTINCT delivery) FROM news`).rows(one(&st.Inbox)),
		do(`SELECT count(*) FROM prompts WHERE state IN ('intended', 'open')`).rows(one(&st.Pending)))
	return st, wrap("reading the queue's state", err)
}
