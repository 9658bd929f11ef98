package graphql

import (
	"reflect"
	"strings"
	"sync"
)

// read is the resolver of fields that have none: a map's member, or a struct's exported field of the same name but
// for its case. It is false when the parent has no such thing.
func read(parent any, field string) (any, bool) {
	if m, ok := parent.(map[string]any); ok {
		value, ok := m[field]
		return value, ok
	}
	v := reflect.ValueOf(parent)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	index, ok := layout(v.Type())[strings.ToLower(field)]
	if !ok {
		return nil, false
	}
	f, err := v.FieldByIndexErr(index)
	if err != nil {
		return nil, false
	}
	return f.Interface(), true
}

var layouts sync.Map // reflect.Type → map[string][]int

// layout maps a struct's exported field names, lower-case, to where they are.
func layout(t reflect.Type) map[string][]int {
	if known, ok := layouts.Load(t); ok {
		return known.(map[string][]int)
	}
	fresh := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !f.Anonymous {
			fresh[strings.ToLower(f.Name)] = f.Index
		}
	}
	layouts.Store(t, fresh)
	return fresh
}
