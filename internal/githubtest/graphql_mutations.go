package githubtest

import (
	"context"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
	"github.com/sallyport/sallyport/pull"
)

// mutation is what changes something; its payload is an object to which the client's own mutation id is added.
type mutation func(v *viewer, ctx context.Context, in graphql.Args) (object, error)

func resolveMutations(e *graphql.Engine) {
	for field, m := range map[string]mutation{
		"createCheckRun":   (*viewer).createCheckRun,
		"updateCheckRun":   (*viewer).updateCheckRun,
		"updateRefs":       (*viewer).updateRefs,
		"mergePullRequest": (*viewer).mergePullRequest,
		"closePullRequest": (*viewer).closePullRequest,
		"addComment":       (*viewer).addComment,

		"enqueuePullRequest": (*viewer).enqueuePullRequest,
		"dequeuePullRequest": (*viewer).dequeuePullRequest,
	} {
		e.Field("Mutation", field, func(ctx context.Context, _ any, args graphql.Args) (any, error) {
			in := args.Object("input")
			payload, err := m(viewerOf(ctx), ctx, in)
			if err != nil {
				return nil, err
			}
			payload["clientMutationId"] = in["clientMutationId"]
			return payload, nil
		})
	}
}

// fault tells a refusal of the REST API in GraphQL's words.
func (e *apiError) fault() error {
	if e == nil {
		return nil
	}
	kind := graphql.Unprocessable
	switch e.Status {
	case http.StatusNotFound:
		kind = graphql.NotFound
	case http.StatusForbidden:
		kind = graphql.Forbidden
	}
	return graphql.Faultf(kind, "%s", e.Message)
}

// target finds what a mutation is about, which must be of the kind T, and checks that the viewer may write it.
func target[T any](v *viewer, ctx context.Context, id, permission string) (T, error) {
	var none T
	found, err := v.node(id)
	if err != nil {
		return none, err
	}
	t, ok := found.(T)
	if !ok {
		return none, graphql.Faultf(graphql.NotFound, "Could not resolve to a node with the global id of '%s'.", id)
	}
	return t, mustHold(ctx, repositoryOf(found), permission, "write")
}

func (v *viewer) mergePullRequest(ctx context.Context, in graphql.Args) (object, error) {
	p, err := target[*Pull](v, ctx, in.String("pullRequestId"), "contents")
	if err != nil {
		return nil, err
	}
	_, no := v.s.mergePull(p, mergeRequest{By: v.by, Method: strings.ToLower(in.String("mergeMethod")),
		SHA: in.String("expectedHeadOid"), Title: in.String("commitHeadline"), Message: in.String("commitBody")})
	return object{"pullRequest": p, "actor": v.by.account}, no.fault()
}

func (v *viewer) closePullRequest(ctx context.Context, in graphql.Args) (object, error) {
	p, err := target[*Pull](v, ctx, in.String("pullRequestId"), "pull_requests")
	if err != nil {
		return nil, err
	}
	if v.by.install == nil && v.by.account != p.author && p.repo.role(v.by.account) < pull.Triage {
		return nil, graphql.Faultf(graphql.Forbidden, "%s does not have the correct permissions to execute `ClosePullRequest`", v.by.account.login)
	}
	p.close(v.by.account)
	return object{"pullRequest": p}, nil
}

// addComment comments on a pull request; an app may by either of two permissions.
func (v *viewer) addComment(ctx context.Context, in graphql.Args) (object, error) {
	p, err := target[*Pull](v, ctx, in.String("subjectId"), "pull_requests")
	if p == nil {
		return nil, err
	}
	if err != nil && mustHold(ctx, p.repo, "issues", "write") != nil {
		return nil, err
	}
	c := p.comment(v.by.account, in.String("body"))
	edge, err := graphql.Connect([]*Comment{c}, graphql.Args{"first": 1}, func(c *Comment) string { return nodeID("IC", c.ID) })
	if err != nil {
		return nil, err
	}
	return object{"commentEdge": edge.Edges[0], "subject": p, "timelineEdge": edge.Edges[0]}, nil
}
