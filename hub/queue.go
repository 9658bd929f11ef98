package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// placeFacts is a pull request's place in a merge queue, and the queue.
type placeFacts struct {
	Head  string `json:"headRefOid"`
	Queue *struct {
		Configuration *struct {
			Method string `json:"mergeMethod"`
		} `json:"configuration"`
		Entries page[memberFacts] `json:"entries"`
	} `json:"mergeQueue"`
	Entry *struct {
		Position int          `json:"position"`
		By       *actor       `json:"enqueuer"`
		Base     *groundFacts `json:"baseCommit"`
		Group    *groupFacts  `json:"headCommit"`
	} `json:"mergeQueueEntry"`
	Removals page[struct {
		Reason string     `json:"reason"`
		At     *time.Time `json:"createdAt"`
	}] `json:"timelineItems"`
}

type memberFacts struct {
	Pull *struct {
		Number int `json:"number"`
	} `json:"pullRequest"`
	Group *objectID `json:"headCommit"`
}

// groupFacts is the commit that the queue built, with every check on it.
type groupFacts struct {
	landingFacts
	Rollup *struct {
		Contexts page[contextFacts] `json:"contexts"`
	} `json:"statusCheckRollup"`
}

type placeAnswer struct {
	Repository *struct {
		ID   int64       `json:"databaseId"`
		Pull *placeFacts `json:"pullRequest"`
	} `json:"repository"`
	points
}

// place reads where an open pull request stands in its target's merge queue, where the target has one. A group that was
// built takes the place of the target's tip and of the test merge: it is what would land, and what that stands on.
func (h *Hub) place(ctx context.Context, repo pull.Repo, f *facts) error {
	if p := f.pull(); !p.Queue || p.State != "OPEN" {
		return nil
	}
	if err := h.readPlace(ctx, repo, f); err != nil {
		return err
	}
	if group := f.queue.group(); group != nil && f.pull().Base != nil {
		f.pull().Base.Target = f.queue.Entry.Base
	}
	return nil
}

// readPlace follows the checks on the group to their end.
func (h *Hub) readPlace(ctx context.Context, repo pull.Repo, f *facts) error {
	var after any
	for range maxPages {
		next, err := h.placePage(ctx, repo, f.pull().Number, after)
		if err != nil {
			return err
		}
		if f.queue == nil {
			f.queue = next
		} else if !f.queue.grow(next) {
			f.queue.Entry = nil // it was built anew in between: there is nothing yet that could be judged
			return nil
		}
		group := next.group()
		if group == nil || group.Rollup == nil || !group.Rollup.Contexts.PageInfo.HasNextPage {
			return nil
		}
		after = group.Rollup.Contexts.PageInfo.EndCursor
	}
	return tooManyChecks(f.queue.group().OID)
}

func (h *Hub) placePage(ctx context.Context, repo pull.Repo, number int, after any) (*placeFacts, error) {
	var found placeAnswer
	q := newQuery("QueuePlace", append(named(repo), variable{"number", "Int!", number}, variable{"contexts", "String", after}), "...Place")
	if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
		return nil, err
	}
	if found.Repository == nil || found.Repository.Pull == nil {
		return nil, permanent(codeNotFound, "GitHub does not show the pull request")
	}
	return found.Repository.Pull, sameRepository(repo, found.Repository.ID)
}

// group is what was built for the pull request, with what it stands on; nil for nothing.
func (p *placeFacts) group() *groupFacts {
	if p == nil || p.Entry == nil || p.Entry.Base == nil || p.Entry.Base.Tree == nil || p.Entry.Group == nil || p.Entry.Group.Tree == nil {
		return nil
	}
	return p.Entry.Group
}

// grow appends the next page of the checks on the group, if it is still the same one.
func (p *placeFacts) grow(next *placeFacts) bool {
	mine, more := p.group(), next.group()
	if mine == nil || more == nil || mine.OID != more.OID || more.Rollup == nil {
		return false
	}
	mine.Rollup.Contexts.grow(more.Rollup.Contexts)
	return true
}

