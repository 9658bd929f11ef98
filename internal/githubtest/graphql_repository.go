package githubtest

import (
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
	"github.com/sallyport/sallyport/pull"
)

func resolveRepository(e *graphql.Engine) {
	e.Fields("Repository", repositoryFields())
	e.Fields("Repository", map[string]graphql.Resolver{
		"defaultBranchRef": graphql.On(func(ctx context.Context, r *Repo, _ graphql.Args) (any, error) {
			return r.refNode("refs/heads/" + r.main), nil
		}),
		"ref":                   graphql.On(repositoryRef),
		"refs":                  graphql.On(repositoryRefs),
		"object":                graphql.On(repositoryObject),
		"pullRequest":           graphql.On(repositoryPull),
		"pullRequests":          graphql.On(repositoryPulls),
		"collaborators":         graphql.On(repositoryCollaborators),
		"label":                 graphql.On(repositoryLabel),
		"labels":                graphql.On(repositoryLabels),
		"branchProtectionRules": graphql.On(repositoryProtections),
		"rulesets":              graphql.On(repositoryRulesets),
		"ruleset":               graphql.On(repositoryRuleset),
	})
	e.Field("RepositoryCollaboratorEdge", "permission", graphql.Get(func(edge graphql.Edge) any {
		c := edge.Item.(collaboratorNode)
		return permission(c.on.role(c.Account))
	}))
	e.Fields("Label", map[string]graphql.Resolver{
		"name":       graphql.Get(func(l *Label) any { return l.name }),
		"color":      graphql.Get(func(l *Label) any { return l.color }),
		"isDefault":  graphql.Get(func(*Label) any { return false }),
		"repository": graphql.Get(func(l *Label) any { return l.repo }),
	})
}

func repositoryFields() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"databaseId":          graphql.Get(func(r *Repo) any { return r.ID }),
		"name":                graphql.Get(func(r *Repo) any { return r.name }),
		"nameWithOwner":       graphql.Get(func(r *Repo) any { return r.fullName() }),
		"owner":               graphql.Get(func(r *Repo) any { return r.owner }),
		"parent":              graphql.Get(func(r *Repo) any { return r.parent }),
		"isArchived":          graphql.Get(func(r *Repo) any { return r.archived }),
		"isDisabled":          graphql.Get(func(*Repo) any { return false }),
		"isEmpty":             graphql.Get(func(r *Repo) any { return len(r.git.branches()) == 0 }),
		"isFork":              graphql.Get(func(r *Repo) any { return r.parent != nil }),
		"isInOrganization":    graphql.Get(func(r *Repo) any { return r.owner.kind == OrganizationKind }),
		"isPrivate":           graphql.Get(func(r *Repo) any { return r.private }),
		"visibility":          graphql.Get(func(r *Repo) any { return map[bool]string{true: "PRIVATE", false: "PUBLIC"}[r.private] }),
		"mergeCommitAllowed":  graphql.Get(func(r *Repo) any { return r.settings.Merge }),
		"squashMergeAllowed":  graphql.Get(func(r *Repo) any { return r.settings.Squash }),
		"rebaseMergeAllowed":  graphql.Get(func(r *Repo) any { return r.settings.Rebase }),
		"deleteBranchOnMerge": graphql.Get(func(r *Repo) any { return r.settings.DeleteBranch }),
		"autoMergeAllowed":    graphql.Get(func(*Repo) any { return false }),
		"allowUpdateBranch":   graphql.Get(func(*Repo) any { return true }),
		"createdAt":           graphql.Get(func(r *Repo) any { return r.created }),
		"updatedAt":           graphql.Get(func(r *Repo) any { return r.pushed }),
		"pushedAt":            graphql.Get(func(r *Repo) any { return r.pushed }),
		"viewerPermission":    graphql.On(viewerPermission),
		"viewerCanAdminister": graphql.On(func(ctx context.Context, r *Repo, _ graphql.Args) (any, error) {
			v := viewerOf(ctx)
			return v.by.install == nil && r.role(v.by.account) == pull.Admin, nil
		}),
	}
}

