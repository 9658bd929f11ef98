package hub

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// maxPages bounds how far one pull request's lists are followed: ten thousand checks are no pull request.
const maxPages = 100

// moreFacts is the answer to a query for the pages that follow.
type moreFacts struct {
	Repository *struct {
		ID   int64 `json:"databaseId"`
		Pull *struct {
			Head     string              `json:"headRefOid"`
			Labels   *page[labelFacts]   `json:"labels"`
			Commits  *page[commitNode]   `json:"commits"`
			Reviews  *page[reviewFacts]  `json:"reviews"`
			Comments *page[commentFacts] `json:"comments"`
			Tip      *tipFacts           `json:"tip"`
			Base     *targetFacts        `json:"baseRef"`
		} `json:"pullRequest"`
	} `json:"repository"`
	points
}

// complete follows every list that did not end on its first page, all of them in the same requests.
func (h *Hub) complete(ctx context.Context, repo pull.Repo, f *facts) error {
	p := f.pull()
	for range maxPages {
		variables, more := p.rest(repo)
		if !more {
			return h.widen(ctx, repo, p.wideCommits())
		}
		var next moreFacts
		q := newQuery("SnapshotPages", variables, "...More")
		if err := h.ask(ctx, repo.Installation, q, &next, f.tolerate); err != nil {
			return fmt.Errorf("reading further pages: %w", err)
		}
		if err := p.take(next); err != nil {
			return err
		}
	}
	return permanent("pull-too-large", "the pull request has lists longer than %d pages", maxPages)
}

// rest says which lists go on, and where.
func (p *pullFacts) rest(repo pull.Repo) (variables []variable, more bool) {
	variables = append(named(repo), variable{"number", "Int!", p.Number})
	add := func(cursor, flag string, goesOn bool, end string) {
		var after any
		if goesOn {
			after, more = end, true
		}
		variables = append(variables, variable{cursor, "String", after}, variable{flag, "Boolean!", goesOn})
	}
	add("labels", "moreLabels", p.Labels.PageInfo.HasNextPage, p.Labels.PageInfo.EndCursor)
	add("commits", "moreCommits", p.Commits.PageInfo.HasNextPage, p.Commits.PageInfo.EndCursor)
	add("reviews", "moreReviews", p.Reviews.PageInfo.HasNextPage, p.Reviews.PageInfo.EndCursor)
	add("comments", "moreComments", p.Comments.PageInfo.HasNextPage, p.Comments.PageInfo.EndCursor)
	var contexts page[contextFacts]
	if c := p.Tip.contexts(); c != nil {
		contexts = *c
	}
	add("contexts", "moreContexts", contexts.PageInfo.HasNextPage, contexts.PageInfo.EndCursor)
	var rules page[ruleFacts]
	if p.Base != nil && p.Base.Rules != nil {
		rules = *p.Base.Rules
	}
	add("rules", "moreRules", rules.PageInfo.HasNextPage, rules.PageInfo.EndCursor)
	return variables, more
}

// take appends what came. Pages of two different heads, or of two tips of the base, must not be mixed.
func (p *pullFacts) take(next moreFacts) error {
	if next.Repository == nil || next.Repository.Pull == nil {
		return permanent(codeNotFound, "GitHub no longer shows the pull request")
	}
	n := next.Repository.Pull
	if n.Head != p.Head {
		return transient("moved-while-reading", "the head moved while the pull request was read")
	}
	if n.Labels != nil {
		p.Labels.grow(*n.Labels)
	}
	if n.Commits != nil {
		p.Commits.grow(*n.Commits)
	}
	if n.Reviews != nil {
		p.Reviews.grow(*n.Reviews)
	}
	if n.Comments != nil {
		p.Comments.grow(*n.Comments)
	}
	if n.Tip != nil {
		if n.Tip.head() != p.Tip.head() || n.Tip.contexts() == nil {
			return transient("moved-while-reading", "the checks changed while the pull request was read")
		}
		p.Tip.contexts().grow(*n.Tip.contexts())
	}
	return p.takeRules(n.Base)
}

func (p *pullFacts) takeRules(base *targetFacts) error {
	switch {
	case p.Base == nil || p.Base.Rules == nil || !p.Base.Rules.PageInfo.HasNextPage:
		return nil
	case base == nil || base.Rules == nil:
		return transient("moved-while-reading", "the target branch changed while the pull request was read")
	}
	p.Base.Rules.grow(*base.Rules)
	return nil
}

func (p *pullFacts) wideCommits() []*commitFacts {
	var wide []*commitFacts
	for i := range p.Commits.Nodes {
		if c := &p.Commits.Nodes[i].Commit; c.wide() {
			wide = append(wide, c)
		}
	}
	return wide
}
