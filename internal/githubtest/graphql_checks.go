package githubtest

import (
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// checksNode is all that checks say of one commit: the parent of StatusCheckRollup and Status.
type checksNode struct {
	repo *Repo
	sha  string
}

// contexts are the newest check run of each app and name, then the newest status of each context.
func (n *checksNode) contexts() []any {
	var all []any
	for _, c := range latest(n.repo.runsBySHA[n.sha]) {
		all = append(all, c)
	}
	for _, st := range n.repo.latestStatuses(n.sha) {
		all = append(all, st)
	}
	return all
}

func resolveChecks(e *graphql.Engine) {
	e.Fields("StatusCheckRollup", map[string]graphql.Resolver{
		"state":  graphql.Get(func(n *checksNode) any { return n.repo.rollup(n.sha) }),
		"commit": graphql.Get(func(n *checksNode) any { return n.repo.commitNode(n.sha) }),
		"contexts": graphql.On(func(_ context.Context, n *checksNode, args graphql.Args) (any, error) {
			return graphql.Connect(n.contexts(), args, globalID)
		}),
	})
	e.Fields("Status", map[string]graphql.Resolver{
		"state":    graphql.Get(func(n *checksNode) any { return n.statusState() }),
		"commit":   graphql.Get(func(n *checksNode) any { return n.repo.commitNode(n.sha) }),
		"contexts": graphql.Get(func(n *checksNode) any { return n.repo.latestStatuses(n.sha) }),
		"context":  graphql.On(statusNamed),
		"combinedContexts": graphql.On(func(_ context.Context, n *checksNode, args graphql.Args) (any, error) {
			return graphql.Connect(n.contexts(), args, globalID)
		}),
	})
	e.Fields("StatusContext", map[string]graphql.Resolver{
		"context":     graphql.Get(func(s *Status) any { return s.context }),
		"state":       graphql.Get(func(s *Status) any { return strings.ToUpper(s.state) }),
		"description": graphql.Get(func(s *Status) any { return orNull(s.description) }),
		"targetUrl":   graphql.Get(func(s *Status) any { return orNull(s.target) }),
		"createdAt":   graphql.Get(func(s *Status) any { return s.at }),
		"creator":     graphql.Get(func(s *Status) any { return s.creator.alive() }),
		"commit":      graphql.Get(func(s *Status) any { return s.repo.commitNode(s.sha) }),
		"isRequired": graphql.On(func(_ context.Context, s *Status, args graphql.Args) (any, error) {
			return required(s.repo, args, s.context, 0)
		}),
	})
	e.Fields("CheckRun", checkRunFields())
	e.Fields("CheckSuite", checkSuiteFields())
	e.Field("WorkflowRun", "event", graphql.Get(func(w *workflowRun) any { return w.event }))
	e.Field("WorkflowRun", "file", graphql.Get(func(w *workflowRun) any { return w }))
	e.Field("WorkflowRunFile", "path", graphql.Get(func(w *workflowRun) any { return w.path }))
}

func checkRunFields() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"databaseId":  graphql.Get(func(c *CheckRun) any { return c.ID }),
		"name":        graphql.Get(func(c *CheckRun) any { return c.name }),
		"status":      graphql.Get(func(c *CheckRun) any { return strings.ToUpper(c.status) }),
		"conclusion":  graphql.Get(func(c *CheckRun) any { return orNull(strings.ToUpper(c.conclusion)) }),
		"startedAt":   graphql.Get(func(c *CheckRun) any { return c.started }),
		"completedAt": graphql.Get(func(c *CheckRun) any { return c.completed }),
		"externalId":  graphql.Get(func(c *CheckRun) any { return c.externalID }),
		"detailsUrl":  graphql.Get(func(c *CheckRun) any { return orNull(c.detailsURL) }),
		"permalink":   graphql.Get(func(c *CheckRun) any { return c.repo.s.url + resourcePath(c) }),
		"title":       graphql.Get(func(c *CheckRun) any { return orNull(c.output.Title) }),
		"summary":     graphql.Get(func(c *CheckRun) any { return orNull(c.output.Summary) }),
		"text":        graphql.Get(func(c *CheckRun) any { return orNull(c.output.Text) }),
		"checkSuite":  graphql.Get(func(c *CheckRun) any { return c.suite }),
		"repository":  graphql.Get(func(c *CheckRun) any { return c.repo }),
		"annotations": graphql.On(func(_ context.Context, c *CheckRun, args graphql.Args) (any, error) {
			return connectAnnotations(c, args)
		}),
		"isRequired": graphql.On(func(_ context.Context, c *CheckRun, args graphql.Args) (any, error) {
			return required(c.repo, args, c.name, c.app.ID)
		}),
	}
}