// viewerPermission is null for an app: it has permissions, not a role.
func viewerPermission(ctx context.Context, r *Repo, _ graphql.Args) (any, error) {
	if v := viewerOf(ctx); v.by.install == nil {
		return permission(r.role(v.by.account)), nil
	}
	return nil, nil
}

// permission is a role in GraphQL's words; null for none.
func permission(role pull.Role) any {
	if role == pull.NoRole {
		return nil
	}
	return strings.ToUpper(role.String())
}

func repositoryPull(ctx context.Context, r *Repo, args graphql.Args) (any, error) {
	if err := mustHold(ctx, r, "pull_requests", "read"); err != nil {
		return nil, err
	}
	number, _ := args.Int("number")
	if p := r.pull(number); p != nil {
		return p, nil
	}
	return nil, graphql.Faultf(graphql.NotFound, "Could not resolve to a PullRequest with the number of %d.", number)
}

func repositoryPulls(ctx context.Context, r *Repo, args graphql.Args) (any, error) {
	if err := mustHold(ctx, r, "pull_requests", "read"); err != nil {
		return nil, err
	}
	return connectPulls(r.pulls, args)
}

// connectPulls pages through pull requests by the filters that all lists of them share.
func connectPulls(pulls []*Pull, args graphql.Args) (any, error) {
	states, labels := args.Strings("states"), args.Strings("labels")
	pulls = slices.DeleteFunc(slices.Clone(pulls), func(p *Pull) bool {
		head, base := args.String("headRefName"), args.String("baseRefName")
		return head != "" && p.headBranch != head || base != "" && p.baseBranch != base ||
			len(states) > 0 && !slices.Contains(states, strings.ToUpper(p.state())) ||
			len(labels) > 0 && !slices.ContainsFunc(p.labels, func(l *Label) bool { return containsFold(labels, l.name) })
	})
	orderPulls(pulls, args.Object("orderBy"))
	return graphql.Connect(pulls, args, func(p *Pull) string { return nodeID("PR", p.ID) })
}

func orderPulls(pulls []*Pull, order graphql.Args) {
	slices.SortStableFunc(pulls, func(a, b *Pull) int {
		if order.String("direction") == "DESC" {
			a, b = b, a
		}
		if order.String("field") == "UPDATED_AT" {
			return a.updated.Compare(b.updated)
		}
		return a.Number - b.Number
	})
}

// collaboratorNode is a person as a collaborator of a repository, so that an edge can tell their permission.
type collaboratorNode struct {
	*Account
	on *Repo
}

func repositoryCollaborators(ctx context.Context, r *Repo, args graphql.Args) (any, error) {
	if v := viewerOf(ctx); v.by.install == nil && r.role(v.by.account) < pull.Write {
		return nil, graphql.Faultf(graphql.Forbidden, "You do not have permission to view repository collaborators.")
	}
	var people []collaboratorNode
	for _, a := range r.collaborators() {
		if a.kind == UserKind && collaborates(r, a, args) {
			people = append(people, collaboratorNode{a, r})
		}
	}
	return graphql.ConnectAs(people, args, func(c collaboratorNode) string { return c.nodeID() }, func(c collaboratorNode) any { return c.Account })
}

func collaborates(r *Repo, a *Account, args graphql.Args) bool {
	if login := args.String("login"); login != "" && !strings.EqualFold(login, a.login) {
		return false
	}
	switch args.String("affiliation") {
	case "DIRECT":
		return r.roles[a.ID] != pull.NoRole && mentions(a, args.String("query"))
	case "OUTSIDE":
		return r.owner.members[a.ID] == "" && a != r.owner && mentions(a, args.String("query"))
	}
	return mentions(a, args.String("query"))
}

func repositoryLabel(_ context.Context, r *Repo, args graphql.Args) (any, error) {
	for _, l := range r.labels {
		if strings.EqualFold(l.name, args.String("name")) {
			return l, nil
		}
	}
	return nil, nil
}

func repositoryLabels(_ context.Context, r *Repo, args graphql.Args) (any, error) {
	return connectLabels(r.labels, args)
}

func connectLabels(labels []*Label, args graphql.Args) (any, error) {
	return graphql.Connect(labels, args, func(l *Label) string { return l.name })
}
