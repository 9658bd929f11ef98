package hub

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// landed describes the commit that a merged pull request became, with where it stands.
func (h *Hub) landed(ctx context.Context, repo pull.Repo, p *pullFacts, commits []pull.Commit) (pull.Landed, error) {
	landed := pull.Landed{At: timeOf(p.MergedAt), By: p.MergedBy.account()}
	if p.Merge == nil {
		return landed, nil
	}
	commit := p.Merge.decode()
	landed.SHA, landed.Tree, landed.Parents, landed.Commit = commit.SHA, commit.Tree, commit.Parents, &commit
	if len(landed.Parents) == 0 {
		return landed, nil
	}
	landed.Under = landed.Parents[0]
	own := replayed(commits)
	if len(landed.Parents) > 1 || len(own) < 2 {
		return landed, nil
	}
	line, err := h.firstParents(ctx, repo, landed.SHA, len(own))
	if err != nil {
		return pull.Landed{}, fmt.Errorf("finding what %s stands on: %w", landed.SHA, err)
	}
	if rebased(line, own) {
		for _, node := range slices.Backward(line[:len(own)]) {
			landed.Line = append(landed.Line, node.OID)
		}
		landed.Under = line[len(own)-1].Parents.Nodes[0].OID
	}
	return landed, nil
}

// replayed are the commits that a rebase carries over: all but merges.
func replayed(commits []pull.Commit) []pull.Commit {
	var own []pull.Commit
	for _, c := range commits {
		if len(c.Parents) < 2 {
			own = append(own, c)
		}
	}
	return own
}

// rebased reports whether the landed line, newest first, is the pull request's commits one by one: GitHub keeps
// message and author of each. A squash, one commit with a message of its own, is not. Being wrong here can only make a
// landing look as if it stood elsewhere than agreed, and the landed tree is compared besides.
func rebased(line []historyNode, own []pull.Commit) bool {
	if len(line) < len(own) {
		return false
	}
	for i := range own {
		want := own[len(own)-1-i]
		if line[i].Message != want.Message || line[i].Author.email() != want.AuthorEmail || len(line[i].Parents.Nodes) != 1 {
			return false
		}
	}
	return true
}

type historyNode struct {
	OID     string         `json:"oid"`
	Message string         `json:"message"`
	Author  *identity      `json:"author"`
	Parents page[objectID] `json:"parents"`
}

type historyFacts struct {
	Repository *struct {
		Object *struct {
			History page[historyNode] `json:"history"`
		} `json:"object"`
	} `json:"repository"`
	points
}

// firstParents walks n commits down from sha, newest first; fewer where history ends.
func (h *Hub) firstParents(ctx context.Context, repo pull.Repo, sha string, n int) ([]historyNode, error) {
	var line []historyNode
	seen := map[string]historyNode{}
	for next, after := sha, any(nil); len(line) < n; {
		var found historyFacts
		q := newQuery("History", append(named(repo), variable{"oid", "GitObjectID!", sha}, variable{"after", "String", after}), "...History")
		if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
			return nil, err
		}
		if found.Repository == nil || found.Repository.Object == nil {
			return nil, transient(codeTrouble, "GitHub does not show commit %s yet", sha)
		}
		history := found.Repository.Object.History
		for _, node := range history.Nodes {
			seen[node.OID] = node
		}
		for node, ok := seen[next]; ok && len(line) < n; node, ok = seen[next] {
			line = append(line, node)
			if len(node.Parents.Nodes) == 0 {
				return line, nil
			}
			next = node.Parents.Nodes[0].OID
		}
		if !history.PageInfo.HasNextPage || len(seen) > maxHistory {
			return line, nil
		}
		after = history.PageInfo.EndCursor
	}
	return line, nil
}

// maxHistory bounds the search below a landed commit.
const maxHistory = 2000
