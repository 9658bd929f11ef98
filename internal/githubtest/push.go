package githubtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// actor is who does something: a person, or an app through an installation.
type actor struct {
	account *Account
	install *Installation // nil for people
}

func byPerson(a *Account) actor { return actor{account: a} }

func byApp(i *Installation) actor { return actor{account: i.app.bot, install: i} }

// mayWrite reports whether the actor may push to the repository at all.
func (a actor) mayWrite(r *Repo) bool {
	if a.install != nil {
		return a.install.sees(r) && a.install.can("contents", "write")
	}
	return r.role(a.account) >= pull.Write
}

// activity is one move of a ref, as the repository's activity view tells it.
type activity struct {
	ID     int64
	Ref    string
	Before string
	After  string
	Kind   string // push, force_push, branch_creation, branch_deletion, pr_merge
	By     *Account
	At     time.Time
}

// Push moves a branch to a commit in a person's name, refused as GitHub would refuse it. Force allows history to be rewritten.
func (r *Repo) Push(by *Account, branch, sha string, force bool) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.push(branch, sha, byPerson(by), force)
}

// PushRef moves any ref by force, as whoever may push can do with refs that no ruleset guards; to no commit at all deletes
// it. What it leads to must be in the repository already.
func (r *Repo) PushRef(by *Account, ref, sha string) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	u := refUpdate{Ref: ref, Before: orDefault(r.git.refs[ref], zeroSHA), After: sha, Force: true, By: byPerson(by)}
	if !u.By.mayWrite(r) {
		return fmt.Errorf("pushing to %s of %s: permission denied to %s", ref, r.fullName(), by.login)
	}
	if err := r.allowed(u); err != nil {
		return fmt.Errorf("pushing to %s of %s: %w", ref, r.fullName(), err)
	}
	return r.move(u)
}

// DeleteBranch removes a branch; open pull requests from it or into it close.
func (r *Repo) DeleteBranch(by *Account, branch string) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.push(branch, zeroSHA, byPerson(by), true)
}

// Blind keeps GitHub from noticing that a push brought a pull request's head into its target, as now and then it does not.
func (r *Repo) Blind() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.blind = true
}

// Unnamed keeps GitHub from naming the commit of what is merged from now on: for so many reads of each, or for good where the
// number is negative and a push brought it in.
func (r *Repo) Unnamed(reads int) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.unnamed = reads
}

// Branch is a branch's tip; empty when there is none.
func (r *Repo) Branch(name string) string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.git.branch(name)
}

func (r *Repo) push(branch, sha string, by actor, force bool) error {
	if !by.mayWrite(r) {
		return fmt.Errorf("pushing to %s: permission denied to %s", r.fullName(), by.account.login)
	}
	if r.archived {
		return fmt.Errorf("pushing to %s: the repository is archived", r.fullName())
	}
	u := refUpdate{Ref: "refs/heads/" + branch, Before: orDefault(r.git.branch(branch), zeroSHA), After: sha, Force: force, By: by}
	if err := r.allowed(u); err != nil {
		return fmt.Errorf("pushing to %s of %s: %w", branch, r.fullName(), err)
	}
	return r.move(u)
}

// refUpdate is one wish to move a ref. Pull is set when a pull request lands by it.
type refUpdate struct {
	Ref           string
	Before, After string
	Force         bool
	By            actor
	Pull          *Pull
	Method        string
}

func (u refUpdate) creates() bool { return u.Before == zeroSHA }
func (u refUpdate) deletes() bool { return u.After == zeroSHA }

// allowed says whether the ref may move: plain git rules first, then the branch's protection.
func (r *Repo) allowed(u refUpdate) error {
	switch {
	case u.Before == u.After:
		return nil
	case !u.deletes() && !r.git.has("commit", u.After) && strings.HasPrefix(u.Ref, "refs/heads/"):
		return errors.New("object does not exist")
	case r.rewrites(u) && !u.Force:
		return errNotFastForward
	case strings.HasPrefix(u.Ref, "refs/heads/gh-readonly-queue/"):
		return &protectedError{[]string{"Cannot update this branch: it belongs to the merge queue and is read-only."}}
	}
	if problems := r.refusals(u); len(problems) > 0 {
		return &protectedError{problems}
	}
	return nil
}

var errNotFastForward = errors.New("update is not a fast forward")

// rewrites reports whether the update would lose commits. Landing a pull request never does.
func (r *Repo) rewrites(u refUpdate) bool {
	return u.Pull == nil && !u.creates() && !u.deletes() && !r.git.contains(u.After, u.Before)
}

