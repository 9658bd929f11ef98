package graphql

import (
	"context"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Cost is what a call takes from the rate limit, computed from the document alone.
type Cost struct {
	Points int // requests for all connections, divided by 100 and rounded, at least 1
	Nodes  int // the most nodes that could come back
}

type costKey struct{}

// CostOf is the cost of the call that a resolver serves.
func CostOf(ctx context.Context) Cost {
	c, _ := ctx.Value(costKey{}).(Cost)
	return c
}

// tally sums what the connections of a document ask for.
type tally struct {
	x        *execution
	requests int
	nodes    int
}

// cost follows GitHub's published formula: a connection needs one request for each record of the connections that it
// is nested in, and every connection is assumed to be filled.
func (x *execution) cost(op *ast.OperationDefinition) (Cost, *Error) {
	t := tally{x: x}
	t.add(op.SelectionSet, 1)
	c := Cost{Points: max(1, (t.requests+50)/100), Nodes: t.nodes}
	if limit := x.engine.NodeLimit; c.Nodes > limit {
		return c, &Error{Type: TooManyNodes, Locations: locate(op.Position), Message: fmt.Sprintf(
			"This query requests up to %s possible nodes which exceeds the maximum limit of %s.", grouped(c.Nodes), grouped(limit))}
	}
	return c, nil
}

func (t *tally) add(set ast.SelectionSet, times int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if t.x.included(s.Directives) {
				t.addField(s, times)
			}
		case *ast.InlineFragment:
			if t.x.included(s.Directives) {
				t.add(s.SelectionSet, times)
			}
		case *ast.FragmentSpread:
			if t.x.included(s.Directives) {
				t.add(s.Definition.SelectionSet, times)
			}
		}
	}
}

func (t *tally) addField(f *ast.Field, times int) {
	if f.Definition != nil && isConnection(f.Definition) {
		t.requests = saturate(t.requests, times)
		times = min(times*t.size(f), boundless)
		t.nodes = saturate(t.nodes, times)
	}
	t.add(f.SelectionSet, times)
}

// boundless caps the sums, so that a deep document cannot overflow them: far below it every call is refused anyway.
const boundless = 1 << 40

func saturate(a, b int) int { return min(a+b, boundless) }

// size is the page size that a connection asks for. A wrong or missing one is answered when the field is resolved.
func (t *tally) size(f *ast.Field) int {
	args, err := t.x.arguments(f.Definition, f)
	if err != nil {
		return 1
	}
	for _, bound := range []string{"first", "last"} {
		if n, ok := args.Int(bound); ok {
			return min(max(n, 0), t.x.engine.PageLimit)
		}
	}
	return 1
}

// bounds refuses a connection without a page size, or with one that GitHub does not serve.
func (x *execution) bounds(name string, args Args) error {
	bounded := false
	for _, bound := range []string{"first", "last"} {
		n, ok := args.Int(bound)
		if !ok {
			continue
		}
		bounded = true
		if n < 0 {
			return Faultf(ExcessivePage, "`%s` on the `%s` connection cannot be less than zero.", bound, name)
		}
		if n > x.engine.PageLimit {
			return Faultf(ExcessivePage, "Requesting %d records on the `%s` connection exceeds the `%s` limit of %d records.",
				n, name, bound, x.engine.PageLimit)
		}
	}
	if !bounded {
		return Faultf(MissingPagination, "You must provide a `first` or `last` value to properly paginate the `%s` connection.", name)
	}
	return nil
}

func isConnection(def *ast.FieldDefinition) bool {
	return strings.HasSuffix(def.Type.Name(), "Connection") &&
		def.Arguments.ForName("first") != nil && def.Arguments.ForName("last") != nil
}

// grouped writes 500000 as "500,000".
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
