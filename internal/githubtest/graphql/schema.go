package graphql

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed schema.graphql
var official string

// Official is GitHub's published schema. It is parsed once; the same value is shared by all callers and must not be
// changed.
var Official = sync.OnceValue(func() *ast.Schema {
	return MustParse("schema.graphql", official)
})

// MustParse parses a schema and panics when it is not one, since a schema is part of the program.
func MustParse(name, text string) *ast.Schema {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: name, Input: text})
	if err != nil {
		panic(fmt.Errorf("parsing %s: %w", name, err))
	}
	return schema
}
