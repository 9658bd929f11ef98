package githubtest

import (
	"context"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// mergeQueue is the queue of the pull request's target; null where it has none.
func (p *Pull) mergeQueue() any { return found(p.repo.queue(p.baseBranch)) }

func resolveMergeQueue(e *graphql.Engine) {
	e.Fields("PullRequest", map[string]graphql.Resolver{
		"isInMergeQueue":  graphql.Get(func(p *Pull) any { return p.queueEntry() != nil }),
		"mergeQueueEntry": graphql.Get(func(p *Pull) any { return found(p.queueEntry()) }),
		"mergeQueue":      graphql.Get(func(p *Pull) any { return p.mergeQueue() }),
	})
	e.Field("Repository", "mergeQueue", graphql.On(func(_ context.Context, r *Repo, args graphql.Args) (any, error) {
		return found(r.queue(orDefault(args.String("branch"), r.main))), nil
	}))
	e.Fields("MergeQueue", map[string]graphql.Resolver{
		"repository": graphql.Get(func(q *mergeQueue) any { return q.repo }),
		"entries": graphql.On(func(_ context.Context, q *mergeQueue, args graphql.Args) (any, error) {
			return graphql.Connect(q.entries, args, func(e *queueEntry) string { return globalID(e) })
		}),
		"configuration": graphql.Get(func(q *mergeQueue) any {
			rule := q.rule()
			return object{"mergeMethod": orDefault(rule.Method, "MERGE"), "mergingStrategy": orDefault(rule.Grouping, "ALLGREEN"),
				"checkResponseTimeout": 60, "maximumEntriesToBuild": rule.maxBuild(), "maximumEntriesToMerge": 5,
				"minimumEntriesToMerge": max(rule.MinEntries, 1), "minimumEntriesToMergeWaitTime": 5}
		}),
		"nextEntryEstimatedTimeToMerge": graphql.Get(func(*mergeQueue) any { return nil }),
	})
	e.Fields("MergeQueueEntry", map[string]graphql.Resolver{
		"pullRequest":          graphql.Get(func(n *queueEntry) any { return n.pull }),
		"mergeQueue":           graphql.Get(func(n *queueEntry) any { return n.queue }),
		"position":             graphql.Get(func(n *queueEntry) any { return n.queue.position(n) }),
		"state":                graphql.Get(func(n *queueEntry) any { return n.state() }),
		"enqueuer":             graphql.Get(func(n *queueEntry) any { return n.by.account }),
		"enqueuedAt":           graphql.Get(func(n *queueEntry) any { return n.at }),
		"jump":                 graphql.Get(func(n *queueEntry) any { return n.jump }),
		"solo":                 graphql.Get(func(*queueEntry) any { return false }),
		"estimatedTimeToMerge": graphql.Get(func(*queueEntry) any { return nil }),
		"baseCommit":           graphql.Get(func(n *queueEntry) any { return n.queue.repo.commitNode(n.base) }),
		"headCommit":           graphql.Get(func(n *queueEntry) any { return n.queue.repo.commitNode(n.head) }),
	})
}

// queueable finds the pull request that a mutation about the queue is for, and checks that the viewer may change it.
func (v *viewer) queueable(ctx context.Context, id string) (*Pull, error) {
	p, err := target[*Pull](v, ctx, id, "pull_requests")
	if err != nil {
		return nil, err
	}
	return p, mustHold(ctx, p.repo, "merge_queues", "write")
}

func (v *viewer) enqueuePullRequest(ctx context.Context, in graphql.Args) (object, error) {
	p, err := v.queueable(ctx, in.String("pullRequestId"))
	if err != nil {
		return nil, err
	}
	e, no := p.enqueue(v.by, in.String("expectedHeadOid"), in.Bool("jump"))
	return object{"mergeQueueEntry": found(e)}, no.fault()
}

func (v *viewer) dequeuePullRequest(ctx context.Context, in graphql.Args) (object, error) {
	p, err := v.queueable(ctx, in.String("id"))
	if err != nil {
		return nil, err
	}
	e, no := p.dequeue(v.by)
	return object{"mergeQueueEntry": found(e)}, no.fault()
}
