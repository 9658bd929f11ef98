package githubtest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

func resolveQuery(e *graphql.Engine) {
	e.Fields("Query", map[string]graphql.Resolver{
		"repository": func(ctx context.Context, _ any, args graphql.Args) (any, error) {
			return viewerOf(ctx).repository(args.String("owner"), args.String("name"), args.Bool("followRenames"))
		},
		"user":            accountQuery("User", UserKind),
		"organization":    accountQuery("Organization", OrganizationKind),
		"repositoryOwner": ownerQuery,
		"viewer": func(ctx context.Context, _ any, _ graphql.Args) (any, error) {
			return viewerOf(ctx).by.account, nil
		},
		"node": func(ctx context.Context, _ any, args graphql.Args) (any, error) {
			return viewerOf(ctx).node(args.String("id"))
		},
		"nodes":     nodesQuery,
		"rateLimit": rateLimitQuery,
		"relay":     func(context.Context, any, graphql.Args) (any, error) { return object{}, nil },
	})
}

func accountQuery(name, kind string) graphql.Resolver {
	return func(ctx context.Context, _ any, args graphql.Args) (any, error) {
		login := args.String("login")
		if a := viewerOf(ctx).s.logins[strings.ToLower(login)]; a != nil && a.kind == kind {
			return a, nil
		}
		article := map[string]string{"User": "a", "Organization": "an"}[name]
		return nil, graphql.Faultf(graphql.NotFound, "Could not resolve to %s %s with the login of '%s'.", article, name, login)
	}
}

// ownerQuery is null for a login that nobody has, unlike its siblings.
func ownerQuery(ctx context.Context, _ any, args graphql.Args) (any, error) {
	if a := viewerOf(ctx).s.logins[strings.ToLower(args.String("login"))]; a != nil && a.kind != BotKind {
		return a, nil
	}
	return nil, nil
}

// node finds what a global id names, as far as the viewer may see it.
func (v *viewer) node(id string) (any, error) {
	missing := graphql.Faultf(graphql.NotFound, "Could not resolve to a node with the global id of '%s'", id)
	found := v.s.node(id)
	if g, ok := found.(gitNode); ok {
		found = g.resolve()
	}
	if found == nil {
		return nil, missing
	}
	if r := repositoryOf(found); r != nil && !v.p.sees(r) {
		return nil, missing
	}
	return found, nil
}

// resolve is the git object or ref that a global id names; nil when it is gone.
func (g gitNode) resolve() any {
	if g.Kind == "REF" {
		return g.Repo.refNode(g.Name)
	}
	o, err := g.Repo.git.store.object(g.Name)
	if err != nil {
		return nil
	}
	switch {
	case g.Kind == "C" && o.kind == "commit":
		return g.Repo.commitNode(g.Name)
	case g.Kind == "TREE" && o.kind == "tree":
		return &treeNode{repo: g.Repo, id: g.Name}
	case g.Kind == "B" && o.kind == "blob":
		return &blobNode{g.Repo, g.Name, o.data}
	}
	return nil
}

func nodesQuery(ctx context.Context, _ any, args graphql.Args) (any, error) {
	var all []any
	for _, id := range args.Strings("ids") {
		n, err := viewerOf(ctx).node(id)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func rateLimitQuery(ctx context.Context, _ any, args graphql.Args) (any, error) {
	if args.Bool("dryRun") {
		return nil, errors.New("a dry run is not simulated")
	}
	v, cost := viewerOf(ctx), graphql.CostOf(ctx)
	rate := v.s.rate(v.p.holder(), "graphql")
	return object{"cost": cost.Points, "nodeCount": cost.Nodes, "limit": rate["limit"], "used": rate["used"],
		"remaining": rate["remaining"], "resetAt": time.Unix(rate["reset"].(int64), 0)}, nil
}
