package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// webFlow is the account in whose name github.com commits what people do on its pages.
var webFlow = pull.Account{ID: 19864447, Login: "web-flow", Kind: pull.User}

const webFlowEmail = "noreply@github.com"

// decode reads one commit. GitHub lists the author first among the authors; the others are co-authors.
func (c commitFacts) decode() pull.Commit {
	out := pull.Commit{
		SHA: c.OID, Tree: c.Tree.OID, Parents: ids(c.Parents.Nodes), Message: c.Message,
		Author: c.Author.account(), Committer: c.Committer.account(),
		AuthorEmail: c.Author.email(), CommitterEmail: c.Committer.email(),
	}
	for i := range c.Authors.Nodes {
		if i > 0 {
			out.CoAuthors = append(out.CoAuthors, c.Authors.Nodes[i].account())
		}
	}
	out.Unverified = c.Signature == nil || !c.Signature.Valid
	if s := c.Signature; s != nil {
		out.Payload, out.Signature, out.ByGitHub = s.Payload, s.Signature, s.ByGitHub
	}
	if out.ByGitHub && !out.Committer.Known() && out.CommitterEmail == webFlowEmail {
		// The key is GitHub's own, so the committer is too, whether or not GraphQL names the account.
		out.Committer = webFlow
	}
	return out
}

func ids(objects []objectID) []string {
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = o.OID
	}
	return out
}

// wide reports whether some parents or authors did not fit beside the other commits.
func (c commitFacts) wide() bool {
	return c.Parents.TotalCount > len(c.Parents.Nodes) || c.Authors.TotalCount > len(c.Authors.Nodes)
}

type wideFacts struct {
	Repository map[string]*commitFacts `json:"repository"`
	points
}

// widen reads the parents and authors that did not fit. A co-author left out could approve their own work.
func (h *Hub) widen(ctx context.Context, repo pull.Repo, commits []*commitFacts) error {
	for batch := range slices.Chunk(commits, treesPerQuery) {
		var b strings.Builder
		b.WriteString("repository(owner: $owner, name: $name) {\n")
		for i, c := range batch {
			if err := validID(c.OID); err != nil {
				return err
			}
			fmt.Fprintf(&b, "c%d: object(oid: %q) { ...WideCommit }\n", i, c.OID)
		}
		b.WriteString("}")
		var found wideFacts
		if err := h.ask(ctx, repo.Installation, newQuery("WideCommits", named(repo), b.String()), &found, nil); err != nil {
			return fmt.Errorf("reading commits with many authors: %w", err)
		}
		for i, c := range batch {
			wide := found.Repository[fmt.Sprintf("c%d", i)]
			if wide == nil || wide.OID != c.OID || wide.wide() {
				return permanent("commit-unreadable", "commit %s has more parents or authors than GitHub will list", c.OID)
			}
			c.Parents, c.Authors = wide.Parents, wide.Authors
		}
	}
	return nil
}

// Commit reads any commit of the repository.
// It fails with code "not-found" where the repository has no such commit.
func (h *Hub) Commit(ctx context.Context, repo pull.Repo, sha string) (pull.Commit, error) {
	if err := validID(sha); err != nil {
		return pull.Commit{}, err
	}
	var found struct {
		Repository *struct {
			ID     int64        `json:"databaseId"`
			Object *commitFacts `json:"object"`
		} `json:"repository"`
		points
	}
	q := newQuery("Commit", append(named(repo), variable{"oid", "GitObjectID!", sha}),
		"repository(owner: $owner, name: $name) { databaseId object(oid: $oid) { ...CommitFacts } }")
	if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
		return pull.Commit{}, fmt.Errorf("reading commit %s: %w", sha, err)
	}
	if found.Repository == nil || found.Repository.Object == nil || found.Repository.Object.OID != sha {
		return pull.Commit{}, permanent(codeNotFound, "%s has no commit %s", repo.FullName(), sha)
	}
	if err := sameRepository(repo, found.Repository.ID); err != nil {
		return pull.Commit{}, err
	}
	c := found.Repository.Object
	if c.wide() {
		if err := h.widen(ctx, repo, []*commitFacts{c}); err != nil {
			return pull.Commit{}, err
		}
	}
	return c.decode(), nil
}

// named declares the variables that every query about a repository begins with.
func named(repo pull.Repo) []variable {
	return []variable{{"owner", "String!", repo.Owner}, {"name", "String!", repo.Name}}
}