// tell adds to the request what the queue says of it.
func (p *placeFacts) tell(r *pull.Request) {
	if p == nil {
		return
	}
	if p.Queue != nil && p.Queue.Configuration != nil {
		r.Rules.QueueMethod = strings.ToLower(p.Queue.Configuration.Method)
	}
	if n := len(p.Removals.Nodes); n > 0 {
		r.Removed = pull.Removal{Reason: strings.ToLower(p.Removals.Nodes[n-1].Reason), At: timeOf(p.Removals.Nodes[n-1].At)}
	}
	if p.Entry == nil || p.Head != r.Head.SHA {
		return
	}
	q := &pull.Queued{Position: p.Entry.Position, By: p.Entry.By.account()}
	if group := p.group(); group != nil {
		q.Base, q.Head = p.Entry.Base.OID, group.OID
		if group.Rollup != nil {
			q.Checks = checksOf(group.Rollup.Contexts.Nodes)
		}
	}
	p.neighbours(q, r.Number)
	r.Queued = q
}

// neighbours are those that land before this one, and those that land after.
func (p *placeFacts) neighbours(q *pull.Queued, number int) {
	if p.Queue == nil {
		return
	}
	ahead := true
	for _, m := range p.Queue.Entries.Nodes {
		switch {
		case m.Pull == nil:
		case m.Pull.Number == number:
			ahead = false
		case ahead:
			member := pull.Member{Number: m.Pull.Number}
			if m.Group != nil {
				member.Head = m.Group.OID
			}
			q.Ahead = append(q.Ahead, member)
		default:
			q.Behind = append(q.Behind, m.Pull.Number)
		}
	}
}

// testMerge is GitHub's own test merge, or the group that its merge queue built. A group that merges is believed only when
// it joins exactly this base and this head.
func (f *facts) testMerge(base string) pull.TestMerge {
	p, group := f.pull(), f.queue.group()
	if group == nil {
		return testMerge(p, base)
	}
	parents := group.parents()
	joins := slices.Equal(parents, []string{base, p.Head})
	if p.Tip.head() != p.Head || f.queue.Head != p.Head || group.Parents.TotalCount != len(parents) || len(parents) > 1 && !joins {
		return pull.TestMerge{}
	}
	p.Test = &group.landingFacts
	return pull.TestMerge{State: pull.Clean, SHA: group.OID, Tree: group.Tree.OID, Parents: parents}
}

// Enqueue asks GitHub to put exactly the request's head into the merge queue of its target. Being there already is what was
// asked for. Refusals are Transient "head-moved", Permanent "protected", "not-mergeable" or "no-permission" with GitHub's
// sentence; a lost answer is Unknown.
func (h *Hub) Enqueue(ctx context.Context, r pull.Request) error {
	err := h.queueing(ctx, r, "Enqueue", []variable{{"pull", "ID!", r.NodeID}, {"head", "GitObjectID!", r.Head.SHA}}, "already in")
	if err != nil {
		return fmt.Errorf("putting %s into the merge queue: %w", r.Ref(), err)
	}
	return nil
}

// Dequeue takes the pull request out of the merge queue. Not being there is what was asked for.
func (h *Hub) Dequeue(ctx context.Context, r pull.Request) error {
	if err := h.queueing(ctx, r, "Dequeue", []variable{{"pull", "ID!", r.NodeID}}, "not in the merge queue"); err != nil {
		return fmt.Errorf("taking %s out of the merge queue: %w", r.Ref(), err)
	}
	return nil
}

func (h *Hub) queueing(ctx context.Context, r pull.Request, operation string, variables []variable, done string) error {
	var refused []graphError
	err := h.ask(ctx, r.Repo.Installation, newMutation(operation, variables, "..."+operation), &moved{}, func(e graphError) bool {
		refused = append(refused, e)
		return true
	})
	if err != nil || len(refused) == 0 || strings.Contains(strings.ToLower(refused[0].Message), done) {
		return err
	}
	return queueRefusal(refused[0])
}

func queueRefusal(e graphError) error {
	text, says := strings.ToLower(e.Message), errors.New(e.Message)
	switch {
	case e.forbidden():
		return &pull.Failure{Class: pull.Permanent, Code: codePermission, Err: says}
	case strings.Contains(text, "head branch was modified"), e.Type == "STALE_DATA":
		return &pull.Failure{Class: pull.Transient, Code: "head-moved", After: time.Second, Err: says}
	case strings.Contains(text, "conflict"), strings.Contains(text, "not mergeable"):
		return &pull.Failure{Class: pull.Permanent, Code: "not-mergeable", Err: says}
	}
	return &pull.Failure{Class: pull.Permanent, Code: "protected", Err: says}
}
