package githubtest

import (
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

func resolvePeople(e *graphql.Engine) {
	e.Fields("Actor", accountFields())
	e.Fields("RepositoryOwner", map[string]graphql.Resolver{
		"repository": graphql.On(accountRepository),
	})
	// The API calls the app's account "sallyport[bot]" in REST and "sallyport" in GraphQL: only the id is the same.
	e.Field("Bot", "login", graphql.Get(func(a *Account) any { return strings.TrimSuffix(a.login, "[bot]") }))
	for _, typ := range []string{"User", "Bot", "Organization"} {
		e.Field(typ, "databaseId", graphql.Get(func(a *Account) any { return a.ID }))
		e.Field(typ, "createdAt", graphql.Get(func(a *Account) any { return a.created }))
		e.Field(typ, "updatedAt", graphql.Get(func(a *Account) any { return a.created }))
	}
	for _, typ := range []string{"User", "Organization"} {
		e.Field(typ, "name", graphql.Get(func(a *Account) any { return a.name }))
	}
	e.Fields("User", map[string]graphql.Resolver{
		// An address is public only when its owner makes it so; nobody here does.
		"email":       graphql.Get(func(*Account) any { return "" }),
		"isSiteAdmin": graphql.Get(func(*Account) any { return false }),
		"isViewer": graphql.On(func(ctx context.Context, a *Account, _ graphql.Args) (any, error) {
			return a == viewerOf(ctx).by.account, nil
		}),
		"organization": graphql.On(userOrganization),
	})
	e.Fields("Organization", map[string]graphql.Resolver{
		"team":            graphql.On(organizationTeam),
		"teams":           graphql.On(organizationTeams),
		"membersWithRole": graphql.On(organizationMembers),
	})
	e.Field("OrganizationMemberEdge", "role", graphql.Get(func(edge graphql.Edge) any {
		return strings.ToUpper(edge.Item.(memberNode).of.members[edge.Item.(memberNode).ID])
	}))
	resolveTeams(e)
	resolveApps(e)
}

func accountFields() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"login": graphql.Get(func(a *Account) any { return a.login }),
		"avatarUrl": graphql.Get(func(a *Account) any {
			return a.s.url + "/avatars/" + a.login
		}),
	}
}

func resolveTeams(e *graphql.Engine) {
	e.Fields("Team", map[string]graphql.Resolver{
		"databaseId":   graphql.Get(func(t *Team) any { return t.ID }),
		"slug":         graphql.Get(func(t *Team) any { return t.slug }),
		"name":         graphql.Get(func(t *Team) any { return t.name }),
		"combinedSlug": graphql.Get(func(t *Team) any { return t.org.login + "/" + t.slug }),
		"organization": graphql.Get(func(t *Team) any { return t.org }),
		"privacy":      graphql.Get(func(t *Team) any { _, word := t.privacy(); return word }),
		"createdAt":    graphql.Get(func(t *Team) any { return t.created }),
		"updatedAt":    graphql.Get(func(t *Team) any { return t.created }),
		"members":      graphql.On(teamMembers),
	})
	// A team here has no maintainers of its own; GitHub counts the organization's owners as such.
	e.Field("TeamMemberEdge", "role", graphql.Get(func(edge graphql.Edge) any {
		if m := edge.Item.(memberNode); m.of.members[m.ID] == "admin" {
			return "MAINTAINER"
		}
		return "MEMBER"
	}))
}

func resolveApps(e *graphql.Engine) {
	e.Fields("App", map[string]graphql.Resolver{
		"databaseId": graphql.Get(func(a *App) any { return a.ID }),
		"name":       graphql.Get(func(a *App) any { return a.opts.Name }),
		"slug":       graphql.Get(func(a *App) any { return a.opts.Slug }),
		"clientId":   graphql.Get(func(a *App) any { return a.opts.ClientID }),
		"createdAt":  graphql.Get(func(a *App) any { return a.create }),
		"updatedAt":  graphql.Get(func(a *App) any { return a.create }),
		"url":        graphql.Get(func(a *App) any { return a.s.url + "/apps/" + a.opts.Slug }),
	})
}

// memberNode is a person as a member of an organization, so that an edge can tell their role.
type memberNode struct {
	*Account
	of *Account
}

func connectMembers(people []*Account, of *Account, args graphql.Args) (any, error) {
	members := make([]memberNode, len(people))
	for i, a := range people {
		members[i] = memberNode{a, of}
	}
	return graphql.ConnectAs(members, args, func(m memberNode) string { return m.nodeID() }, func(m memberNode) any { return m.Account })
}

func teamMembers(ctx context.Context, t *Team, args graphql.Args) (any, error) {
	people := slices.DeleteFunc(slices.Clone(t.members), func(a *Account) bool { return a.alive() == nil })
	people = slices.DeleteFunc(people, func(a *Account) bool { return !mentions(a, args.String("query")) })
	if role := args.String("role"); role != "" {
		people = slices.DeleteFunc(people, func(a *Account) bool {
			return (t.org.members[a.ID] == "admin") != (role == "MAINTAINER")
		})
	}
	return connectMembers(people, t.org, args)
}

func organizationTeam(ctx context.Context, org *Account, args graphql.Args) (any, error) {
	if err := mustReadMembers(ctx, org); err != nil {
		return nil, err
	}
	return org.team(args.String("slug")), nil
}

func organizationTeams(ctx context.Context, org *Account, args graphql.Args) (any, error) {
	if err := mustHold(ctx, nil, "members", "read"); err != nil {
		return nil, err
	}
	teams := slices.Clone(org.teams)
	if logins := args.Strings("userLogins"); len(logins) > 0 {
		teams = slices.DeleteFunc(teams, func(t *Team) bool {
			return !slices.ContainsFunc(t.members, func(a *Account) bool { return containsFold(logins, a.login) })
		})
	}
	if q := args.String("query"); q != "" {
		teams = slices.DeleteFunc(teams, func(t *Team) bool { return !strings.Contains(t.slug, strings.ToLower(q)) })
	}
	return graphql.Connect(teams, args, func(t *Team) string { return t.slug })
}

func organizationMembers(ctx context.Context, org *Account, args graphql.Args) (any, error) {
	if err := mustReadMembers(ctx, org); err != nil {
		return nil, err
	}
	return connectMembers(org.people(), org, args)
}

func userOrganization(_ context.Context, a *Account, args graphql.Args) (any, error) {
	org := a.s.logins[strings.ToLower(args.String("login"))]
	if org == nil || org.members[a.ID] == "" {
		return nil, nil
	}
	return org, nil
}

func accountRepository(ctx context.Context, a *Account, args graphql.Args) (any, error) {
	return viewerOf(ctx).repository(a.login, args.String("name"), args.Bool("followRenames"))
}

// mentions reports whether a search for people finds the account.
func mentions(a *Account, query string) bool {
	query = strings.ToLower(query)
	return strings.Contains(strings.ToLower(a.login), query) || strings.Contains(strings.ToLower(a.name), query)
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(o string) bool { return strings.EqualFold(o, s) })
}

// mustReadMembers refuses an app what it may not know: an installation reads the members of its own organization alone.
func mustReadMembers(ctx context.Context, org *Account) error {
	if p := viewerOf(ctx).p; p.Install != nil && p.Install.account != org {
		return noAccess()
	}
	return mustHold(ctx, nil, "members", "read")
}
