package githubtest

import (
	"errors"
	"slices"
	"strings"
)

// advance brings the queue to where its state belongs: groups are built, red ones leave, green ones land.
func (q *mergeQueue) advance() {
	if q == nil || q.busy {
		return
	}
	q.busy = true
	defer func() { q.busy = false }()
	for q.build(); q.dropRed() || q.land(); q.build() {
	}
}

// build makes the groups anew that do not stand on what is before them. Those that no longer fit are gone at once.
func (q *mergeQueue) build() {
	base := q.repo.git.branch(q.branch)
	for i := 0; i < len(q.entries); {
		e := q.entries[i]
		if e.head == "" || e.base != base {
			q.destroy(e, "invalidated")
			if i >= q.rule().maxBuild() {
				return
			}
			if err := q.make(e, base); err != nil {
				if !errors.Is(err, errConflict) {
					q.repo.s.violations.add("merge group of %s: %v", e.pull.ref(), err)
				}
				q.eject(e, q.repo.s.queueBot(), "MERGE_CONFLICT")
				continue
			}
		}
		base = e.head
		i++
	}
}

// rule is what configures the queue; one whose rule was taken away keeps the defaults until it is empty.
func (q *mergeQueue) rule() Rule {
	if r := q.repo.queueRule(q.branch); r != nil {
		return *r
	}
	return Rule{}
}

// maxBuild is how many groups are built at a time.
func (rule Rule) maxBuild() int {
	if rule.MaxBuild > 0 {
		return rule.MaxBuild
	}
	return 5
}

// make makes an entry's group on a base: the commit, its read-only branch, and the request for checks on it.
func (q *mergeQueue) make(e *queueEntry, base string) error {
	s := q.repo.s
	sha, err := s.landing(e.pull, mergeRequest{By: byPerson(s.queueBot()), Method: q.rule().queueMethod()}, base)
	if err != nil {
		return err
	}
	e.base, e.head = base, sha
	if err := q.repo.move(refUpdate{Ref: e.ref(), Before: zeroSHA, After: sha, By: byPerson(s.queueBot())}); err != nil {
		return err
	}
	q.tell(e, "checks_requested", nil)
	return nil
}

// queueMethod is how the queue lands, in the words of pull requests.
func (rule Rule) queueMethod() string { return strings.ToLower(orDefault(rule.Method, "MERGE")) }

// destroy takes an entry's group away.
func (q *mergeQueue) destroy(e *queueEntry, reason string) {
	if e.head == "" {
		return
	}
	u := refUpdate{Ref: e.ref(), Before: e.head, After: zeroSHA, By: byPerson(q.repo.s.queueBot())}
	if err := q.repo.move(u); err != nil {
		q.repo.s.violations.add("merge group of %s: %v", e.pull.ref(), err)
	}
	q.tell(e, "destroyed", object{"reason": reason})
	e.base, e.head = "", ""
}

func (q *mergeQueue) tell(e *queueEntry, action string, more object) {
	r := q.repo
	c, err := r.git.commit(e.head)
	if err != nil {
		return
	}
	who := func(i Identity) object { return object{"name": i.Name, "email": i.Email} }
	body := object{"merge_group": object{
		"head_sha": e.head, "head_ref": e.ref(), "base_sha": e.base, "base_ref": "refs/heads/" + q.branch,
		"head_commit": object{"id": e.head, "tree_id": c.Tree, "message": c.Message, "timestamp": stamp(c.Committer.When),
			"author": who(c.Author), "committer": who(c.Committer)},
	}}
	for k, v := range more {
		body[k] = v
	}
	r.s.emit(delivery{event: "merge_group", action: action, repo: r, sender: r.s.queueBot(), body: body})
}

// checks is how the required checks stand on an entry's group: success, pending or failing.
func (q *mergeQueue) checks(e *queueEntry) string {
	if e.head == "" {
		return "pending"
	}
	worst := "success"
	for _, want := range q.repo.requiredChecks(q.branch) {
		switch q.repo.checkState(e.head, want) {
		case "success":
		case "failing":
			return "failing"
		default:
			worst = "pending"
		}
	}
	return worst
}

func (q *mergeQueue) headGreen() bool { return q.rule().Grouping == "HEADGREEN" }

// dropRed takes out the first entry whose group is red. Where only a group's head must be green, one that others may
// still make good stays.
func (q *mergeQueue) dropRed() bool {
	for i, e := range q.entries {
		if q.checks(e) != "failing" {
			continue
		}
		mended := func(later *queueEntry) bool { return q.checks(later) != "failing" }
		if q.headGreen() && slices.ContainsFunc(q.entries[i+1:], mended) {
			continue
		}
		q.eject(e, q.repo.s.queueBot(), "CI_FAILURE")
		return true
	}
	return false
}

// ready is how many entries from the front may land together.
func (q *mergeQueue) ready() int {
	n := 0
	for i, e := range q.entries {
		if q.checks(e) == "success" {
			n = i + 1
		} else if !q.headGreen() {
			break
		}
	}
	if n < q.rule().MinEntries {
		return 0
	}
	return n
}

// land moves the branch to the last group that may land; every pull request before it lands by the same movement.
func (q *mergeQueue) land() bool {
	n := q.ready()
	if n == 0 {
		return false
	}
	r, bot, landing := q.repo, q.repo.s.queueBot(), slices.Clone(q.entries[:n])
	last := landing[n-1]
	u := refUpdate{Ref: "refs/heads/" + q.branch, Before: r.git.branch(q.branch), After: last.head, By: last.by, Pull: last.pull, Method: "queue"}
	if problems := r.refusals(u); len(problems) > 0 {
		q.eject(last, bot, "BRANCH_PROTECTIONS")
		return true
	}
	u.By = byPerson(bot)
	q.entries = q.entries[n:]
	for _, e := range landing {
		commits := e.pull.commits()
		e.pull.event("RemovedFromMergeQueueEvent", bot, e.head, "MERGE")
		e.pull.emit("dequeued", bot, object{"reason": "MERGE"})
		e.pull.land(e.head, bot, e.base, commits)
	}
	if err := r.move(u); err != nil {
		r.s.violations.add("landing through the merge queue of %s: %v", q.branch, err)
	}
	for _, e := range landing {
		q.destroy(e, "merged")
		if err := r.s.tidy(e.pull, byPerson(bot)); err != nil {
			r.s.violations.add("tidying after %s: %s", e.pull.ref(), err.Message)
		}
	}
	return true
}

// advanceAt lets the queue whose group this commit is look at its checks again.
func (r *Repo) advanceAt(sha string) {
	for _, q := range r.queues {
		if slices.ContainsFunc(q.entries, func(e *queueEntry) bool { return e.head == sha }) {
			q.advance()
		}
	}
}
