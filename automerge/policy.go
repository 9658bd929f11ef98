// Package automerge judges whether a pull request can land: its required checks, its vetoes, the branch's own
// rules, and whether our green checks are really there. It decides; it lands nothing.
package automerge

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Policy is the automerge section of a repository's policy. Its presence turns landing on.
type Policy struct {
	// Method is how the pull request lands where none of Methods fits: exact, merge, squash, rebase, ff-only or queue.
	Method string
	// Methods are looked through in order; the first whose condition holds decides.
	Methods []Choice
	// Checks are required beyond what the branch's rules require.
	Checks []RequiredCheck
	// AllowNoChecks lets a pull request land where nothing at all is required.
	AllowNoChecks bool
	// CheckDeadline is how long a required check may take to start before it is told of by name; 0 means StartWithin.
	CheckDeadline time.Duration
	// If is what asks for the landing; nil lets every pull request land that nothing holds back.
	If *Match
	// Priority lists the labels that have a pull request go before others when its turn is decided.
	Priority []string
	// Unless holds vetoes, which win over everything; nil holds nothing back.
	Unless *Match
	// Squash and Merge say what the landed commit tells. A rebase and a fast-forward make no commit of their own.
	Squash, Merge Text
	// DeleteBranch has the head branch deleted after landing.
	DeleteBranch bool
	// Batch has several land by one movement of the branch.
	Batch Batch
	// Update keeps branches up to date with their target; nil leaves that to people.
	Update *Update
}

// Choice is a method with the condition under which it is the one.
type Choice struct {
	Method string
	If     Match
}

// RequiredCheck is a check that the policy requires. Success satisfies it, and what else Accept lists.
type RequiredCheck struct {
	Name   string
	App    int64    // only this app's check runs count; 0 takes anybody's word, be it a commit status
	Accept []string // conclusions: neutral, skipped
}

// Update says which pull requests are kept up to date with their target: those that If asks for (all, where it is nil)
// and Unless does not hold back.
type Update struct {
	If, Unless   *Match
	IgnoreDrafts bool
	Checks       []string // must be green before
}

// MethodFor is how r lands. What is in GitHub's merge queue lands through it, whoever put it there.
func (p *Policy) MethodFor(r pull.Request) string {
	switch {
	case r.Queued != nil, p == nil && r.Rules.Queue:
		return pull.MethodQueue
	case p == nil:
		return pull.MethodMerge
	}
	for _, c := range p.Methods {
		if _, ok := c.If.asked(r); ok {
			return c.Method
		}
	}
	return p.Method
}

// Replays reports whether a landing may put each commit of the pull request on the target branch by itself.
func (p *Policy) Replays() bool {
	if p == nil {
		return false
	}
	replays := p.Method == pull.MethodRebase || p.Method == pull.MethodFastForward
	for _, c := range p.Methods {
		replays = replays || c.Method == pull.MethodRebase || c.Method == pull.MethodFastForward
	}
	return replays
}

// Exact reports whether anything may land by exact.
func (p *Policy) Exact() bool {
	return p.Method == pull.MethodExact || slices.ContainsFunc(p.Methods, func(c Choice) bool { return c.Method == pull.MethodExact })
}

// Hurries reports whether one of the labels gives priority. Without an automerge section, none does.
func (p *Policy) Hurries(labels []string) bool {
	return p != nil && slices.ContainsFunc(labels, func(have string) bool {
		return slices.ContainsFunc(p.Priority, func(want string) bool { return strings.EqualFold(have, want) })
	})
}
