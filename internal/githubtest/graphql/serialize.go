package graphql

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// serialize writes a scalar or an enum's value as JSON will carry it. It holds resolvers to the schema: a word that
// the enum lacks, or an Int beyond 32 bits, is an error, as it is on GitHub.
func serialize(def *ast.Definition, value any) (any, error) {
	if t, ok := value.(time.Time); ok {
		if t.IsZero() {
			return nil, nil
		}
		return t.UTC().Format(time.RFC3339), nil
	}
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if def.Kind == ast.Enum {
		return serializeEnum(def, v)
	}
	switch def.Name {
	case "Int":
		return serializeInt(v)
	case "Float":
		if v.CanFloat() {
			return v.Float(), nil
		}
	case "Boolean":
		if v.Kind() == reflect.Bool {
			return v.Bool(), nil
		}
	default:
		return serializeText(def, v)
	}
	return nil, fmt.Errorf("a %s is no %s", v.Type(), def.Name)
}

func serializeEnum(def *ast.Definition, v reflect.Value) (any, error) {
	if v.Kind() == reflect.String && def.EnumValues.ForName(v.String()) != nil {
		return v.String(), nil
	}
	return nil, fmt.Errorf("%q is no value of %s", fmt.Sprint(v), def.Name)
}

func serializeInt(v reflect.Value) (any, error) {
	if !v.CanInt() {
		return nil, fmt.Errorf("a %s is no Int", v.Type())
	}
	if n := v.Int(); n < math.MinInt32 || n > math.MaxInt32 {
		return nil, fmt.Errorf("%d does not fit an Int of 32 bits", n)
	}
	return v.Int(), nil
}

// serializeText covers String, ID and GitHub's own scalars, all of which are strings in JSON; a BigInt is one so that
// its digits survive.
func serializeText(def *ast.Definition, v reflect.Value) (any, error) {
	switch {
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.CanInt() && (def.Name == "ID" || def.Name == "BigInt"):
		return strconv.FormatInt(v.Int(), 10), nil
	}
	return nil, fmt.Errorf("a %s is no %s", v.Type(), def.Name)
}
