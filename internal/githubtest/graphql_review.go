package githubtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
	"github.com/sallyport/sallyport/pull"
)

func resolveReviews(e *graphql.Engine) {
	e.Fields("PullRequest", map[string]graphql.Resolver{
		"reviews":                  graphql.On(pullReviews),
		"latestReviews":            graphql.On(pullLatestReviews),
		"latestOpinionatedReviews": graphql.On(pullOpinions),
		"comments": graphql.On(func(_ context.Context, p *Pull, args graphql.Args) (any, error) {
			return graphql.Connect(p.comments, args, func(c *Comment) string { return nodeID("IC", c.ID) })
		}),
	})
	e.Fields("PullRequestReview", map[string]graphql.Resolver{
		"databaseId":        graphql.Get(func(r *Review) any { return r.ID }),
		"fullDatabaseId":    graphql.Get(func(r *Review) any { return r.ID }),
		"author":            graphql.Get(func(r *Review) any { return r.author.alive() }),
		"authorAssociation": graphql.Get(func(r *Review) any { return r.pull.repo.association(r.author) }),
		"authorCanPushToRepository": graphql.Get(func(r *Review) any {
			return r.pull.repo.role(r.author) >= pull.Write
		}),
		"state":        graphql.Get(func(r *Review) any { return r.state }),
		"body":         graphql.Get(func(r *Review) any { return r.body }),
		"bodyText":     graphql.Get(func(r *Review) any { return r.body }),
		"commit":       graphql.Get(func(r *Review) any { return r.pull.repo.commitNode(r.commit) }),
		"lastEditedAt": graphql.Get(func(r *Review) any { return editedAt(r.editor, r.edited) }),
		"editor":       graphql.Get(func(r *Review) any { return r.editor.alive() }),
		"createdAt":    graphql.Get(func(r *Review) any { return r.at }),
		"submittedAt":  graphql.Get(func(r *Review) any { return r.at }),
		"updatedAt":    graphql.Get(func(r *Review) any { return r.at }),
		"pullRequest":  graphql.Get(func(r *Review) any { return r.pull }),
		"repository":   graphql.Get(func(r *Review) any { return r.pull.repo }),
	})
	e.Fields("IssueComment", map[string]graphql.Resolver{
		"databaseId":        graphql.Get(func(c *Comment) any { return c.ID }),
		"fullDatabaseId":    graphql.Get(func(c *Comment) any { return c.ID }),
		"author":            graphql.Get(func(c *Comment) any { return c.author.alive() }),
		"authorAssociation": graphql.Get(func(c *Comment) any { return c.pull.repo.association(c.author) }),
		"body":              graphql.Get(func(c *Comment) any { return c.body }),
		"bodyText":          graphql.Get(func(c *Comment) any { return c.body }),
		"createdAt":         graphql.Get(func(c *Comment) any { return c.at }),
		"lastEditedAt":      graphql.Get(func(c *Comment) any { return editedAt(c.editor, c.edited) }),
		"editor":            graphql.Get(func(c *Comment) any { return c.editor.alive() }),
		"updatedAt":         graphql.Get(func(c *Comment) any { return c.edited }),
		"pullRequest":       graphql.Get(func(c *Comment) any { return c.pull }),
		"repository":        graphql.Get(func(c *Comment) any { return c.pull.repo }),
	})
}

// editedAt is null for what nobody changed.
func editedAt(by *Account, at time.Time) any {
	if by == nil {
		return nil
	}
	return at
}

func connectReviews(reviews []*Review, args graphql.Args) (any, error) {
	return graphql.Connect(reviews, args, func(r *Review) string { return nodeID("PRR", r.ID) })
}

func pullReviews(_ context.Context, p *Pull, args graphql.Args) (any, error) {
	author, states := args.String("author"), args.Strings("states")
	return connectReviews(slices.DeleteFunc(slices.Clone(p.reviews), func(r *Review) bool {
		return author != "" && !strings.EqualFold(r.author.login, author) ||
			len(states) > 0 && !slices.Contains(states, r.state)
	}), args)
}

func pullLatestReviews(_ context.Context, p *Pull, args graphql.Args) (any, error) {
	return connectReviews(p.latestReviews(), args)
}

// pullOpinions leaves out comments, and with writersOnly the reviews of those who may not write.
func pullOpinions(_ context.Context, p *Pull, args graphql.Args) (any, error) {
	return connectReviews(slices.DeleteFunc(p.latestReviews(), func(r *Review) bool {
		return r.state == "COMMENTED" || args.Bool("writersOnly") && p.repo.role(r.author) < pull.Write
	}), args)
}

// reviewDecision sums the reviews up; it is null where the base branch asks for none.
func (p *Pull) reviewDecision() any {
	decided := p.repo.decisive(p)
	need := p.repo.requiredReviews(p.baseBranch)
	switch {
	case need == 0:
		return nil
	case slices.ContainsFunc(decided, func(r *Review) bool { return r.state == "CHANGES_REQUESTED" }):
		return "CHANGES_REQUESTED"
	case p.repo.approvals(p, false) >= need:
		return "APPROVED"
	}
	return "REVIEW_REQUIRED"
}

// requiredReviews is the most approvals that classic protection or an active ruleset asks for.
func (r *Repo) requiredReviews(branch string) int {
	need := 0
	if p := r.protection(branch); p != nil {
		need = p.Reviews
	}
	for _, rs := range r.rulesetsFor(branch) {
		for _, rule := range rs.Rules {
			if rs.Enforcement == "active" {
				need = max(need, rule.Reviews)
			}
		}
	}
	return need
}