func checkSuiteFields() map[string]graphql.Resolver {
	return map[string]graphql.Resolver{
		"databaseId": graphql.Get(func(s *CheckSuite) any { return s.ID }),
		"app":        graphql.Get(func(s *CheckSuite) any { return s.app }),
		"commit":     graphql.Get(func(s *CheckSuite) any { return s.repo.commitNode(s.sha) }),
		"branch":     graphql.Get(func(s *CheckSuite) any { return s.repo.refNode("refs/heads/" + s.branch) }),
		"status":     graphql.Get(func(s *CheckSuite) any { status, _ := s.state(); return strings.ToUpper(status) }),
		"conclusion": graphql.Get(func(s *CheckSuite) any { _, c := s.state(); return orNull(strings.ToUpper(c)) }),
		"createdAt":  graphql.Get(func(s *CheckSuite) any { return s.created }),
		"updatedAt":  graphql.Get(func(s *CheckSuite) any { return s.updated }),
		"repository": graphql.Get(func(s *CheckSuite) any { return s.repo }),
		"workflowRun": graphql.Get(func(s *CheckSuite) any {
			if s.run == nil {
				return nil
			}
			return s.run
		}),
		"checkRuns": graphql.On(suiteRuns),
		"matchingPullRequests": graphql.On(func(_ context.Context, s *CheckSuite, args graphql.Args) (any, error) {
			return connectPulls(s.repo.openPullsAt(s.sha), args)
		}),
	}
}

// commitRollup is null for a commit that no check speaks of.
func commitRollup(ctx context.Context, c *commitNode, _ graphql.Args) (any, error) {
	if err := mustHold(ctx, c.repo, "checks", "read"); err != nil {
		return nil, err
	}
	if err := mustHold(ctx, c.repo, "statuses", "read"); err != nil {
		return nil, err
	}
	n := &checksNode{c.repo, c.SHA}
	if len(n.contexts()) == 0 {
		return nil, nil
	}
	return n, nil
}

func commitStatus(ctx context.Context, c *commitNode, _ graphql.Args) (any, error) {
	if err := mustHold(ctx, c.repo, "statuses", "read"); err != nil {
		return nil, err
	}
	if len(c.repo.statuses[c.SHA]) == 0 {
		return nil, nil
	}
	return &checksNode{c.repo, c.SHA}, nil
}

// statusState is the worst of the statuses alone.
func (n *checksNode) statusState() string {
	worst := []string{"ERROR", "FAILURE", "PENDING", "SUCCESS"}
	at := len(worst) - 1
	for _, s := range n.repo.latestStatuses(n.sha) {
		at = min(at, slices.Index(worst, strings.ToUpper(s.state)))
	}
	return worst[at]
}

func statusNamed(_ context.Context, n *checksNode, args graphql.Args) (any, error) {
	for _, s := range n.repo.latestStatuses(n.sha) {
		if s.context == args.String("name") {
			return s, nil
		}
	}
	return nil, nil
}

func commitSuites(ctx context.Context, c *commitNode, args graphql.Args) (any, error) {
	if err := mustHold(ctx, c.repo, "checks", "read"); err != nil {
		return nil, err
	}
	filter := args.Object("filterBy")
	suites := slices.DeleteFunc(c.repo.suitesOn(c.SHA), func(s *CheckSuite) bool {
		name := filter.String("checkName")
		return otherApp(filter, s.app) ||
			name != "" && !slices.ContainsFunc(s.runs(), func(c *CheckRun) bool { return c.name == name })
	})
	return graphql.Connect(suites, args, func(s *CheckSuite) string { return nodeID("CS", s.ID) })
}

// suiteRuns shows the newest run of each name unless all are asked for.
func suiteRuns(_ context.Context, s *CheckSuite, args graphql.Args) (any, error) {
	filter := args.Object("filterBy")
	runs := slices.Clone(s.runs())
	if filter.String("checkType") != "ALL" {
		runs = latest(runs)
	}
	runs = slices.DeleteFunc(runs, func(c *CheckRun) bool {
		name, status := filter.String("checkName"), filter.String("status")
		statuses, conclusions := filter.Strings("statuses"), filter.Strings("conclusions")
		return otherApp(filter, c.app) || name != "" && c.name != name ||
			status != "" && strings.ToUpper(c.status) != status ||
			len(statuses) > 0 && !slices.Contains(statuses, strings.ToUpper(c.status)) ||
			len(conclusions) > 0 && !slices.Contains(conclusions, strings.ToUpper(c.conclusion))
	})
	return graphql.Connect(runs, args, func(c *CheckRun) string { return nodeID("CR", c.ID) })
}

func otherApp(filter graphql.Args, app *App) bool {
	id, given := filter.Int("appId")
	return given && int64(id) != app.ID
}
