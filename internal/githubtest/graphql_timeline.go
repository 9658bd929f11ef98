package githubtest

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// timelineNode is one recorded event of a pull request.
type timelineNode struct {
	timelineEvent
	pull *Pull
	at   int
}

func resolveTimeline(e *graphql.Engine) {
	e.Field("PullRequest", "timelineItems", graphql.On(pullTimeline))
	for _, typ := range []string{"HeadRefForcePushedEvent", "BaseRefChangedEvent", "ClosedEvent", "ReopenedEvent", "MergedEvent", "ReviewDismissedEvent"} {
		e.Field(typ, "actor", graphql.Get(func(n *timelineNode) any { return n.Actor.alive() }))
		e.Field(typ, "createdAt", graphql.Get(func(n *timelineNode) any { return n.At }))
	}
	for _, typ := range []string{"HeadRefForcePushedEvent", "BaseRefChangedEvent", "MergedEvent", "ReviewDismissedEvent"} {
		e.Field(typ, "pullRequest", graphql.Get(func(n *timelineNode) any { return n.pull }))
	}
	for _, typ := range []string{"ClosedEvent", "ReopenedEvent"} {
		e.Field(typ, "closable", graphql.Get(func(n *timelineNode) any { return n.pull }))
	}
	e.Fields("HeadRefForcePushedEvent", map[string]graphql.Resolver{
		"beforeCommit": graphql.Get(func(n *timelineNode) any { return n.pull.repo.commitNode(n.Before) }),
		"afterCommit":  graphql.Get(func(n *timelineNode) any { return n.pull.repo.commitNode(n.After) }),
	})
	e.Fields("ReviewDismissedEvent", map[string]graphql.Resolver{
		"previousReviewState": graphql.Get(func(n *timelineNode) any { return n.Before }),
		"review":              graphql.Get(func(n *timelineNode) any { return n.review() }),
	})
	for _, typ := range []string{"AddedToMergeQueueEvent", "RemovedFromMergeQueueEvent"} {
		e.Field(typ, "actor", graphql.Get(func(n *timelineNode) any { return n.Actor.alive() }))
		e.Field(typ, "createdAt", graphql.Get(func(n *timelineNode) any { return n.At }))
		e.Field(typ, "pullRequest", graphql.Get(func(n *timelineNode) any { return n.pull }))
		e.Field(typ, "mergeQueue", graphql.Get(func(n *timelineNode) any { return n.pull.mergeQueue() }))
	}
	e.Fields("RemovedFromMergeQueueEvent", map[string]graphql.Resolver{
		"beforeCommit": graphql.Get(func(n *timelineNode) any { return n.pull.repo.commitNode(n.Before) }),
		"reason":       graphql.Get(func(n *timelineNode) any { return strings.ToLower(n.After) }),
	})
	e.Fields("MergedEvent", map[string]graphql.Resolver{
		"commit":       graphql.Get(func(n *timelineNode) any { return n.pull.repo.commitNode(n.After) }),
		"mergeRefName": graphql.Get(func(n *timelineNode) any { return n.pull.baseBranch }),
	})
}

// review is the one that the event is about; null where there is none.
func (n *timelineNode) review() any {
	for _, r := range n.pull.reviews {
		if nodeID("PRR", r.ID) == n.After {
			return r
		}
	}
	return nil
}

// pullTimeline lists the recorded events, and what people said, in the order in which it happened.
func pullTimeline(_ context.Context, p *Pull, args graphql.Args) (any, error) {
	items := p.timeline()
	if types := args.Strings("itemTypes"); len(types) > 0 {
		items = slices.DeleteFunc(items, func(v any) bool { return !slices.Contains(types, shouted(objectType(v))) })
	}
	if skip, ok := args.Int("skip"); ok {
		items = items[min(skip, len(items)):]
	}
	return graphql.Connect(items, args, globalID)
}

func (p *Pull) timeline() []any {
	var items []any
	for i, e := range p.events {
		items = append(items, &timelineNode{e, p, i})
	}
	for _, r := range p.reviews {
		items = append(items, r)
	}
	for _, c := range p.comments {
		items = append(items, c)
	}
	slices.SortStableFunc(items, func(a, b any) int { return strings.Compare(moment(a), moment(b)) })
	return items
}

func moment(item any) string {
	const layout = "20060102150405"
	switch v := item.(type) {
	case *timelineNode:
		return v.At.UTC().Format(layout)
	case *Review:
		return v.at.UTC().Format(layout)
	case *Comment:
		return v.at.UTC().Format(layout)
	}
	return ""
}

// shouted writes HeadRefForcePushedEvent as HEAD_REF_FORCE_PUSHED_EVENT.
func shouted(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(c))
	}
	return b.String()
}
