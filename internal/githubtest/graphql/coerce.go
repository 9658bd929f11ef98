package graphql

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

var errRequired = errors.New("expected value to not be null")

// variables coerces the values sent with a call to the types that its operation declares.
func (e *Engine) variables(op *ast.OperationDefinition, sent map[string]any) (map[string]any, *Error) {
	out := map[string]any{}
	for _, def := range op.VariableDefinitions {
		value, err := e.variable(def, sent, out)
		if err != nil {
			return nil, &Error{Message: fmt.Sprintf("Variable $%s of type %s was provided invalid value: %s", def.Variable, def.Type, err),
				Locations: locate(def.Position), Extensions: map[string]any{"problems": []any{map[string]any{"explanation": err.Error()}}}}
		}
		if value != absent {
			out[def.Variable] = value
		}
	}
	return out, nil
}

// absent tells a value that was never given from one that was given as null.
var absent any = new(struct{ byte })

func (e *Engine) variable(def *ast.VariableDefinition, sent, soFar map[string]any) (any, error) {
	value, given := sent[def.Variable]
	if given {
		return e.coerce(def.Type, value)
	}
	if def.DefaultValue == nil {
		if def.Type.NonNull {
			return nil, errRequired
		}
		return absent, nil
	}
	value, err := def.DefaultValue.Value(soFar)
	if err != nil {
		return nil, fmt.Errorf("reading default: %w", err)
	}
	return e.coerce(def.Type, value)
}

func (x *execution) arguments(def *ast.FieldDefinition, f *ast.Field) (Args, error) {
	args := Args{}
	for name, value := range f.ArgumentMap(x.vars) {
		coerced, err := x.engine.coerce(def.Arguments.ForName(name).Type, value)
		if err != nil {
			return nil, Faultf("", "Argument '%s' on Field '%s' has an invalid value: %s", name, f.Name, err)
		}
		args[name] = coerced
	}
	return args, nil
}

// coerce brings an input value to its type. It accepts what it has returned, so that a variable inside a literal may
// pass twice.
func (e *Engine) coerce(t *ast.Type, value any) (any, error) {
	switch {
	case value == nil && t.NonNull:
		return nil, errRequired
	case value == nil:
		return nil, nil
	case t.Elem != nil:
		return e.coerceList(t.Elem, value)
	}
	def := e.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.InputObject:
		return e.coerceObject(def, value)
	case ast.Enum:
		return coerceEnum(def, value)
	}
	return coerceScalar(def.Name, value)
}

// coerceList also takes a single value for a list of one, as the specification asks.
func (e *Engine) coerceList(elem *ast.Type, value any) (any, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	out := make([]any, len(list))
	for i, item := range list {
		var err error
		if out[i], err = e.coerce(elem, item); err != nil {
			return nil, fmt.Errorf("at %d: %w", i, err)
		}
	}
	return out, nil
}

func (e *Engine) coerceObject(def *ast.Definition, value any) (any, error) {
	given, ok := value.(map[string]any)
	if !ok {
		if given, ok = value.(Args); !ok {
			return nil, fmt.Errorf("expected a %s", def.Name)
		}
	}
	for name := range given {
		if def.Fields.ForName(name) == nil {
			return nil, fmt.Errorf("field is not defined on %s: %s", def.Name, name)
		}
	}
	out := Args{}
	for _, f := range def.Fields {
		member, ok := given[f.Name]
		if !ok && f.DefaultValue != nil {
			fallback, err := f.DefaultValue.Value(nil)
			if err != nil {
				return nil, fmt.Errorf("%s: reading default: %w", f.Name, err)
			}
			member, ok = fallback, true
		}
		if !ok && !f.Type.NonNull {
			continue
		}
		coerced, err := e.coerce(f.Type, member)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		out[f.Name] = coerced
	}
	return out, nil
}

func coerceEnum(def *ast.Definition, value any) (any, error) {
	if s, ok := value.(string); ok && def.EnumValues.ForName(s) != nil {
		return s, nil
	}
	return nil, fmt.Errorf("expected %q to be one of the values of %s", fmt.Sprint(value), def.Name)
}

func coerceScalar(name string, value any) (any, error) {
	refusal := fmt.Errorf("could not coerce value %#v to %s", value, name)
	switch name {
	case "Boolean":
		if b, ok := value.(bool); ok {
			return b, nil
		}
		return nil, refusal
	case "Int":
		if n, ok := whole(value); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			return int(n), nil
		}
		return nil, refusal
	case "Float":
		if f, err := strconv.ParseFloat(fmt.Sprint(value), 64); err == nil {
			return f, nil
		}
		return nil, refusal
	}
	s, ok := value.(string)
	if n, isWhole := whole(value); !ok && isWhole && (name == "ID" || name == "BigInt") {
		s, ok = strconv.FormatInt(n, 10), true
	}
	if !ok || (name == "GitObjectID" && !isObjectID(s)) {
		return nil, refusal
	}
	return s, nil
}

func whole(value any) (int64, bool) {
	switch n := value.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return int64(n), n == math.Trunc(n) && math.Abs(n) < 1<<53
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	}
	return 0, false
}

func isObjectID(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
