package graphql

import (
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// maxDocuments bounds the memory of documents already validated: clients send the same few again and again.
const maxDocuments = 512

type document struct {
	doc  *ast.QueryDocument
	errs []Error
}

type documents struct {
	schema *ast.Schema
	mu     sync.Mutex
	known  map[string]document
}

func newDocuments(schema *ast.Schema) *documents {
	return &documents{schema: schema, known: map[string]document{}}
}

// get parses and validates a document, or remembers having done so.
func (d *documents) get(query string) (*ast.QueryDocument, []Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if hit, ok := d.known[query]; ok {
		return hit.doc, hit.errs
	}
	parsed, list := gqlparser.LoadQueryWithRules(d.schema, query, rules.NewDefaultRules())
	fresh := document{doc: parsed}
	for _, err := range list {
		fresh.errs = append(fresh.errs, invalid(err))
	}
	if parsed != nil && len(parsed.Operations) == 0 {
		fresh.errs = append(fresh.errs, Error{Message: "the document has no operation"})
	}
	if len(d.known) >= maxDocuments {
		clear(d.known)
	}
	d.known[query] = fresh
	return fresh.doc, fresh.errs
}
