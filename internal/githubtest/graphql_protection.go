package githubtest

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
	"github.com/sallyport/sallyport/pull"
)

// protectionNode is a classic rule in its repository.
type protectionNode struct {
	*Protection
	repo *Repo
}

func resolveProtection(e *graphql.Engine) {
	e.Fields("BranchProtectionRule", protectionFields())
	e.Fields("BranchProtectionRule", protectionReviews())
	e.Field("BranchProtectionRule", "id", graphql.Get(func(n protectionNode) any { return globalID(n.Protection) }))
	e.Fields("RequiredStatusCheckDescription", map[string]graphql.Resolver{
		"context": graphql.Get(func(n requiredNode) any { return n.Name }),
		"app":     graphql.Get(func(n requiredNode) any { return n.repo.s.apps[n.App] }),
	})
	e.Field("PushAllowance", "actor", graphql.Get(func(n allowanceNode) any { return n.actor }))
	e.Field("BypassPullRequestAllowance", "actor", graphql.Get(func(n allowanceNode) any { return n.actor }))
	e.Fields("RefUpdateRule", map[string]graphql.Resolver{
		"viewerCanPush": graphql.On(func(ctx context.Context, n protectionNode, _ graphql.Args) (any, error) {
			by := viewerOf(ctx).by
			return by.mayWrite(n.repo) && (!n.Restricted || n.mayPush(by) || n.exempt(n.repo, by)), nil
		}),
		"viewerAllowedToDismissReviews": graphql.On(func(ctx context.Context, n protectionNode, _ graphql.Args) (any, error) {
			return viewerOf(ctx).by.mayWrite(n.repo), nil
		}),
	})
	for field, r := range sharedProtection() {
		e.Field("RefUpdateRule", field, r)
		if field != "requiresSignatures" {
			e.Field("BranchProtectionRule", field, r)
		}
	}
}

// sharedProtection is what both the rule itself and its digest for everybody, RefUpdateRule, tell.
func sharedProtection() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"pattern":                     graphql.Get(func(n protectionNode) any { return n.Pattern }),
		"allowsDeletions":             graphql.Get(func(n protectionNode) any { return n.Deletions }),
		"allowsForcePushes":           graphql.Get(func(n protectionNode) any { return n.ForcePushes }),
		"blocksCreations":             graphql.Get(func(protectionNode) any { return false }),
		"requiredStatusCheckContexts": graphql.Get(func(n protectionNode) any { return n.contexts() }),
		"requiredApprovingReviewCount": graphql.Get(func(n protectionNode) any {
			if n.Reviews == 0 && !n.RequirePull {
				return nil
			}
			return n.Reviews
		}),
		"requiresCodeOwnerReviews":       graphql.Get(func(n protectionNode) any { return n.CodeOwners }),
		"requiresConversationResolution": graphql.Get(func(protectionNode) any { return false }),
		"requiresLinearHistory":          graphql.Get(func(n protectionNode) any { return n.Linear }),
		"requiresSignatures":             graphql.Get(func(n protectionNode) any { return n.Signed }),
	}
}

func protectionFields() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"databaseId":                 graphql.Get(func(n protectionNode) any { return n.ID }),
		"repository":                 graphql.Get(func(n protectionNode) any { return n.repo }),
		"isAdminEnforced":            graphql.Get(func(n protectionNode) any { return n.EnforceAdmins }),
		"lockBranch":                 graphql.Get(func(n protectionNode) any { return n.Locked }),
		"requiredStatusChecks":       graphql.Get(func(n protectionNode) any { return n.required() }),
		"requiresStatusChecks":       graphql.Get(func(n protectionNode) any { return len(n.Checks) > 0 || n.Strict }),
		"requiresStrictStatusChecks": graphql.Get(func(n protectionNode) any { return n.Strict }),
		"requiresCommitSignatures":   graphql.Get(func(n protectionNode) any { return n.Signed }),
		"requiresDeployments":        graphql.Get(func(protectionNode) any { return false }),
		"restrictsPushes":            graphql.Get(func(n protectionNode) any { return n.Restricted }),
		"pushAllowances":             graphql.On(pushAllowances),
		"matchingRefs": graphql.On(func(_ context.Context, n protectionNode, args graphql.Args) (any, error) {
			var refs []*refNode
			for _, name := range n.repo.git.branches() {
				if n.repo.protection(name) == n.Protection && strings.Contains(name, args.String("query")) {
					refs = append(refs, &refNode{n.repo, "refs/heads/" + name})
				}
			}
			return graphql.Connect(refs, args, func(n *refNode) string { return n.name })
		}),
	}
}

