package automerge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// closed finds settings that keep this app from landing anything on the branch, whatever the method.
func (c Case) closed() []pull.Reason {
	rules, branch := c.Request.Rules, c.Request.Base.Branch
	var out []pull.Reason
	add := func(by, code, message, next string) {
		if by == "" {
			return
		}
		r := setting(code, fmt.Sprintf(message, branch), next)
		r.Evidence = map[string]string{"setting": by}
		out = append(out, r)
	}
	add(rules.Locked, "branch-locked", "%s is locked: nothing lands on it.", "Switch \"Lock branch\" off, or freeze it with Sallyport instead.")
	add(rules.Restricted, "push-restricted", "Only some may push to %s, and the Sallyport app is not among them.",
		"Add the app under \"Restrict who can push to matching branches\".")
	add(rules.Updates, "updates-restricted", "A ruleset restricts updates of %s, and the Sallyport app may not pass it by.",
		"Add the app to the ruleset's bypass list, or drop \"Restrict updates\".")
	add(rules.Deployments, "deployments-required", "%s requires deployments to succeed before a landing, which Sallyport does not wait for.",
		"Drop \"Require deployments to succeed\", or require a check that the deployment reports.")
	if lacks := c.lacks(); len(lacks) > 0 {
		r := setting("permission-missing", fmt.Sprintf("The Sallyport app may not write %s, without which it cannot land this.", strings.Join(lacks, " and ")),
			"Give the app the permission in its settings, and accept that on the installation.")
		r.Evidence = map[string]string{"permissions": strings.Join(lacks, ", ")}
		out = append(out, r)
	}
	return out
}

// lacks are the missing permissions that this landing needs: the one for workflow files only where it changes one.
func (c Case) lacks() []string {
	return slices.DeleteFunc(slices.Clone(c.Request.Rules.Lacks), func(name string) bool {
		return name == "merge_queues" && !c.queues() || name == "workflows" && !slices.ContainsFunc(c.Request.Files, func(f pull.File) bool { return strings.HasPrefix(f.Path, ".github/workflows/") })
	})
}
