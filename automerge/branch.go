package automerge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// classicProtection is what rules that no ruleset makes are said to come from.
const classicProtection = "branch protection"

// passRuleset is the way out where rulesets are in the way.
const passRuleset = "or make the app a bypass actor (Always) of that ruleset."

// branchObstacles finds settings that would make GitHub refuse the landing, before it is tried.
func (c Case) branchObstacles() []pull.Reason {
	rules := c.Request.Rules
	if rules.Unreadable != "" {
		return []pull.Reason{setting("rules-unreadable", "The branch's rules cannot be read: "+rules.Unreadable+".",
			"Grant the permission to the GitHub App and accept it on the installation.")}
	}
	var out []pull.Reason
	if rules.Strict && !c.upToDate() && !c.queues() && !c.glassExactly() { // a queue builds on the tip by itself
		out = append(out, c.notCurrent("behind",
			fmt.Sprintf("%s requires branches to be up to date, and this one is behind.", c.Request.Base.Branch)))
	}
	if c.Policy != nil {
		out = append(out, c.closed()...)
		out = append(out, c.unreviewed()...)
		out = append(out, c.methodObstacles()...)
	}
	return out
}

func (c Case) methodObstacles() []pull.Reason {
	method, rules := c.Policy.MethodFor(c.Request), c.Request.Rules
	branch := c.Request.Base.Branch
	switch {
	case rules.Queue && c.glassExactly():
		return append(c.queuePast(), c.exactObstacles()...)
	case rules.Queue && method != pull.MethodQueue:
		return []pull.Reason{setting("queue-required",
			fmt.Sprintf("%s requires GitHub's merge queue, and the policy lands by %s.", branch, method),
			"Set automerge.method to queue, or drop the merge queue rule.")}
	case method == pull.MethodQueue:
		return c.queueObstacles()
	case method == pull.MethodExact:
		return c.exactObstacles()
	case len(c.unverified()) > 0:
		return c.unverified()
	case rules.Linear && method == pull.MethodMerge:
		return []pull.Reason{setting("linear-history",
			fmt.Sprintf("%s requires a linear history, and the policy lands by merge commits.", branch),
			"Set automerge.method to squash or rebase, or drop the rule.")}
	case method == pull.MethodFastForward && len(c.barred("update")) > 0:
		return c.updateBarred()
	case rules.Linear && method == pull.MethodFastForward && c.mergesOnTheWay() != "":
		return []pull.Reason{setting("linear-history",
			fmt.Sprintf("%s requires a linear history, and %.10s, which would stand in it, is a merge commit.", branch, c.mergesOnTheWay()),
			"Rebase the branch so that it holds no merge commit, set automerge.method to squash or rebase, or drop the rule.")}
	case rules.Signed && method == pull.MethodRebase:
		return []pull.Reason{setting("signed-rebase",
			fmt.Sprintf("%s requires signed commits, and GitHub cannot sign rebased ones.", branch),
			"Set automerge.method to merge or squash, or drop the rule.")}
	case method == pull.MethodFastForward && !c.upToDate() && !rules.Strict:
		return []pull.Reason{c.notCurrent("not-fast-forward",
			fmt.Sprintf("The policy lands by moving %s forward, and this branch does not descend from its tip.", branch))}
	case method != pull.MethodFastForward && !slices.Contains(rules.Allowed, method):
		return []pull.Reason{setting("method-not-allowed",
			fmt.Sprintf("The repository does not allow landing by %s (allowed: %s).", method, strings.Join(rules.Allowed, ", ")),
			"Allow it in the repository's settings, or change automerge.method.")}
	}
	return nil
}

// mergesOnTheWay finds a merge commit among those that a fast-forward would put on the branch.
func (c Case) mergesOnTheWay() string {
	for _, commit := range c.Request.Commits {
		if len(commit.Parents) > 1 {
			return commit.SHA
		}
	}
	return ""
}

func setting(code, message, next string) pull.Reason {
	return pull.Reason{Code: code, State: pull.Block, Message: message, Next: next}
}

// upToDate reports whether the head contains the tip of the base. The commits that the head adds are all listed, so
// the tip is an ancestor exactly when it is a parent of one of them.
func (c Case) upToDate() bool {
	r := c.Request
	if len(r.Commits) < r.CommitsTotal {
		return false
	}
	for _, commit := range r.Commits {
		if slices.Contains(commit.Parents, r.Base.SHA) {
			return true
		}
	}
	return false
}
