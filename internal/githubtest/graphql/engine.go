// Package graphql executes GraphQL documents against a schema, with resolvers registered by type and field. It knows
// GitHub's conventions (connections, points, node limits, typed errors) but nothing of GitHub's data.
package graphql

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"
)

// Resolver gives the value of one field of parent. A nil value is null. Lists are slices; objects are whatever the
// resolvers of their type expect.
type Resolver func(ctx context.Context, parent any, args Args) (any, error)

// On makes a Resolver of a function that wants its parent as T.
func On[T any](f func(ctx context.Context, parent T, args Args) (any, error)) Resolver {
	return func(ctx context.Context, parent any, args Args) (any, error) {
		p, ok := parent.(T)
		if !ok {
			return nil, fmt.Errorf("resolver expects %v, got %T", reflect.TypeFor[T](), parent)
		}
		return f(ctx, p, args)
	}
}

// Get makes a Resolver of a function that only reads its parent.
func Get[T any](f func(parent T) any) Resolver {
	return On(func(_ context.Context, parent T, _ Args) (any, error) { return f(parent), nil })
}

// Engine executes documents. Register all fields before the first Do; after that it is safe for concurrent use.
type Engine struct {
	schema    *ast.Schema
	fields    map[string]map[string]Resolver
	possible  map[string]map[string]bool // type condition → object types it admits
	documents *documents
	// TypeOf names the object type of a value whose field is declared as an interface or a union. The default reads the
	// key "__typename" of maps.
	TypeOf func(value any) string
	// NodeLimit is the most nodes that one call may ask for, as GitHub counts them.
	NodeLimit int
	// PageLimit is the most records that one page of a connection may hold.
	PageLimit int
}

// New makes an engine without resolvers, with GitHub's limits.
func New(schema *ast.Schema) *Engine {
	e := &Engine{schema: schema, fields: map[string]map[string]Resolver{}, possible: map[string]map[string]bool{},
		documents: newDocuments(schema), TypeOf: typename, NodeLimit: 500_000, PageLimit: 100}
	for condition, types := range schema.PossibleTypes {
		e.possible[condition] = map[string]bool{condition: true}
		for _, t := range types {
			e.possible[condition][t.Name] = true
		}
	}
	return e
}

func typename(value any) string {
	m, _ := value.(map[string]any)
	name, _ := m["__typename"].(string)
	return name
}

// Field registers the resolver of a field. The type may be an interface: it then serves every object type that
// implements it and has no resolver of its own. A field that the schema lacks is a mistake in the program and panics.
func (e *Engine) Field(typ, field string, r Resolver) {
	def := e.schema.Types[typ]
	if def == nil || def.Fields.ForName(field) == nil {
		panic(fmt.Sprintf("graphql: the schema has no field %s.%s", typ, field))
	}
	if e.fields[typ] == nil {
		e.fields[typ] = map[string]Resolver{}
	}
	e.fields[typ][field] = r
}

// Fields registers several resolvers of one type.
func (e *Engine) Fields(typ string, resolvers map[string]Resolver) {
	for field, r := range resolvers {
		e.Field(typ, field, r)
	}
}

func (e *Engine) resolver(typ *ast.Definition, field string) Resolver {
	if r := e.fields[typ.Name][field]; r != nil {
		return r
	}
	for _, i := range typ.Interfaces {
		if r := e.fields[i][field]; r != nil {
			return r
		}
	}
	return nil
}

// Request is one call, as posted.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	// Admit, when set, is asked before anything is executed; its fault is the whole answer.
	Admit func(Cost) *Fault `json:"-"`
}

// ParseRequest reads a request body. Numbers stay json.Number, so that large ids survive.
func ParseRequest(body []byte) (Request, error) {
	var r Request
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("parsing GraphQL request: %w", err)
	}
	return r, nil
}

// Response is the outcome of one call. Violations are mistakes of the client's document or of the resolvers, as
// opposed to things that can go wrong on a healthy server; they are not part of the JSON.
type Response struct {
	Data   *Object `json:"-"`
	Errors []Error `json:"-"`

	Operation  string   `json:"-"` // the operation's name, "" when anonymous or invalid
	Mutation   bool     `json:"-"`
	Cost       Cost     `json:"-"`
	Violations []string `json:"-"`

	executed bool
}

// MarshalJSON writes data and errors as GitHub does: no data at all for a document that was never executed.
func (r Response) MarshalJSON() ([]byte, error) {
	var o Object
	if r.executed {
		o.Set("data", r.Data)
	}
	if len(r.Errors) > 0 {
		o.Set("errors", r.Errors)
	}
	return json.Marshal(&o)
}

// Do parses, validates and executes one call. root is the parent of the fields of Query and Mutation.
func (e *Engine) Do(ctx context.Context, r Request, root any) Response {
	doc, errs := e.documents.get(r.Query)
	if len(errs) > 0 {
		return refused(errs)
	}
	op, err := operation(doc, r.OperationName)
	if err != nil {
		return refused([]Error{{Message: err.Error()}})
	}
	out := Response{Operation: op.Name, Mutation: op.Operation == ast.Mutation}
	x := &execution{engine: e, doc: doc, out: &out}
	vars, fault := e.variables(op, r.Variables)
	if fault != nil {
		return refused([]Error{*fault})
	}
	x.vars = vars
	if out.Cost, fault = x.cost(op); fault != nil {
		x.violate(fault.Message)
		out.Errors = []Error{*fault}
		return out
	}
	if r.Admit != nil {
		if no := r.Admit(out.Cost); no != nil {
			out.Errors = []Error{{Type: no.Type, Message: no.Message, Extensions: no.Extensions}}
			return out
		}
	}
	x.run(context.WithValue(ctx, costKey{}, out.Cost), op, root)
	return out
}

func refused(errs []Error) Response {
	out := Response{Errors: errs, Cost: Cost{Points: 1}}
	for _, err := range errs {
		out.Violations = append(out.Violations, err.Message)
	}
	return out
}

func operation(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, error) {
	switch {
	case name != "":
		if op := doc.Operations.ForName(name); op != nil {
			return op, nil
		}
		return nil, fmt.Errorf("no operation named %q", name)
	case len(doc.Operations) == 1:
		return doc.Operations[0], nil
	}
	return nil, fmt.Errorf("an operation name is required: the document has %d operations", len(doc.Operations))
}
