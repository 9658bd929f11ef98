package githubtest

import (
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
	"github.com/sallyport/sallyport/pull"
)

func resolvePulls(e *graphql.Engine) {
	e.Fields("PullRequest", pullFields())
	e.Fields("PullRequest", pullBranches())
	e.Fields("PullRequest", pullLists())
	e.Fields("PullRequest", map[string]graphql.Resolver{
		"mergeable":            graphql.Get(func(p *Pull) any { return p.s.askMergeability(p).state }),
		"mergeStateStatus":     graphql.Get(func(p *Pull) any { return p.s.mergeStateStatus(p) }),
		"potentialMergeCommit": graphql.Get(func(p *Pull) any { return p.repo.commitNode(p.s.askMergeability(p).sha) }),
		"canBeRebased":         graphql.Get(func(p *Pull) any { return p.s.askMergeability(p).state == mergeable }),
		"mergeCommit":          graphql.Get(func(p *Pull) any { return p.repo.commitNode(p.named()) }),
		"mergedBy":             graphql.Get(func(p *Pull) any { return p.mergedBy.alive() }),
		"mergedAt":             graphql.Get(func(p *Pull) any { return p.mergedAt }),
		"autoMergeRequest":     graphql.Get(func(p *Pull) any { return p.autoMerge.alive() }),
		"statusCheckRollup": graphql.On(func(ctx context.Context, p *Pull, args graphql.Args) (any, error) {
			c, ok := p.repo.commitNode(p.headSHA).(*commitNode)
			if !ok {
				return nil, nil
			}
			return commitRollup(ctx, c, args)
		}),
		"isMergeQueueEnabled": graphql.Get(func(p *Pull) any { return p.repo.queued(p.baseBranch) }),
	})
	e.Fields("PullRequestCommit", map[string]graphql.Resolver{
		"commit":      graphql.Get(func(n *pullCommitNode) any { return n.pull.repo.commitNode(n.sha) }),
		"pullRequest": graphql.Get(func(n *pullCommitNode) any { return n.pull }),
	})
	e.Fields("PullRequestChangedFile", map[string]graphql.Resolver{
		"path":       graphql.Get(func(f fileChange) any { return f.Path }),
		"additions":  graphql.Get(func(f fileChange) any { return f.Additions }),
		"deletions":  graphql.Get(func(f fileChange) any { return f.Deletions }),
		"changeType": graphql.Get(func(f fileChange) any { return patchStatus[f.Status] }),
	})
}

func pullFields() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"databaseId":          graphql.Get(func(p *Pull) any { return p.ID }),
		"fullDatabaseId":      graphql.Get(func(p *Pull) any { return p.ID }),
		"number":              graphql.Get(func(p *Pull) any { return p.Number }),
		"title":               graphql.Get(func(p *Pull) any { return p.title }),
		"body":                graphql.Get(func(p *Pull) any { return p.body }),
		"bodyText":            graphql.Get(func(p *Pull) any { return p.body }),
		"state":               graphql.Get(func(p *Pull) any { return strings.ToUpper(p.state()) }),
		"isDraft":             graphql.Get(func(p *Pull) any { return p.draft }),
		"closed":              graphql.Get(func(p *Pull) any { return p.closed }),
		"merged":              graphql.Get(func(p *Pull) any { return p.merged() }),
		"closedAt":            graphql.Get(func(p *Pull) any { return p.closedAt }),
		"createdAt":           graphql.Get(func(p *Pull) any { return p.created }),
		"lastEditedAt":        graphql.Get(func(p *Pull) any { return editedAt(p.editor, p.edited) }),
		"editor":              graphql.Get(func(p *Pull) any { return p.editor.alive() }),
		"updatedAt":           graphql.Get(func(p *Pull) any { return p.updated }),
		"author":              graphql.Get(func(p *Pull) any { return p.author.alive() }),
		"authorAssociation":   graphql.Get(func(p *Pull) any { return p.repo.association(p.author) }),
		"repository":          graphql.Get(func(p *Pull) any { return p.repo }),
		"permalink":           graphql.Get(func(p *Pull) any { return p.s.url + resourcePath(p) }),
		"locked":              graphql.Get(func(*Pull) any { return false }),
		"maintainerCanModify": graphql.Get(func(p *Pull) any { return p.canModify }),
		"reviewDecision":      graphql.Get(func(p *Pull) any { return p.reviewDecision() }),
	}
}

