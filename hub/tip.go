package hub

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

type guardedFacts struct {
	OID  string     `json:"oid"`
	File *fileFacts `json:"file"`
	Bot  *fileFacts `json:"policyBot"`
}

type tipOfFacts struct {
	Repository *struct {
		ID      int64 `json:"databaseId"`
		Default *struct {
			Name string `json:"name"`
		} `json:"defaultBranchRef"`
		Ref *struct {
			Target *guardedFacts `json:"target"`
		} `json:"ref"`
		Before *guardedFacts `json:"before"`
		Pulls  page[struct {
			HeadRepo *struct {
				ID int64 `json:"databaseId"`
			} `json:"headRepository"`
		}] `json:"pullRequests"`
	} `json:"repository"`
	points
}

// Tip says where a branch is now and what policy it carries there, and at the commit before where one is given.
func (h *Hub) Tip(ctx context.Context, repo pull.Repo, branch, before string) (pull.BranchTip, error) {
	variables := append(named(repo), variable{"ref", "String!", "refs/heads/" + branch}, variable{"head", "String!", branch},
		variable{"before", "GitObjectID", nullable(before)}, variable{"known", "Boolean!", before != ""})
	var found tipOfFacts
	if err := h.ask(ctx, repo.Installation, newQuery("BranchTip", variables, "...BranchTip"), &found, nil); err != nil {
		return pull.BranchTip{}, fmt.Errorf("reading branch %s of %s: %w", branch, repo.FullName(), err)
	}
	facts := found.Repository
	if facts == nil {
		return pull.BranchTip{}, permanent(codeNotFound, "GitHub does not show %s", repo.FullName())
	}
	if err := sameRepository(repo, facts.ID); err != nil {
		return pull.BranchTip{}, err
	}
	b := pull.BranchTip{Name: branch, Default: facts.Default != nil && facts.Default.Name == branch, Before: facts.Before.source(), Lost: before != "" && facts.Before == nil}
	if facts.Ref != nil && facts.Ref.Target != nil {
		b.SHA, b.Policy = facts.Ref.Target.OID, facts.Ref.Target.source()
	}
	for _, p := range facts.Pulls.Nodes {
		if p.HeadRepo != nil && p.HeadRepo.ID == repo.ID {
			b.Heads++
		}
	}
	return b, nil
}

func nullable(sha string) any {
	if sha == "" {
		return nil
	}
	return sha
}

// source is the policy file as GraphQL renders it: enough to know that there is one, and to read a word in it.
func (g *guardedFacts) source() pull.Source {
	if g == nil {
		return pull.Source{}
	}
	path, file := policyPath, g.File
	if file == nil {
		path, file = policyBotPath, g.Bot
	}
	if file == nil {
		return pull.Source{}
	}
	source := pull.Source{Path: path, Blob: file.OID, Unreadable: path + " cannot be read as text"}
	if o := file.Object; o != nil && o.Text != nil && !o.Truncated && o.ByteSize <= policySize {
		source.Text, source.Unreadable = *o.Text, ""
	}
	return source
}

type arrivalFacts struct {
	Repository *struct {
		ID     int64 `json:"databaseId"`
		Object *struct {
			OID     string         `json:"oid"`
			Parents page[objectID] `json:"parents"`
			Pulls   page[struct {
				Number int       `json:"number"`
				State  string    `json:"state"`
				Merge  *objectID `json:"mergeCommit"`
				Base   string    `json:"baseRefName"`
			}] `json:"associatedPullRequests"`
		} `json:"object"`
	} `json:"repository"`
	points
}

// Arrival says of a commit which merged pull requests into the branch became it, as far as GitHub knows: one whose commit GitHub
// does not name may be it.
func (h *Hub) Arrival(ctx context.Context, repo pull.Repo, branch, sha string) (pull.Arrival, error) {
	var found arrivalFacts
	q := newQuery("Arrival", append(named(repo), variable{"oid", "GitObjectID!", sha}), "...Arrival")
	if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
		return pull.Arrival{}, fmt.Errorf("asking how %.10s came into %s: %w", sha, branch, err)
	}
	if found.Repository == nil || found.Repository.Object == nil {
		return pull.Arrival{}, transient(codeTrouble, "GitHub does not show commit %s yet", sha)
	}
	facts := found.Repository.Object
	a := pull.Arrival{SHA: facts.OID, Parents: ids(facts.Parents.Nodes)}
	for _, p := range facts.Pulls.Nodes {
		if p.State == "MERGED" && p.Base == branch && (p.Merge == nil || p.Merge.OID == sha) {
			a.Pulls = append(a.Pulls, p.Number)
		}
	}
	return a, nil
}

// Extends reports whether a commit is a descendant of another: whether a branch that went from one to the other kept
// its history.
func (h *Hub) Extends(ctx context.Context, repo pull.Repo, before, after string) (bool, error) {
	var found *github.CommitsComparison
	r := request{installation: repo.Installation, operation: "compare"}
	var status int
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		found, resp, err = c.Repositories.CompareCommits(ctx, repo.Owner, repo.Name, before, after, &github.ListOptions{PerPage: 1})
		if resp != nil {
			status = resp.StatusCode
		}
		return resp, err
	})
	if status == 404 {
		return false, nil // GitHub no longer knows the commit that the branch was at
	}
	if err != nil {
		return false, fmt.Errorf("comparing %.10s with %.10s: %w", before, after, err)
	}
	return strings.EqualFold(found.GetStatus(), "ahead") || strings.EqualFold(found.GetStatus(), "identical"), nil
}