func protectionReviews() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"requiresApprovingReviews": graphql.Get(func(n protectionNode) any { return n.Reviews > 0 || n.RequirePull }),
		"dismissesStaleReviews":    graphql.Get(func(n protectionNode) any { return n.DismissStale }),
		"requireLastPushApproval":  graphql.Get(func(n protectionNode) any { return n.LastPush }),
		"bypassPullRequestAllowances": graphql.On(func(_ context.Context, n protectionNode, args graphql.Args) (any, error) {
			var all []allowanceNode
			for _, a := range n.PullApps {
				all = append(all, allowanceNode{a})
			}
			return graphql.Connect(all, args, func(n allowanceNode) string { return globalID(n.actor) })
		}),
		"restrictsReviewDismissals": graphql.Get(func(protectionNode) any {
			return false
		}),
	}
}

// requiredNode is a required check of a classic rule.
type requiredNode struct {
	RequiredCheck
	repo *Repo
}

func (n protectionNode) required() []requiredNode {
	all := make([]requiredNode, len(n.Checks))
	for i, c := range n.Checks {
		all[i] = requiredNode{c, n.repo}
	}
	return all
}

func (n protectionNode) contexts() []string {
	names := make([]string, len(n.Checks))
	for i, c := range n.Checks {
		names[i] = c.Name
	}
	return names
}

// allowanceNode is somebody who may move a restricted branch: a person, a team or an app.
type allowanceNode struct{ actor any }

func pushAllowances(_ context.Context, n protectionNode, args graphql.Args) (any, error) {
	var all []allowanceNode
	for _, a := range n.Pushers {
		all = append(all, allowanceNode{a})
	}
	for _, t := range n.PushTeams {
		all = append(all, allowanceNode{t})
	}
	for _, a := range n.PushApps {
		all = append(all, allowanceNode{a})
	}
	return graphql.Connect(all, args, func(n allowanceNode) string { return globalID(n.actor) })
}

// refProtection is only for those who may read the repository's administration.
func refProtection(ctx context.Context, n *refNode, _ graphql.Args) (any, error) {
	if v := viewerOf(ctx); v.by.install == nil && n.repo.role(v.by.account) < pull.Write {
		return nil, nil
	} else if v.by.install != nil {
		if err := mustHold(ctx, n.repo, "administration", "read"); err != nil {
			return nil, err
		}
	}
	return n.protection(), nil
}

// refUpdateRule is the same for everybody who sees the repository, and says less.
func refUpdateRule(_ context.Context, n *refNode, _ graphql.Args) (any, error) {
	return n.protection(), nil
}

func (n *refNode) protection() any {
	if p := n.repo.protection(n.branch()); p != nil && strings.HasPrefix(n.name, "refs/heads/") {
		return protectionNode{p, n.repo}
	}
	return nil
}

func repositoryProtections(ctx context.Context, r *Repo, args graphql.Args) (any, error) {
	if err := mustHold(ctx, r, "administration", "read"); err != nil {
		return nil, err
	}
	return graphql.ConnectAs(r.protections, args, func(p *Protection) string { return p.Pattern },
		func(p *Protection) any { return protectionNode{p, r} })
}