func pullBranches() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"baseRef":        graphql.Get(func(p *Pull) any { return p.repo.refNode("refs/heads/" + p.baseBranch) }),
		"baseRefName":    graphql.Get(func(p *Pull) any { return p.baseBranch }),
		"baseRefOid":     graphql.Get(func(p *Pull) any { return p.baseSHA }),
		"baseRepository": graphql.Get(func(p *Pull) any { return p.repo }),
		"headRefName":    graphql.Get(func(p *Pull) any { return p.headBranch }),
		"headRefOid":     graphql.Get(func(p *Pull) any { return p.headSHA }),
		"headRef": graphql.Get(func(p *Pull) any {
			if p.headRepo == nil {
				return nil
			}
			return p.headRepo.refNode("refs/heads/" + p.headBranch)
		}),
		"headRepository": graphql.Get(func(p *Pull) any { return p.headRepo }),
		"headRepositoryOwner": graphql.Get(func(p *Pull) any {
			if p.headRepo == nil {
				return nil
			}
			return p.headRepo.owner
		}),
		"isCrossRepository": graphql.Get(func(p *Pull) any { return p.fromFork() }),
	}
}

func pullLists() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"labels": graphql.On(func(_ context.Context, p *Pull, args graphql.Args) (any, error) {
			return connectLabels(p.labels, args)
		}),
		"commits": graphql.On(pullCommits),
		"files":   graphql.On(pullFiles),
		"changedFiles": graphql.On(func(_ context.Context, p *Pull, _ graphql.Args) (any, error) {
			return p.countChanges(func(fileChange) int { return 1 })
		}),
		"additions": graphql.On(func(_ context.Context, p *Pull, _ graphql.Args) (any, error) {
			return p.countChanges(func(f fileChange) int { return f.Additions })
		}),
		"deletions": graphql.On(func(_ context.Context, p *Pull, _ graphql.Args) (any, error) {
			return p.countChanges(func(f fileChange) int { return f.Deletions })
		}),
	}
}

func (p *Pull) countChanges(of func(fileChange) int) (any, error) {
	files, err := p.changed()
	n := 0
	for _, f := range files {
		n += of(f)
	}
	return n, err
}

// pullCommitNode is a commit in its place in a pull request.
type pullCommitNode struct {
	pull *Pull
	sha  string
}

// The most commits and files that GitHub lists of one pull request, however many there are.
const (
	maxPullCommits = 250
	maxPullFiles   = 3000
)

func pullCommits(_ context.Context, p *Pull, args graphql.Args) (any, error) {
	all := p.commits()
	c, err := graphql.ConnectAs(all[:min(len(all), maxPullCommits)], args, func(sha string) string { return sha },
		func(sha string) any { return &pullCommitNode{p, sha} })
	if c != nil {
		c.TotalCount = len(all)
	}
	return c, err
}

var patchStatus = map[string]string{
	"added": "ADDED", "removed": "DELETED", "modified": "MODIFIED", "renamed": "RENAMED", "changed": "CHANGED", "copied": "COPIED",
}

func pullFiles(_ context.Context, p *Pull, args graphql.Args) (any, error) {
	files, err := p.changed()
	if err != nil {
		return nil, err
	}
	return graphql.Connect(files[:min(len(files), maxPullFiles)], args, func(f fileChange) string { return f.Path })
}

// association says how an author belongs to the repository.
func (r *Repo) association(a *Account) string {
	switch {
	case a.alive() == nil:
		return "NONE"
	case a == r.owner:
		return "OWNER"
	case r.owner.members[a.ID] != "":
		return "MEMBER"
	case r.roles[a.ID] != pull.NoRole:
		return "COLLABORATOR"
	case slices.ContainsFunc(r.pulls, func(p *Pull) bool { return p.author == a && p.merged() }):
		return "CONTRIBUTOR"
	}
	return "NONE"
}
