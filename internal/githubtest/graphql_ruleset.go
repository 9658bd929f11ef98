package githubtest

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
	"github.com/sallyport/sallyport/pull"
)

// rulesetNode is a ruleset in its repository.
type rulesetNode struct {
	*Ruleset
	repo *Repo
}

// ruleNode is one rule of a ruleset.
type ruleNode struct {
	Rule
	set *rulesetNode
	at  int
}

func (n *rulesetNode) rules() []*ruleNode {
	all := make([]*ruleNode, len(n.Rules))
	for i, rule := range n.Rules {
		all[i] = &ruleNode{rule, n, i}
	}
	return all
}

func connectRules(rules []*ruleNode, args graphql.Args) (any, error) {
	return graphql.Connect(rules, args, func(n *ruleNode) string { return globalID(n) })
}

func resolveRulesets(e *graphql.Engine) {
	e.Fields("RepositoryRuleset", map[string]graphql.Resolver{
		"databaseId":  graphql.Get(func(n *rulesetNode) any { return n.ID }),
		"name":        graphql.Get(func(n *rulesetNode) any { return n.Name }),
		"enforcement": graphql.Get(func(n *rulesetNode) any { return strings.ToUpper(n.Enforcement) }),
		"target":      graphql.Get(func(*rulesetNode) any { return "BRANCH" }),
		"source":      graphql.Get(func(n *rulesetNode) any { return n.repo }),
		"createdAt":   graphql.Get(func(n *rulesetNode) any { return n.repo.created }),
		"updatedAt":   graphql.Get(func(n *rulesetNode) any { return n.repo.created }),
		"conditions": graphql.Get(func(n *rulesetNode) any {
			return object{"refName": object{"include": fullNames(n.Include), "exclude": fullNames(n.Exclude)},
				"repositoryId": nil, "repositoryName": nil, "repositoryProperty": nil}
		}),
		"rules":        graphql.On(rulesetRules),
		"bypassActors": graphql.On(rulesetBypass),
	})
	e.Fields("RepositoryRule", map[string]graphql.Resolver{
		"type":              graphql.Get(func(n *ruleNode) any { return strings.ToUpper(n.Type) }),
		"parameters":        graphql.Get(func(n *ruleNode) any { return n.parameters() }),
		"repositoryRuleset": graphql.Get(func(n *ruleNode) any { return n.set }),
	})
	e.Fields("RepositoryRulesetBypassActor", map[string]graphql.Resolver{
		"id":                       graphql.Get(func(n bypassNode) any { return n.id() }),
		"actor":                    graphql.Get(func(n bypassNode) any { return n.actor() }),
		"bypassMode":               graphql.Get(func(n bypassNode) any { return strings.ToUpper(orDefault(n.Mode, "always")) }),
		"deployKey":                graphql.Get(func(bypassNode) any { return false }),
		"enterpriseOwner":          graphql.Get(func(bypassNode) any { return false }),
		"organizationAdmin":        graphql.Get(func(n bypassNode) any { return n.OrganizationAdmin }),
		"repositoryRoleName":       graphql.Get(func(n bypassNode) any { return n.role(Bypass.roleName) }),
		"repositoryRoleDatabaseId": graphql.Get(func(n bypassNode) any { return n.role(Bypass.roleID) }),
		"repositoryRuleset":        graphql.Get(func(n bypassNode) any { return n.set }),
	})
}

// fullNames writes branch patterns as rulesets keep them, with the ref's prefix.
func fullNames(patterns []string) []string {
	full := make([]string, len(patterns))
	for i, p := range patterns {
		if full[i] = p; !strings.HasPrefix(p, "~") && !strings.HasPrefix(p, "refs/") {
			full[i] = "refs/heads/" + p
		}
	}
	return full
}

// refRules lists the rules of the active rulesets that speak of the branch; it needs no special permission.
func refRules(_ context.Context, n *refNode, args graphql.Args) (any, error) {
	var all []*ruleNode
	if strings.HasPrefix(n.name, "refs/heads/") {
		for _, rs := range n.repo.rulesetsFor(n.branch()) {
			if rs.Enforcement == "active" {
				all = append(all, (&rulesetNode{rs, n.repo}).rules()...)
			}
		}
	}
	return connectRules(all, args)
}

func repositoryRulesets(_ context.Context, r *Repo, args graphql.Args) (any, error) {
	var sets []*rulesetNode
	for _, rs := range r.rulesets {
		if targets := args.Strings("targets"); len(targets) == 0 || containsFold(targets, "BRANCH") {
			sets = append(sets, &rulesetNode{rs, r})
		}
	}
	return graphql.Connect(sets, args, func(n *rulesetNode) string { return globalID(n) })
}

func repositoryRuleset(_ context.Context, r *Repo, args graphql.Args) (any, error) {
	id, _ := args.Int("databaseId")
	for _, rs := range r.rulesets {
		if rs.ID == int64(id) {
			return &rulesetNode{rs, r}, nil
		}
	}
	return nil, nil
}

func rulesetRules(_ context.Context, n *rulesetNode, args graphql.Args) (any, error) {
	var rules []*ruleNode
	for _, rule := range n.rules() {
		if typ := args.String("type"); typ == "" || strings.EqualFold(typ, rule.Type) {
			rules = append(rules, rule)
		}
	}
	return connectRules(rules, args)
}

// bypassNode is somebody who stands above a ruleset.
type bypassNode struct {
	Bypass
	set *rulesetNode
	at  int
}

func (n bypassNode) id() string {
	return gitNodeID("RRBA", n.set.repo.ID, fmt.Sprintf("%d:%d", n.set.ID, n.at))
}

// actor is null for roles and administrators: they are told by other fields.
func (n bypassNode) actor() any {
	switch {
	case n.App != nil:
		return n.App
	case n.Team != nil:
		return n.Team
	}
	return nil
}

func (b Bypass) roleName() any { return b.Role.String() }
func (b Bypass) roleID() any   { return roleIDs[b.Role.String()] }

func (n bypassNode) role(of func(Bypass) any) any {
	if n.Role == pull.NoRole {
		return nil
	}
	return of(n.Bypass)
}

// rulesetBypass is null for those who may not write the ruleset.
func rulesetBypass(ctx context.Context, n *rulesetNode, args graphql.Args) (any, error) {
	if mustHold(ctx, n.repo, "administration", "write") != nil {
		return nil, nil
	}
	nodes := make([]bypassNode, len(n.Ruleset.Bypass))
	for i, b := range n.Ruleset.Bypass {
		nodes[i] = bypassNode{b, n, i}
	}
	return graphql.Connect(nodes, args, bypassNode.id)
}
