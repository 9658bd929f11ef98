package graphql

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The error types that GitHub names beside a message.
const (
	NotFound          = "NOT_FOUND"
	Forbidden         = "FORBIDDEN"
	RateLimited       = "RATE_LIMITED"
	Unprocessable     = "UNPROCESSABLE"
	StaleData         = "STALE_DATA"
	InvalidCursor     = "INVALID_CURSOR_ARGUMENTS"
	MissingPagination = "MISSING_PAGINATION_BOUNDARIES"
	ExcessivePage     = "EXCESSIVE_PAGINATION"
	TooManyNodes      = "MAX_NODE_LIMIT_EXCEEDED"
)

// Fault is an error that a resolver means to show to the client. Any other error of a resolver is the program's own
// mistake and is recorded as a violation as well.
type Fault struct {
	Type       string
	Message    string
	Extensions map[string]any
}

func (f *Fault) Error() string { return f.Message }

// Faultf makes a Fault of one of the types above.
func Faultf(kind, format string, args ...any) *Fault {
	return &Fault{Type: kind, Message: fmt.Sprintf(format, args...)}
}

// Error is one entry of a response's errors. Path holds response keys (strings) and list positions (ints).
type Error struct {
	Type       string              `json:"type,omitempty"`
	Path       []any               `json:"path,omitempty"`
	Extensions map[string]any      `json:"extensions,omitempty"`
	Locations  []gqlerror.Location `json:"locations,omitempty"`
	Message    string              `json:"message"`
}

func locate(pos *ast.Position) []gqlerror.Location {
	if pos == nil {
		return nil
	}
	return []gqlerror.Location{{Line: pos.Line, Column: pos.Column}}
}

func invalid(err *gqlerror.Error) Error {
	out := Error{Message: err.Message, Locations: err.Locations}
	for _, step := range err.Path {
		switch s := step.(type) {
		case ast.PathName:
			out.Path = append(out.Path, string(s))
		case ast.PathIndex:
			out.Path = append(out.Path, int(s))
		}
	}
	if err.Rule != "" {
		out.Extensions = map[string]any{"code": err.Rule}
	}
	return out
}
