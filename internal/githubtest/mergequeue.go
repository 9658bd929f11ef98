package githubtest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// mergeQueue is a branch's merge queue: the pull requests that wait in it, in the order in which they land.
type mergeQueue struct {
	repo    *Repo
	branch  string
	entries []*queueEntry
	busy    bool // it is being advanced: whatever moves meanwhile is seen by the same round
}

// queueEntry is a pull request in the queue. Its group is the commit that the branch would be at once it has landed on
// top of those before it; head is empty while that is not built.
type queueEntry struct {
	ID    int64
	queue *mergeQueue
	pull  *Pull
	by    actor
	at    time.Time
	jump  bool
	base  string
	head  string
}

// queueRule is the rule by which a branch lands through a merge queue; nil for none.
func (r *Repo) queueRule(branch string) *Rule {
	for _, rs := range r.rulesetsFor(branch) {
		for i := range rs.Rules {
			if rs.Enforcement == "active" && rs.Rules[i].Type == "merge_queue" {
				return &rs.Rules[i]
			}
		}
	}
	return nil
}

// queued reports whether the branch lands through a merge queue.
func (r *Repo) queued(branch string) bool { return r.queueRule(branch) != nil }

// queue is the branch's merge queue; nil where it has none.
func (r *Repo) queue(branch string) *mergeQueue {
	if !r.queued(branch) {
		return nil
	}
	if r.queues == nil {
		r.queues = map[string]*mergeQueue{}
	}
	if r.queues[branch] == nil {
		r.queues[branch] = &mergeQueue{repo: r, branch: branch}
	}
	return r.queues[branch]
}

// queueEntry is the pull request's place in its target's queue; nil while it has none.
func (p *Pull) queueEntry() *queueEntry {
	if q := p.repo.queues[p.baseBranch]; q != nil {
		for _, e := range q.entries {
			if e.pull == p {
				return e
			}
		}
	}
	return nil
}

// EnqueueBy lets a person put the pull request into the merge queue, as the button "Merge when ready" does once nothing
// is missing.
func (p *Pull) EnqueueBy(by *Account, jump bool) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	_, err := p.enqueue(byPerson(by), "", jump)
	return asError(err)
}

// DequeueBy lets a person take the pull request out of the merge queue.
func (p *Pull) DequeueBy(by *Account) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	_, err := p.dequeue(byPerson(by))
	return asError(err)
}

// QueueTimesOut lets the time pass in which the checks of the pull request's group should have answered.
func (p *Pull) QueueTimesOut() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if e := p.queueEntry(); e != nil {
		e.queue.eject(e, p.s.queueBot(), "CI_TIMEOUT")
		e.queue.advance()
	}
}

// Group is the head of the pull request's group in the merge queue, and its base; empty while none is built.
func (p *Pull) Group() (head, base string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if e := p.queueEntry(); e != nil {
		return e.head, e.base
	}
	return "", ""
}

// InQueue reports whether the pull request waits in its target's merge queue.
func (p *Pull) InQueue() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.queueEntry() != nil
}

func (s *Server) queueBot() *Account { return s.account(BotKind, "github-merge-queue[bot]") }

func (p *Pull) enqueue(by actor, expected string, jump bool) (*queueEntry, *apiError) {
	if err := p.enqueueRefused(by, expected); err != nil {
		return nil, err
	}
	q := p.repo.queue(p.baseBranch)
	e := &queueEntry{ID: p.s.nextID(), queue: q, pull: p, by: by, at: p.s.now(), jump: jump}
	if q.entries = append(q.entries, e); jump {
		q.entries = append([]*queueEntry{e}, q.entries[:len(q.entries)-1]...)
	}
	p.event("AddedToMergeQueueEvent", by.account, "", "")
	p.emit("enqueued", by.account, nil)
	q.advance()
	return e, nil
}

// enqueueRefused is why the pull request may not enter the queue. What the branch's rules ask of a pull request must be
// met before, and is asked again of its group.
func (p *Pull) enqueueRefused(by actor, expected string) *apiError {
	no := func(format string, args ...any) *apiError {
		return &apiError{Status: http.StatusUnprocessableEntity, Message: fmt.Sprintf("Pull request "+format, args...)}
	}
	switch {
	case !by.mayWrite(p.repo):
		return &apiError{Status: http.StatusForbidden, Message: "Resource not accessible by integration"}
	case !p.repo.queued(p.baseBranch):
		return no("cannot be added: the merge queue is not enabled on %s", p.baseBranch)
	case p.closed:
		return no("is closed")
	case p.draft:
		return no("is in draft state")
	case expected != "" && expected != p.headSHA:
		return no("head branch was modified. Review and try the merge again.")
	case p.queueEntry() != nil:
		return no("is already in the merge queue")
	}
	if _, err := p.repo.git.mergeTree(p.baseTip(), p.headSHA); errors.Is(err, errConflict) {
		return no("is not mergeable: it has merge conflicts")
	}
	u := refUpdate{Ref: "refs/heads/" + p.baseBranch, Before: p.baseTip(), After: p.headSHA, By: by, Pull: p, Method: "queue"}
	if problems := p.repo.refusals(u); len(problems) > 0 {
		return no("%s", strings.Join(problems, " "))
	}
	return workflowRefusal(p, by)
}

func (p *Pull) dequeue(by actor) (*queueEntry, *apiError) {
	e := p.queueEntry()
	switch {
	case !by.mayWrite(p.repo):
		return nil, &apiError{Status: http.StatusForbidden, Message: "Resource not accessible by integration"}
	case e == nil:
		return nil, &apiError{Status: http.StatusUnprocessableEntity, Message: "Pull request is not in the merge queue"}
	}
	e.queue.eject(e, by.account, "MANUAL")
	e.queue.advance()
	return e, nil
}

// leaveQueue takes the pull request out because of what became of itself.
func (p *Pull) leaveQueue(by *Account, reason string) {
	if e := p.queueEntry(); e != nil {
		e.queue.eject(e, by, reason)
		e.queue.advance()
	}
}

// eject takes an entry out without landing it. Whatever was built on top of it is built anew by the next advance.
func (q *mergeQueue) eject(e *queueEntry, by *Account, reason string) {
	group := e.head
	q.entries = slices.DeleteFunc(q.entries, func(o *queueEntry) bool { return o == e })
	q.destroy(e, "dequeued")
	e.pull.event("RemovedFromMergeQueueEvent", by, group, reason)
	e.pull.emit("dequeued", by, object{"reason": reason})
}

func (e *queueEntry) ref() string {
	return fmt.Sprintf("refs/heads/gh-readonly-queue/%s/pr-%d-%s", e.queue.branch, e.pull.Number, e.base)
}

func (q *mergeQueue) position(e *queueEntry) int { return slices.Index(q.entries, e) + 1 }

// state is the entry's, in GraphQL's words.
func (e *queueEntry) state() string {
	if e.head == "" {
		return "QUEUED"
	}
	switch e.queue.checks(e) {
	case "success":
		return "MERGEABLE"
	case "failing":
		return "UNMERGEABLE"
	}
	return "AWAITING_CHECKS"
}
