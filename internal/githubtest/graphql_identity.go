package githubtest

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// objectType is the GraphQL type of a value that stands where the schema says only interface or union.
func objectType(value any) string {
	switch v := value.(type) {
	case *Account:
		return v.kind
	case *Team:
		return "Team"
	case *App:
		return "App"
	case *Repo:
		return "Repository"
	case *Pull:
		return "PullRequest"
	case *Review:
		return "PullRequestReview"
	case *Comment:
		return "IssueComment"
	case *Label:
		return "Label"
	case *CheckRun:
		return "CheckRun"
	case *CheckSuite:
		return "CheckSuite"
	case *Status:
		return "StatusContext"
	case *commitNode:
		return "Commit"
	case *treeNode:
		return "Tree"
	case *blobNode:
		return "Blob"
	case *refNode:
		return "Ref"
	case *signatureNode:
		return v.opinion.Kind
	case *timelineNode:
		return v.Kind
	case *pullCommitNode:
		return "PullRequestCommit"
	case *mergeQueue:
		return "MergeQueue"
	case *queueEntry:
		return "MergeQueueEntry"
	case object:
		name, _ := v["__typename"].(string)
		return name
	}
	return ""
}

// globalID is a value's opaque id, by which Query.node finds it again.
func globalID(value any) string {
	switch v := value.(type) {
	case *Account:
		return v.nodeID()
	case *Team:
		return nodeID("T", v.ID)
	case *App:
		return nodeID("A", v.ID)
	case *Repo:
		return nodeID("R", v.ID)
	case *Pull:
		return nodeID("PR", v.ID)
	case *Review:
		return nodeID("PRR", v.ID)
	case *Comment:
		return nodeID("IC", v.ID)
	case *Label:
		return nodeID("LA", v.ID)
	case *CheckRun:
		return nodeID("CR", v.ID)
	case *CheckSuite:
		return nodeID("CS", v.ID)
	case *Status:
		return nodeID("SC", v.ID)
	case *Protection:
		return nodeID("BPR", v.ID)
	case *rulesetNode:
		return nodeID("RRS", v.ID)
	case *queueEntry:
		return nodeID("MQE", v.ID)
	case *mergeQueue:
		return gitNodeID("MQ", v.repo.ID, v.branch)
	}
	return derivedID(value)
}

// derivedID is the id of what has no number of its own.
func derivedID(value any) string {
	switch v := value.(type) {
	case *commitNode:
		return gitNodeID("C", v.repo.ID, v.SHA)
	case *treeNode:
		return gitNodeID("TREE", v.repo.ID, v.id)
	case *blobNode:
		return gitNodeID("B", v.repo.ID, v.id)
	case *refNode:
		return gitNodeID("REF", v.repo.ID, v.name)
	case *checksNode:
		return gitNodeID("SCR", v.repo.ID, v.sha)
	case *comparison:
		return gitNodeID("CMP", v.repo.ID, v.base+"..."+v.head)
	case *pullCommitNode:
		return gitNodeID("PRC", v.pull.repo.ID, fmt.Sprintf("%d:%s", v.pull.Number, v.sha))
	case *timelineNode:
		return gitNodeID("EV", v.pull.repo.ID, fmt.Sprintf("%d:%d", v.pull.Number, v.at))
	case *ruleNode:
		return gitNodeID("RRU", v.set.repo.ID, fmt.Sprintf("%d:%d", v.set.ID, v.at))
	}
	return ""
}

// repositoryOf is the repository that decides who may see a value; nil for what belongs to none.
func repositoryOf(value any) *Repo {
	switch v := value.(type) {
	case *Repo:
		return v
	case *Pull:
		return v.repo
	case *Review:
		return v.pull.repo
	case *Comment:
		return v.pull.repo
	case *Label:
		return v.repo
	case *CheckRun:
		return v.repo
	case *CheckSuite:
		return v.repo
	case *Status:
		return v.repo
	case *refNode:
		return v.repo
	}
	r, _ := gitIdentity(value)
	return r
}

// resourcePath is where a value has its page, below the root of the site.
func resourcePath(value any) string {
	switch v := value.(type) {
	case *Account:
		if v.kind == BotKind {
			return "/apps/" + strings.TrimSuffix(v.login, "[bot]")
		}
		return "/" + v.login
	case *Team:
		return "/orgs/" + v.org.login + "/teams/" + v.slug
	case *Repo:
		return "/" + v.fullName()
	case *Pull:
		return fmt.Sprintf("/%s/pull/%d", v.repo.fullName(), v.Number)
	case *Review:
		return fmt.Sprintf("%s#pullrequestreview-%d", resourcePath(v.pull), v.ID)
	case *Comment:
		return fmt.Sprintf("%s#issuecomment-%d", resourcePath(v.pull), v.ID)
	case *Label:
		return resourcePath(v.repo) + "/labels/" + v.name
	case *CheckRun:
		return fmt.Sprintf("%s/runs/%d", resourcePath(v.repo), v.ID)
	case *mergeQueue:
		return resourcePath(v.repo) + "/queue/" + v.branch
	case *CheckSuite:
		return fmt.Sprintf("%s/commit/%s/checks?check_suite_id=%d", resourcePath(v.repo), v.sha, v.ID)
	case *commitNode:
		return commitPath(v)
	case *pullCommitNode:
		return resourcePath(v.pull) + "/commits/" + v.sha
	case *timelineNode:
		return fmt.Sprintf("%s#event-%d", resourcePath(v.pull), v.at)
	}
	return ""
}

func resolveIdentity(e *graphql.Engine) {
	e.Field("Node", "id", graphql.Get(func(v any) any { return orNull(globalID(v)) }))
	e.Field("RepositoryOwner", "id", graphql.Get(func(v any) any { return orNull(globalID(v)) }))
	for _, typ := range []string{"UniformResourceLocatable", "Actor", "RepositoryOwner", "PullRequestReview", "IssueComment", "Label", "CheckSuite", "Team", "MergeQueue"} {
		e.Field(typ, "resourcePath", graphql.Get(func(v any) any { return resourcePath(v) }))
		e.Field(typ, "url", siteURL)
	}
}

func siteURL(ctx context.Context, value any, _ graphql.Args) (any, error) {
	return viewerOf(ctx).s.url + resourcePath(value), nil
}