// move moves the ref and everything that hangs on it: activity, pull requests, events.
func (r *Repo) move(u refUpdate) error {
	if u.Before == u.After {
		return nil
	}
	forced := r.rewrites(u)
	if err := r.git.update(map[string]string{u.Ref: u.After}); err != nil {
		return err
	}
	branch, isBranch := strings.CutPrefix(u.Ref, "refs/heads/")
	if !isBranch && !strings.HasPrefix(u.Ref, "refs/tags/") {
		return nil // GitHub tells of branches and tags only
	}
	r.record(u, forced)
	r.s.emit(delivery{event: "push", repo: r, sender: u.By.account, body: r.pushJSON(u, forced)})
	if !isBranch {
		return nil
	}
	if !u.deletes() {
		r.requestSuites(u)
	}
	err := r.movePulls(u, branch, forced)
	r.queues[branch].advance() // what stood on the old tip is built anew
	return err
}

func (r *Repo) record(u refUpdate, forced bool) {
	kind := "push"
	switch {
	case u.Pull != nil:
		kind = "pr_merge"
	case u.creates():
		kind = "branch_creation"
	case u.deletes():
		kind = "branch_deletion"
	case forced:
		kind = "force_push"
	}
	r.pushed = r.s.now()
	r.activity = append(r.activity, activity{r.s.nextID(), u.Ref, u.Before, u.After, kind, u.By.account, r.pushed})
}

// requestSuites asks every app that writes checks for its opinion of the new tip.
func (r *Repo) requestSuites(u refUpdate) {
	for _, i := range r.s.installs {
		if i.sees(r) && i.can("checks", "write") && i.app.opts.WebhookURL != "" {
			suite := r.suite(i.app, u.After)
			r.s.emit(delivery{event: "check_suite", action: "requested", repo: r, only: i.app, sender: u.By.account,
				body: object{"check_suite": suite.json(true)}})
		}
	}
}

// movePulls tells the pull requests from and into the branch that it moved.
func (r *Repo) movePulls(u refUpdate, branch string, forced bool) error {
	var err error
	for _, o := range r.s.repos {
		for _, p := range o.pulls {
			if p.closed || p == u.Pull {
				continue
			}
			if p.headRepo == r && p.headBranch == branch {
				err = errors.Join(err, p.headMoved(u, forced))
			} else if o == r && p.baseBranch == branch {
				p.baseMoved(u)
			}
		}
	}
	return err
}

// headMoved follows the head branch: a new head, or the end of the pull request.
func (p *Pull) headMoved(u refUpdate, forced bool) error {
	if u.deletes() {
		p.close(u.By.account)
		return nil
	}
	p.leaveQueue(u.By.account, "UNKNOWN_REMOVAL_REASON")
	before := p.headSHA
	p.headSHA, p.baseSHA = u.After, orDefault(p.repo.git.branch(p.baseBranch), p.baseSHA)
	if err := p.repo.git.update(map[string]string{p.headRef(): p.headSHA}); err != nil {
		return err
	}
	if forced {
		p.event("HeadRefForcePushedEvent", u.By.account, before, p.headSHA)
	}
	p.emit("synchronize", u.By.account, object{"before": before, "after": p.headSHA})
	return nil
}

// baseMoved follows the target branch. GitHub calls a pull request merged when its head has become part of the
// branch, by whatever way, and says nothing about the others.
func (p *Pull) baseMoved(u refUpdate) {
	switch {
	case u.deletes():
		p.close(u.By.account)
	case p.repo.blind:
	case !u.creates() && p.repo.git.contains(u.After, p.headSHA) && !p.repo.git.contains(u.Before, p.headSHA):
		commits := p.repo.between(u.Before, p.headSHA)
		p.pushed = true
		p.land(p.entry(u), u.By.account, u.Before, commits)
	}
}

// entry is the first-parent commit of the push by which the head came into the branch.
func (p *Pull) entry(u refUpdate) string {
	at := u.After
	for {
		c, err := p.repo.git.commit(at)
		if err != nil || at == p.headSHA || len(c.Parents) == 0 || c.Parents[0] == u.Before || !p.repo.git.contains(c.Parents[0], p.headSHA) {
			return at
		}
		at = c.Parents[0]
	}
}

// land makes the pull request merged.
func (p *Pull) land(commit string, by *Account, base string, commits []string) {
	p.closed, p.mergeCommit, p.mergedBy, p.landed, p.landedBase = true, commit, by, commits, base
	if p.unnamed = p.repo.unnamed; !p.pushed {
		p.unnamed = max(p.unnamed, 0)
	}
	p.mergedAt = p.s.now()
	p.closedAt = p.mergedAt
	p.event("MergedEvent", by, "", commit)
	p.emit("closed", by, nil)
}
