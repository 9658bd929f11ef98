package server

import (
	"cmp"
	"context"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// queue is who lands next on a branch.
type queue struct {
	Repo, Branch string
	Entries      []queued
	More         int // behind those
}

type queued struct {
	Turn        pull.Turn
	Path, Title string
	Batch       string // the head of the batch in which it lands; empty where it lands alone
	Doing       string // how far that batch has come
}

// entriesMost is how many of a branch's queue are named; the others are counted.
const entriesMost = 20

// queues shows a branch as a repository is seen or not; turns come in landing order.
func (s *Server) queues(ctx context.Context, seen []pull.OpenRepo, found []pull.Record, turns []pull.Turn) ([]queue, error) {
	repos, known := map[int64]pull.Repo{}, map[pull.Key]pull.Record{}
	for _, r := range seen {
		repos[r.Repo.ID] = r.Repo
	}
	for _, rec := range found {
		known[rec.Key] = rec
	}
	byBranch := map[[2]string]*queue{}
	for _, t := range turns {
		repo, ok := repos[t.Repo]
		if !ok {
			continue
		}
		at := [2]string{repo.FullName(), t.Branch}
		q := cmp.Or(byBranch[at], &queue{Repo: at[0], Branch: at[1]})
		byBranch[at] = q
		if len(q.Entries) == entriesMost {
			q.More++
			continue
		}
		entry, err := s.queuedAt(ctx, repo, t, known)
		if err != nil {
			return nil, err
		}
		q.Entries = append(q.Entries, entry)
	}
	var all []queue
	for _, q := range byBranch {
		all = append(all, *q)
	}
	slices.SortFunc(all, func(a, b queue) int {
		return cmp.Or(cmp.Compare(a.Repo, b.Repo), cmp.Compare(a.Branch, b.Branch))
	})
	return all, nil
}

// queuedAt is one place in a queue; what the page does not show otherwise is read for it.
func (s *Server) queuedAt(ctx context.Context, repo pull.Repo, t pull.Turn, known map[pull.Key]pull.Record) (queued, error) {
	k := pull.Key{Repo: t.Repo, Number: t.Number}
	rec, ok := known[k]
	if !ok {
		var err error
		if rec, _, err = s.Records.Record(ctx, k); err != nil {
			return queued{}, wrap("reading what waits to land", err)
		}
	}
	return inBatch(rec, queued{Turn: t, Path: pagePath(pull.Request{Repo: repo, Number: t.Number}), Title: rec.Request.Title}), nil
}

// inBatch adds what it lands in together with others, by its own verdict.
func inBatch(rec pull.Record, q queued) queued {
	for _, v := range rec.Verdicts {
		for _, r := range v.Reasons {
			if r.Code == "in-batch" {
				q.Batch, q.Doing = r.Evidence["batch"], r.Evidence["state"]
			}
		}
	}
	return q
}
