package githubtest

import (
	"errors"
	"time"
)

// The mergeabilities, in GraphQL's words.
const (
	mergeUnknown     = "UNKNOWN"
	mergeable        = "MERGEABLE"
	mergeConflicting = "CONFLICTING"
)

// mergeState is what GitHub knows of merging a head into a base. It is worked out lazily: somebody has to ask, and asks
// again. Until then the test merge of earlier days is still shown, wrong as it may be.
type mergeState struct {
	state string
	sha   string // the test merge commit, parents (base, head); of an earlier base where only that moved
	base  string // the pair that the state is about
	head  string
	made  time.Time // when sha was
	of    string    // the head that sha merges
	fork  string    // the merge base that it was made for
	into  string    // the branch that it was made for
	asks  int
	first time.Time // of the asks for this pair
	call  int64     // the API call that asked last
}

// askMergeability answers what is known now, and thereby makes GitHub find out. All asks within one API call count once.
func (s *Server) askMergeability(p *Pull) mergeState {
	base := p.baseTip()
	if p.closed || base == "" {
		return mergeState{state: mergeUnknown, sha: p.test.sha}
	}
	t := &p.test
	if t.base != base || t.head != p.headSHA {
		*t = mergeState{state: mergeUnknown, sha: t.sha, made: t.made, of: t.of, fork: t.fork, into: t.into, base: base, head: p.headSHA, first: s.clock()}
	}
	if t.state != mergeUnknown {
		return *t
	}
	if t.call != s.serial || t.call == 0 {
		t.asks, t.call = t.asks+1, s.serial
	}
	if t.asks > s.patience() || s.opts.MergeabilityDelay > 0 && s.clock().Sub(t.first) >= s.opts.MergeabilityDelay {
		s.testMerge(p)
	}
	return *t
}

// patience is how many asks go unanswered.
func (s *Server) patience() int {
	switch {
	case s.opts.MergeabilityAsks == 0:
		return 1
	case s.opts.MergeabilityAsks < 0:
		return 0
	}
	return s.opts.MergeabilityAsks
}

// SetMergeability changes how many asks go unanswered after head or base moved, see Options.MergeabilityAsks.
func (s *Server) SetMergeability(asks int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.MergeabilityAsks = asks
}

// testMergeAge is how old a test merge becomes before GitHub makes another by itself.
const testMergeAge = 12 * time.Hour

// keepsTestMerge reports whether only the base moved: since February 2026 GitHub then works out whether the pull request can be
// merged, and leaves the commit that it shows as it is.
func (s *Server) keepsTestMerge(p *Pull) bool {
	t := p.test
	return !s.opts.RemakesTestMerges && t.sha != "" && t.of == p.headSHA && t.into == p.baseBranch && t.fork == p.repo.mergeBase(t.base, p.headSHA) && s.clock().Sub(t.made) < testMergeAge
}

// RemakeTestMerges has test merges made for the present bases from now on, see Options.RemakesTestMerges.
func (s *Server) RemakeTestMerges() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.RemakesTestMerges = true
	for _, r := range s.repos {
		for _, p := range r.pulls {
			p.test.base = ""
		}
	}
}

// testMerge makes the test merge commit and points refs/pull/N/merge at it; a conflict leaves neither.
func (s *Server) testMerge(p *Pull) {
	if s.keepsTestMerge(p) {
		if _, err := p.repo.git.mergeTree(p.test.base, p.headSHA); err == nil {
			p.test.state = mergeable
			return
		}
	}
	message := "Merge " + p.headSHA + " into " + p.test.base
	sha, err := s.mergeCommit(p.repo, p.test.base, p.headSHA, s.identity(p.author), message)
	switch {
	case errors.Is(err, errConflict):
		p.test.state, p.test.sha = mergeConflicting, ""
	case err != nil:
		s.violations.add("test merge of %s: %v", p.ref(), err)
		return
	default:
		p.test.state, p.test.sha, p.test.of, p.test.made = mergeable, sha, p.headSHA, s.clock()
		p.test.into = p.baseBranch
		p.test.fork = p.repo.mergeBase(p.test.base, p.headSHA)
	}
	if err := p.repo.git.update(map[string]string{p.mergeRef(): p.test.sha}); err != nil {
		s.violations.add("test merge of %s: %v", p.ref(), err)
	}
}

// mergeStateStatus is GraphQL's summary of whether the pull request could land now: UNKNOWN, DIRTY, DRAFT, BLOCKED,
// BEHIND, UNSTABLE or CLEAN.
func (s *Server) mergeStateStatus(p *Pull) string {
	m := s.askMergeability(p)
	switch {
	case p.closed || m.state == mergeUnknown:
		return "UNKNOWN"
	case m.state == mergeConflicting:
		return "DIRTY"
	case p.draft:
		return "DRAFT"
	}
	u := refUpdate{Ref: "refs/heads/" + p.baseBranch, Before: m.base, After: p.headSHA, Pull: p, By: actor{account: p.author}}
	problems := p.repo.refusals(u)
	switch {
	case len(problems) == 1 && problems[0] == behindMessage:
		return "BEHIND"
	case len(problems) > 0:
		return "BLOCKED"
	case p.unstable():
		return "UNSTABLE"
	}
	return "CLEAN"
}

const behindMessage = "The head branch is not up to date with the base branch."

// unstable reports whether some check that nobody requires is not green.
func (p *Pull) unstable() bool {
	for _, c := range latest(p.repo.runsBySHA[p.headSHA]) {
		if p.repo.checkState(p.headSHA, RequiredCheck{Name: c.name, App: c.app.ID}) != "success" {
			return true
		}
	}
	for _, st := range p.repo.latestStatuses(p.headSHA) {
		if st.state != "success" {
			return true
		}
	}
	return false
}

// rollup is the combined state of all checks on a commit: SUCCESS, FAILURE, PENDING, or empty for no checks.
func (r *Repo) rollup(sha string) string {
	state := ""
	runs, statuses := latest(r.runsBySHA[sha]), r.latestStatuses(sha)
	for _, c := range runs {
		switch r.checkState(sha, RequiredCheck{Name: c.name, App: c.app.ID}) {
		case "failing":
			return "FAILURE"
		case "pending":
			state = "PENDING"
		}
	}
	for _, st := range statuses {
		switch st.state {
		case "failure", "error":
			return "FAILURE"
		case "pending":
			state = "PENDING"
		}
	}
	if state == "" && len(runs)+len(statuses) > 0 {
		state = "SUCCESS"
	}
	return state
}
