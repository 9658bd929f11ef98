package hub

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// rulesOf gathers what classic protection, rulesets and the repository's settings together demand of the base.
// unreadable carries why a part of them could not be read.
func rulesOf(repo repositoryFacts, unreadable string) pull.Rules {
	rules := pull.Rules{Unreadable: unreadable, Allowed: allowedBy(repo), Queue: repo.Pull.Queue}
	if decision := repo.Pull.Reviewed; decision != "APPROVED" {
		rules.Unreviewed = strings.ToLower(decision)
	}
	base := repo.Pull.Base
	if base == nil {
		return rules
	}
	if base.Protection != nil {
		addProtection(&rules, *base.Protection)
	}
	if base.Visible != nil {
		addVisible(&rules, base)
	}
	if base.Rules != nil {
		for _, r := range base.Rules.Nodes {
			addRule(&rules, r)
		}
	}
	if rules.Linear {
		rules.Allowed = without(rules.Allowed, pull.MethodMerge)
	}
	return rules
}

func allowedBy(repo repositoryFacts) []string {
	var allowed []string
	for _, m := range []struct {
		name string
		on   bool
	}{{pull.MethodMerge, repo.Merge}, {pull.MethodSquash, repo.Squash}, {pull.MethodRebase, repo.Rebase}} {
		if m.on {
			allowed = append(allowed, m.name)
		}
	}
	return allowed
}

const classic = "branch protection"

func addProtection(rules *pull.Rules, p protectionFacts) {
	rules.Linear = rules.Linear || p.Linear
	rules.Signed, rules.SignedClassic = rules.Signed || p.Signed, rules.SignedClassic || p.Signed
	if !p.RequiresChecks {
		return
	}
	rules.Strict = rules.Strict || p.Strict
	for _, c := range p.Checks {
		required := pull.RequiredCheck{Name: c.Context, From: classic}
		if c.App != nil {
			required.App = c.App.ID
		}
		rules.Checks = append(rules.Checks, required)
	}
}

// addVisible adds what GitHub shows of classic protection to everybody: where the app may not read the protection
// itself, the names of the required checks are better than nothing.
func addVisible(rules *pull.Rules, base *targetFacts) {
	rules.Linear = rules.Linear || base.Visible.Linear
	rules.Signed, rules.SignedClassic = rules.Signed || base.Visible.Signed, rules.SignedClassic || base.Visible.Signed
	for _, name := range base.Visible.Checks {
		known := slices.ContainsFunc(rules.Checks, func(c pull.RequiredCheck) bool { return c.Name == name })
		if !known {
			rules.Checks = append(rules.Checks, pull.RequiredCheck{Name: name, From: classic})
		}
	}
}

func addRule(rules *pull.Rules, r ruleFacts) {
	from := "ruleset"
	if r.Ruleset != nil {
		if r.Ruleset.Enforcement == "DISABLED" || r.Ruleset.Enforcement == "EVALUATE" {
			return
		}
		from = fmt.Sprintf("ruleset %s", r.Ruleset.Name)
	}
	switch r.Type {
	case "REQUIRED_LINEAR_HISTORY":
		rules.Linear = true
	case "REQUIRED_SIGNATURES":
		rules.Signed = true
	case "MERGE_QUEUE":
		rules.Queue = true
	case "UPDATE":
		rules.Updates = from
	case "LOCK_BRANCH":
		rules.Locked = from
	case "REQUIRED_DEPLOYMENTS":
		rules.Deployments = from
	}
	demand(rules, r)
	if r.Parameters == nil {
		return
	}
	rules.Strict = rules.Strict || r.Parameters.Strict
	for _, c := range r.Parameters.Checks {
		rules.Checks = append(rules.Checks, pull.RequiredCheck{Name: c.Context, App: c.Integration, From: from})
	}
	if r.Parameters.Methods != nil {
		rules.Allowed = slices.DeleteFunc(rules.Allowed, func(m string) bool {
			return !slices.ContainsFunc(r.Parameters.Methods, func(allowed string) bool { return strings.EqualFold(allowed, m) })
		})
	}
}

// demand notes which ruleset asks for what a commit that is pushed to the branch cannot have.
func demand(rules *pull.Rules, r ruleFacts) {
	if r.Ruleset == nil || !slices.Contains([]string{"MERGE_QUEUE", "PULL_REQUEST", "REQUIRED_SIGNATURES", "REQUIRED_STATUS_CHECKS", "UPDATE"}, r.Type) {
		return
	}
	word := strings.ToLower(r.Type)
	for i, known := range rules.Rulesets {
		if known.ID == r.Ruleset.ID {
			rules.Rulesets[i].Demands = append(known.Demands, word)
			return
		}
	}
	rules.Rulesets = append(rules.Rulesets, pull.Ruleset{ID: r.Ruleset.ID, Name: r.Ruleset.Name, Demands: []string{word}})
}

func without(list []string, word string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == word })
}
