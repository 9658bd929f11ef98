package githubtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// commitNode is a commit as seen from a repository.
type commitNode struct {
	repo *Repo
	*commitObject
}

// commitNode is the node of a commit; nil when the repository has no such commit.
func (r *Repo) commitNode(sha string) any {
	if sha == "" {
		return nil
	}
	c, err := r.git.commit(sha)
	if err != nil {
		return nil
	}
	return &commitNode{r, c}
}

func connectCommits(r *Repo, shas []string, args graphql.Args) (any, error) {
	return graphql.ConnectAs(shas, args, func(sha string) string { return sha }, r.commitNode)
}

func resolveCommits(e *graphql.Engine) {
	e.Fields("Commit", map[string]graphql.Resolver{
		"tree":                graphql.Get(func(c *commitNode) any { return &treeNode{repo: c.repo, id: c.Tree} }),
		"message":             graphql.Get(func(c *commitNode) any { return strings.TrimRight(c.Message, "\n") }),
		"messageHeadline":     graphql.Get(func(c *commitNode) any { head, _ := c.splitMessage(); return head }),
		"messageBody":         graphql.Get(func(c *commitNode) any { _, body := c.splitMessage(); return body }),
		"author":              graphql.Get(func(c *commitNode) any { return c.actor(c.commitObject.Author) }),
		"committer":           graphql.Get(func(c *commitNode) any { return c.actor(c.commitObject.Committer) }),
		"authors":             graphql.On(commitAuthors),
		"authoredByCommitter": graphql.Get(func(c *commitNode) any { return c.commitObject.Author.Email == c.commitObject.Committer.Email }),
		"authoredDate":        graphql.Get(func(c *commitNode) any { return c.commitObject.Author.When }),
		"committedDate":       graphql.Get(func(c *commitNode) any { return c.commitObject.Committer.When }),
		"committedViaWeb":     graphql.Get(func(c *commitNode) any { return c.commitObject.Committer.Email == webFlowEmail }),
		"signature":           graphql.Get(func(c *commitNode) any { return c.signature() }),
		"parents": graphql.On(func(_ context.Context, c *commitNode, args graphql.Args) (any, error) {
			return connectCommits(c.repo, c.Parents, args)
		}),
		"history": graphql.On(commitHistory),
		"file":    graphql.On(commitFile),
		"associatedPullRequests": graphql.On(func(_ context.Context, c *commitNode, args graphql.Args) (any, error) {
			return connectPulls(c.pulls(), args)
		}),
		"additions": graphql.On(func(_ context.Context, c *commitNode, _ graphql.Args) (any, error) {
			return c.count(func(f fileChange) int { return f.Additions })
		}),
		"deletions": graphql.On(func(_ context.Context, c *commitNode, _ graphql.Args) (any, error) {
			return c.count(func(f fileChange) int { return f.Deletions })
		}),
		"changedFilesIfAvailable": graphql.On(func(_ context.Context, c *commitNode, _ graphql.Args) (any, error) {
			return c.count(func(fileChange) int { return 1 })
		}),
		"statusCheckRollup": graphql.On(commitRollup),
		"status":            graphql.On(commitStatus),
		"checkSuites":       graphql.On(commitSuites),
	})
	e.Fields("GitActor", map[string]graphql.Resolver{
		"name":  graphql.Get(func(a gitActor) any { return a.Name }),
		"email": graphql.Get(func(a gitActor) any { return a.Email }),
		"date":  graphql.Get(func(a gitActor) any { return a.When.Format(time.RFC3339) }),
		"user":  graphql.Get(func(a gitActor) any { return a.account }),
	})
	resolveSignatures(e)
}

func (c *commitNode) splitMessage() (headline, body string) {
	headline, body, _ = strings.Cut(strings.TrimRight(c.Message, "\n"), "\n")
	return headline, strings.TrimLeft(body, "\n")
}

// gitActor is an identity in a commit, with the account that GitHub attributes its address to.
type gitActor struct {
	Identity
	account *Account
}

func (c *commitNode) actor(i Identity) gitActor {
	return gitActor{i, c.repo.s.attribute(i.Email)}
}

// commitAuthors is the author and then everybody whom a trailer names, each address once.
func commitAuthors(_ context.Context, c *commitNode, args graphql.Args) (any, error) {
	authors := []gitActor{c.actor(c.commitObject.Author)}
	for _, i := range trailerAuthors(c.Message) {
		if !slices.ContainsFunc(authors, func(a gitActor) bool { return strings.EqualFold(a.Email, i.Email) }) {
			i.When = c.commitObject.Author.When
			authors = append(authors, c.actor(i))
		}
	}
	return graphql.Connect(authors, args, func(a gitActor) string { return a.Email })
}

func commitHistory(_ context.Context, c *commitNode, args graphql.Args) (any, error) {
	shas := c.repo.git.history(c.SHA, 0)
	if at := args.String("path"); at != "" {
		shas = slices.DeleteFunc(shas, func(sha string) bool { return !c.repo.touches(sha, at) })
	}
	return connectCommits(c.repo, shas, args)
}

// touches reports whether a commit holds something else at the path than its first parent.
func (r *Repo) touches(sha, at string) bool {
	c, err := r.git.commit(sha)
	if err != nil {
		return false
	}
	now, _ := r.git.entry(c.Tree, at)
	before := treeEntry{}
	if len(c.Parents) > 0 {
		if p, err := r.git.commit(c.Parents[0]); err == nil {
			before, _ = r.git.entry(p.Tree, at)
		}
	}
	return now != before
}

func commitFile(_ context.Context, c *commitNode, args graphql.Args) (any, error) {
	at := strings.Trim(args.String("path"), "/")
	entry, ok := c.repo.git.entry(c.Tree, at)
	if !ok || at == "" {
		return nil, nil
	}
	return &entryNode{c.repo, entry, at}, nil
}

// pulls are the pull requests that brought the commit, or mean to.
func (c *commitNode) pulls() []*Pull {
	var with []*Pull
	for _, p := range c.repo.pulls {
		if p.mergeCommit == c.SHA || slices.Contains(p.commits(), c.SHA) {
			with = append(with, p)
		}
	}
	return with
}

func (c *commitNode) count(of func(fileChange) int) (any, error) {
	parent := ""
	if len(c.Parents) > 0 {
		parent = c.Parents[0]
	}
	files, err := c.repo.s.diff(c.repo, parent, c.SHA)
	n := 0
	for _, f := range files {
		n += of(f)
	}
	return n, err
}
