package githubtest

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// updateRefs moves refs by compare-and-swap: all of them, or none when a single one is refused.
func (v *viewer) updateRefs(ctx context.Context, in graphql.Args) (object, error) {
	r, err := target[*Repo](v, ctx, in.String("repositoryId"), "contents")
	if err != nil {
		return nil, err
	}
	var moves []refUpdate
	for _, update := range in.Objects("refUpdates") {
		u, err := v.refUpdate(r, update)
		if err != nil {
			return nil, err
		}
		moves = append(moves, u)
	}
	for _, u := range moves {
		if err := r.move(u); err != nil {
			return nil, err
		}
	}
	return object{}, nil
}

// refUpdate checks one wish: the name, that the ref is where the caller thinks, and what protection says.
func (v *viewer) refUpdate(r *Repo, in graphql.Args) (refUpdate, error) {
	name := in.String("name")
	u := refUpdate{Ref: name, Before: orDefault(r.git.refs[name], zeroSHA), After: in.String("afterOid"), Force: in.Bool("force"), By: v.by}
	switch expected, given := in["beforeOid"].(string); {
	case !strings.HasPrefix(name, "refs/") || strings.Count(name, "/") < 2, r.s.unmovable(name):
		return u, graphql.Faultf(graphql.Unprocessable, "%s is not a valid ref name", name)
	case given && expected != u.Before:
		return u, graphql.Faultf(graphql.StaleData, "Expected %s to point to %q but it did not. Pull and try again.", name, expected)
	case !v.by.mayWrite(r) || r.archived:
		return u, graphql.Faultf(graphql.Forbidden, "Resource not accessible by integration")
	case u.deletes() && !u.Force: // nobody has published whether GitHub asks for it: whoever does not say so may not rely on it
		return u, graphql.Faultf(graphql.Unprocessable, "Reference update failed: %s", errNotFastForward)
	}
	if err := r.allowed(u); err != nil {
		return u, refusedUpdate(err)
	}
	return u, r.workflowFault(u)
}

func refusedUpdate(err error) error {
	var rules *protectedError
	if errors.As(err, &rules) {
		return graphql.Faultf(graphql.Unprocessable, "Repository rule violations found\n\n%s", strings.Join(rules.problems, "\n"))
	}
	return graphql.Faultf(graphql.Unprocessable, "Reference update failed: %s", err)
}

// workflowFault keeps apps without the workflows permission from bringing workflow files into a branch.
func (r *Repo) workflowFault(u refUpdate) error {
	beside := !strings.HasPrefix(u.Ref, "refs/heads/") && !strings.HasPrefix(u.Ref, "refs/tags/") // notes hold no workflows
	if u.By.install == nil || u.By.install.can("workflows", "write") || u.deletes() || beside {
		return nil
	}
	before := u.Before
	if u.creates() {
		before = r.git.branch(r.main)
	}
	files, err := r.s.diff(r, before, u.After)
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.HasPrefix(f.Path, ".github/workflows/") || strings.HasPrefix(f.Previous, ".github/workflows/") {
			return graphql.Faultf(graphql.Forbidden,
				"refusing to allow a GitHub App to create or update workflow `%s` without `workflows` permission", f.Path)
		}
	}
	return nil
}
