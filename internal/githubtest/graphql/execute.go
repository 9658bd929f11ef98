package graphql

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// execution is the state of one call.
type execution struct {
	engine *Engine
	doc    *ast.QueryDocument
	vars   map[string]any
	out    *Response
}

// trail is a path from a field up to the root; it is turned into a list only when an error needs one.
type trail struct {
	up  *trail
	key any
}

func (t *trail) path() []any {
	if t == nil {
		return nil
	}
	return append(t.up.path(), t.key)
}

func (x *execution) run(ctx context.Context, op *ast.OperationDefinition, root any) {
	typ := x.engine.schema.Query
	if op.Operation == ast.Mutation {
		typ = x.engine.schema.Mutation
	}
	x.out.executed = true
	if data, ok := x.object(ctx, typ, root, []ast.SelectionSet{op.SelectionSet}, nil); ok {
		x.out.Data = data
	}
}

// object executes the selections on one object. It is false when a field that may not be null could not be had, so
// that the object itself must become null.
func (x *execution) object(ctx context.Context, typ *ast.Definition, value any, sets []ast.SelectionSet, at *trail) (*Object, bool) {
	out, whole := &Object{}, true
	for _, group := range x.collect(typ, sets) {
		if result, ok := x.field(ctx, typ, value, group, &trail{at, group.key}); ok {
			out.Set(group.key, result)
		} else {
			whole = false
		}
	}
	return out, whole
}

func (x *execution) field(ctx context.Context, typ *ast.Definition, parent any, g *group, at *trail) (any, bool) {
	name := g.fields[0].Name
	if name == "__typename" {
		return typ.Name, true
	}
	def := typ.Fields.ForName(name)
	if def == nil {
		x.report(fmt.Errorf("%s has no field %s", typ.Name, name), typ.Name+"."+name, g, at)
		return nil, true
	}
	value, err := x.resolve(ctx, typ, def, parent, g)
	if err != nil {
		x.report(err, typ.Name+"."+name, g, at)
		return nil, !def.Type.NonNull
	}
	return x.complete(ctx, def.Type, typ.Name+"."+name, value, g, at)
}

func (x *execution) resolve(ctx context.Context, typ *ast.Definition, def *ast.FieldDefinition, parent any, g *group) (any, error) {
	args, err := x.arguments(def, g.fields[0])
	if err != nil {
		return nil, err
	}
	if isConnection(def) {
		if err := x.bounds(def.Name, args); err != nil {
			return nil, err
		}
	}
	if r := x.engine.resolver(typ, def.Name); r != nil {
		return r(ctx, parent, args)
	}
	if value, ok := read(parent, def.Name); ok {
		return value, nil
	}
	return nil, fmt.Errorf("no resolver for %s.%s on %T", typ.Name, def.Name, parent)
}

// complete turns a resolved value into its response. It is false when the parent must become null.
func (x *execution) complete(ctx context.Context, t *ast.Type, name string, value any, g *group, at *trail) (any, bool) {
	if isNil(value) {
		if t.NonNull {
			x.report(fmt.Errorf("cannot return null for non-nullable field %s", name), name, g, at)
		}
		return nil, !t.NonNull
	}
	result, ok := x.completeValue(ctx, t, name, value, g, at)
	if !ok {
		return nil, !t.NonNull
	}
	return result, true
}

func (x *execution) completeValue(ctx context.Context, t *ast.Type, name string, value any, g *group, at *trail) (any, bool) {
	if t.Elem != nil {
		return x.completeList(ctx, t.Elem, name, value, g, at)
	}
	def := x.engine.schema.Types[t.NamedType]
	if def.IsLeafType() {
		leaf, err := serialize(def, value)
		if err != nil {
			x.report(err, name, g, at)
			return nil, false
		}
		if leaf == nil && t.NonNull {
			x.report(fmt.Errorf("cannot return null for non-nullable field %s", name), name, g, at)
			return nil, false
		}
		return leaf, true
	}
	concrete, err := x.engine.concrete(def, value)
	if err != nil {
		x.report(err, name, g, at)
		return nil, false
	}
	// The typed nil of a failed object must not reach the caller as a non-nil interface.
	if o, ok := x.object(ctx, concrete, value, g.selections(), at); ok {
		return o, true
	}
	return nil, false
}

func (x *execution) completeList(ctx context.Context, elem *ast.Type, name string, value any, g *group, at *trail) (any, bool) {
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice {
		x.report(fmt.Errorf("resolver of %s gave %T for a list", name, value), name, g, at)
		return nil, false
	}
	out, whole := make([]any, list.Len()), true
	for i := range out {
		var ok bool
		if out[i], ok = x.complete(ctx, elem, name, list.Index(i).Interface(), g, &trail{at, i}); !ok {
			whole = false
		}
	}
	return out, whole
}

// concrete finds the object type of a value whose field is declared as an object, interface or union type.
func (e *Engine) concrete(declared *ast.Definition, value any) (*ast.Definition, error) {
	if declared.Kind == ast.Object {
		return declared, nil
	}
	name := e.TypeOf(value)
	if !e.possible[declared.Name][name] {
		return nil, fmt.Errorf("a %T (type %q) is no %s", value, name, declared.Name)
	}
	return e.schema.Types[name], nil
}

func (x *execution) report(err error, name string, g *group, at *trail) {
	entry := Error{Message: err.Error(), Path: at.path(), Locations: locate(g.fields[0].Position)}
	var fault *Fault
	if errors.As(err, &fault) {
		entry.Type, entry.Extensions = fault.Type, fault.Extensions
	}
	if fault == nil || fault.Type == MissingPagination || fault.Type == ExcessivePage {
		x.violate(fmt.Sprintf("%s: %s", name, err))
	}
	x.out.Errors = append(x.out.Errors, entry)
}

func (x *execution) violate(what string) {
	if x.out.Operation != "" {
		what = x.out.Operation + ": " + what
	}
	if !slices.Contains(x.out.Violations, what) {
		x.out.Violations = append(x.out.Violations, what)
	}
}

func isNil(value any) bool {
	if value == nil {
		return true
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Interface, reflect.Func:
		return v.IsNil()
	}
	return false
}
