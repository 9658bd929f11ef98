package githubtest

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// required answers isRequired: do the rules of the pull request's base branch name this check?
func required(r *Repo, args graphql.Args, name string, app int64) (any, error) {
	p, err := requiredFor(r, args)
	if err != nil {
		return nil, err
	}
	for _, c := range r.requiredChecks(p.baseBranch) {
		if c.Name == name && (c.App == 0 || c.App == app) {
			return true, nil
		}
	}
	return false, nil
}

func requiredFor(r *Repo, args graphql.Args) (*Pull, error) {
	if number, ok := args.Int("pullRequestNumber"); ok {
		if p := r.pull(number); p != nil {
			return p, nil
		}
		return nil, graphql.Faultf(graphql.NotFound, "Could not resolve to a PullRequest with the number of %d.", number)
	}
	if p, ok := r.s.node(args.String("pullRequestId")).(*Pull); ok {
		return p, nil
	}
	return nil, graphql.Faultf("", "`isRequired` needs a pull request: give `pullRequestId` or `pullRequestNumber`.")
}

// requiredChecks is what classic protection and active rulesets demand of a branch.
func (r *Repo) requiredChecks(branch string) []RequiredCheck {
	var all []RequiredCheck
	if p := r.protection(branch); p != nil {
		all = append(all, p.Checks...)
	}
	for _, rs := range r.rulesetsFor(branch) {
		for _, rule := range rs.Rules {
			if rs.Enforcement == "active" {
				all = append(all, rule.Checks...)
			}
		}
	}
	return all
}

// annotationNode is an annotation of a check run.
type annotationNode struct {
	run *CheckRun
	at  int
}

func (n annotationNode) says() checkAnnotation { return n.run.output.Annotations[n.at] }

func connectAnnotations(c *CheckRun, args graphql.Args) (any, error) {
	nodes := make([]annotationNode, len(c.output.Annotations))
	for i := range nodes {
		nodes[i] = annotationNode{c, i}
	}
	return graphql.Connect(nodes, args, func(n annotationNode) string { return fmt.Sprint(n.at) })
}

func resolveAnnotations(e *graphql.Engine) {
	e.Fields("CheckAnnotation", map[string]graphql.Resolver{
		"path":            graphql.Get(func(n annotationNode) any { return n.says().Path }),
		"message":         graphql.Get(func(n annotationNode) any { return n.says().Message }),
		"title":           graphql.Get(func(n annotationNode) any { return orNull(n.says().Title) }),
		"rawDetails":      graphql.Get(func(n annotationNode) any { return orNull(n.says().RawDetails) }),
		"annotationLevel": graphql.Get(func(n annotationNode) any { return strings.ToUpper(n.says().AnnotationLevel) }),
		"blobUrl": graphql.Get(func(n annotationNode) any {
			return n.run.repo.s.url + "/" + n.run.repo.fullName() + "/blob/" + n.run.sha + "/" + n.says().Path
		}),
		"location": graphql.Get(func(n annotationNode) any {
			return object{"start": object{"line": n.says().StartLine, "column": nil}, "end": object{"line": n.says().EndLine, "column": nil}}
		}),
	})
}
