package githubtest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// refNode is a ref of a repository by its full name.
type refNode struct {
	repo *Repo
	name string
}

// refNode is the ref of that full name; nil for none.
func (r *Repo) refNode(name string) any {
	if r.git.refs[name] == "" {
		return nil
	}
	return &refNode{r, name}
}

func (n *refNode) branch() string { return strings.TrimPrefix(n.name, "refs/heads/") }

func (n *refNode) prefix() string {
	for _, known := range []string{"refs/heads/", "refs/tags/"} {
		if strings.HasPrefix(n.name, known) {
			return known
		}
	}
	return "refs/"
}

func resolveRefs(e *graphql.Engine) {
	e.Fields("Ref", map[string]graphql.Resolver{
		"name":       graphql.Get(func(n *refNode) any { return strings.TrimPrefix(n.name, n.prefix()) }),
		"prefix":     graphql.Get(func(n *refNode) any { return n.prefix() }),
		"repository": graphql.Get(func(n *refNode) any { return n.repo }),
		"target": graphql.On(func(ctx context.Context, n *refNode, _ graphql.Args) (any, error) {
			return gitObjectOf(ctx, n.repo, n.repo.git.refs[n.name], "")
		}),
		"branchProtectionRule": graphql.On(refProtection),
		"refUpdateRule":        graphql.On(refUpdateRule),
		"rules":                graphql.On(refRules),
		"compare":              graphql.On(refCompare),
		"associatedPullRequests": graphql.On(func(_ context.Context, n *refNode, args graphql.Args) (any, error) {
			return connectPulls(n.pulls(), args)
		}),
	})
	e.Fields("Comparison", map[string]graphql.Resolver{
		"aheadBy":    graphql.Get(func(c *comparison) any { return len(c.ahead) }),
		"behindBy":   graphql.Get(func(c *comparison) any { return len(c.behind) }),
		"status":     graphql.Get(func(c *comparison) any { return c.status() }),
		"baseTarget": graphql.Get(func(c *comparison) any { return c.repo.commitNode(c.base) }),
		"headTarget": graphql.Get(func(c *comparison) any { return c.repo.commitNode(c.head) }),
		"commits": graphql.On(func(_ context.Context, c *comparison, args graphql.Args) (any, error) {
			return connectCommits(c.repo, c.ahead, args)
		}),
	})
}

// pulls are the pull requests from the branch.
func (n *refNode) pulls() []*Pull {
	var from []*Pull
	for _, r := range n.repo.s.repos {
		for _, p := range r.pulls {
			if p.headRepo == n.repo && "refs/heads/"+p.headBranch == n.name {
				from = append(from, p)
			}
		}
	}
	return from
}

// repositoryRef takes full names, and as GitHub does, names without "refs/" or "refs/heads/".
func repositoryRef(_ context.Context, r *Repo, args graphql.Args) (any, error) {
	name := args.String("qualifiedName")
	for _, full := range []string{name, "refs/" + name, "refs/heads/" + name} {
		if n := r.refNode(full); n != nil && strings.HasPrefix(full, "refs/") {
			return n, nil
		}
	}
	return nil, nil
}

func repositoryRefs(_ context.Context, r *Repo, args graphql.Args) (any, error) {
	var refs []*refNode
	for _, name := range slices.Sorted(maps.Keys(r.git.refs)) {
		if strings.HasPrefix(name, args.String("refPrefix")) && strings.Contains(name, args.String("query")) {
			refs = append(refs, &refNode{r, name})
		}
	}
	if args.String("direction") == "DESC" || args.Object("orderBy").String("direction") == "DESC" {
		slices.Reverse(refs)
	}
	return graphql.Connect(refs, args, func(n *refNode) string { return n.name })
}

// comparison is what a head has and lacks against a base.
type comparison struct {
	repo       *Repo
	base, head string
	ahead      []string
	behind     []string
}

func (c *comparison) status() string {
	switch {
	case len(c.ahead) > 0 && len(c.behind) > 0:
		return "DIVERGED"
	case len(c.ahead) > 0:
		return "AHEAD"
	case len(c.behind) > 0:
		return "BEHIND"
	}
	return "IDENTICAL"
}

func refCompare(ctx context.Context, n *refNode, args graphql.Args) (any, error) {
	if err := mustHold(ctx, n.repo, "contents", "read"); err != nil {
		return nil, err
	}
	base := n.repo.git.refs[n.name]
	head, err := n.repo.git.resolve(args.String("headRef"), n.repo.main)
	if err != nil || !n.repo.git.has("commit", head) {
		return nil, nil
	}
	return &comparison{n.repo, base, head, n.repo.between(base, head), n.repo.between(head, base)}, nil
}
