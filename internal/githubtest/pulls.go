package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Pull is a pull request.
type Pull struct {
	ID     int64 // never changes
	Number int   // never changes

	s          *Server
	repo       *Repo
	author     *Account
	title      string
	body       string
	edited     time.Time // when the body was changed
	editor     *Account  // who changed it last; nil for nobody
	draft      bool
	closed     bool
	headRepo   *Repo // nil once the fork is gone
	headBranch string
	headSHA    string
	baseBranch string
	baseSHA    string // the base's tip when the head last moved: GitHub's own, stale idea of the base
	labels     []*Label
	reviews    []*Review

	askedPeople []*Account // whose review was asked for and has not come
	askedTeams  []*Team

	comments  []*Comment
	remarks   []*Remark
	test      mergeState
	canModify bool
	autoMerge *autoMerge // nil while nobody switched it on

	mergeCommit string // what landed, once merged
	pushed      bool   // a push brought it in
	unnamed     int    // reads that do not name it yet; negative for good
	mergedBy    *Account
	mergedAt    time.Time
	landed      []string // its commits, fixed at landing, oldest first
	landedBase  string   // the base's tip just before landing
	closedAt    time.Time
	created     time.Time
	updated     time.Time
	events      []timelineEvent
}

// timelineEvent is one line of the pull request's conversation, for those who read timelines.
type timelineEvent struct {
	Kind   string // GraphQL type name: HeadRefForcePushedEvent, BaseRefChangedEvent, ClosedEvent, MergedEvent, …
	Actor  *Account
	Before string
	After  string
	At     time.Time
}

// OpenOption varies how a pull request is opened.
type OpenOption func(*Pull)

// Draft opens the pull request as a draft.
func Draft() OpenOption { return func(p *Pull) { p.draft = true } }

// Body gives the pull request a description.
func Body(text string) OpenOption { return func(p *Pull) { p.body = text } }

// FromFork takes the head branch from a fork.
func FromFork(fork *Repo) OpenOption { return func(p *Pull) { p.headRepo = fork } }

// MaintainersMayModify lets those who may write the target push to the fork's branch.
func MaintainersMayModify() OpenOption { return func(p *Pull) { p.canModify = true } }

// OpenPull opens a pull request from the head branch into the base branch.
func (r *Repo) OpenPull(author *Account, title, head, base string, opts ...OpenOption) (*Pull, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	p := &Pull{s: r.s, repo: r, author: author, title: title, headRepo: r, headBranch: head, baseBranch: base, created: r.s.now()}
	for _, o := range opts {
		o(p)
	}
	p.headSHA, p.baseSHA = p.headRepo.git.branch(head), r.git.branch(base)
	switch {
	case p.headSHA == "" || p.baseSHA == "":
		return nil, fmt.Errorf("opening %q: branch %s or %s does not exist", title, head, base)
	case len(r.between(p.baseSHA, p.headSHA)) == 0:
		return nil, fmt.Errorf("opening %q: no commits between %s and %s", title, base, head)
	}
	for _, o := range r.pulls {
		if !o.closed && o.headRepo == p.headRepo && o.headBranch == head && o.baseBranch == base {
			return nil, fmt.Errorf("opening %q: pull request #%d exists for %s", title, o.Number, head)
		}
	}
	r.lastNumber++
	p.ID, p.Number, p.updated = r.s.nextID(), r.lastNumber, p.created
	r.pulls = append(r.pulls, p)
	if err := r.git.update(map[string]string{p.headRef(): p.headSHA}); err != nil {
		return nil, err
	}
	p.emit("opened", author, nil)
	return p, nil
}

// FindPull finds a pull request by number.
func (r *Repo) FindPull(number int) (*Pull, bool) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	p := r.pull(number)
	return p, p != nil
}

// Pulls lists the repository's pull requests, oldest first.
func (r *Repo) Pulls() []*Pull {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return slices.Clone(r.pulls)
}

func (r *Repo) pull(number int) *Pull {
	for _, p := range r.pulls {
		if p.Number == number {
			return p
		}
	}
	return nil
}

// Head is the head's SHA as GitHub shows it.
func (p *Pull) Head() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.headSHA
}

// Base is the name of the target branch.
func (p *Pull) Base() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.baseBranch
}

// State is "open", "closed" or "merged".
func (p *Pull) State() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.state()
}

func (p *Pull) state() string {
	switch {
	case p.merged():
		return "merged"
	case p.closed:
		return "closed"
	}
	return "open"
}

// Merged is the SHA that landed, empty before.
func (p *Pull) Merged() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.mergeCommit
}

func (p *Pull) merged() bool { return p.mergeCommit != "" }

// named is the commit that GitHub names for what landed; empty while it names none.
func (p *Pull) named() string {
	if p.unnamed != 0 {
		p.unnamed = max(p.unnamed-1, -1)
		return ""
	}
	return p.mergeCommit
}

func (p *Pull) ref() string { return fmt.Sprintf("%s#%d", p.repo.fullName(), p.Number) }

func (p *Pull) headRef() string { return fmt.Sprintf("refs/pull/%d/head", p.Number) }

func (p *Pull) mergeRef() string { return fmt.Sprintf("refs/pull/%d/merge", p.Number) }

// headTip is where the head branch is now; empty when branch or fork are gone.
func (p *Pull) headTip() string {
	if p.headRepo == nil {
		return ""
	}
	return p.headRepo.git.branch(p.headBranch)
}

// fromFork reports whether the head lives in another repository, or did.
func (p *Pull) fromFork() bool { return p.headRepo != p.repo }

// baseTip is where the target branch is now, or was just before landing.
func (p *Pull) baseTip() string {
	if p.merged() {
		return p.landedBase
	}
	return p.repo.git.branch(p.baseBranch)
}

// commits lists the pull request's commits, oldest first.
func (p *Pull) commits() []string {
	if p.merged() {
		return p.landed
	}
	base := p.baseTip()
	if base == "" {
		base = p.baseSHA
	}
	return p.repo.between(base, p.headSHA)
}

func (p *Pull) event(kind string, by *Account, before, after string) {
	p.events = append(p.events, timelineEvent{Kind: kind, Actor: by, Before: before, After: after, At: p.s.now()})
}

// emit announces a change of the pull request.
func (p *Pull) emit(action string, by *Account, more object) {
	p.updated = p.s.now()
	body := object{"number": p.Number, "pull_request": p.json()}
	for k, v := range more {
		body[k] = v
	}
	p.s.emit(delivery{event: "pull_request", action: action, repo: p.repo, sender: by, body: body})
}

// node finds one of the pull request's numbered things by the kind of its node id; nil for none.
func (p *Pull) node(kind string, id int64) any {
	for _, r := range p.reviews {
		if kind == "PRR" && r.ID == id {
			return r
		}
	}
	for _, c := range p.comments {
		if kind == "IC" && c.ID == id {
			return c
		}
	}
	return nil
}

// changed lists what the pull request changes since its merge base.
func (p *Pull) changed() ([]fileChange, error) {
	base := p.baseTip()
	if base == "" {
		base = p.baseSHA
	}
	return p.s.diff(p.repo, p.repo.mergeBase(base, p.headSHA), p.headSHA)
}

// workflows lists the workflow files that landing the head would change.
func (p *Pull) workflows() []string {
	var hits []string
	files, _ := p.changed()
	for _, f := range files {
		if strings.HasPrefix(f.Path, ".github/workflows/") || strings.HasPrefix(f.Previous, ".github/workflows/") {
			hits = append(hits, f.Path)
		}
	}
	return hits
}
