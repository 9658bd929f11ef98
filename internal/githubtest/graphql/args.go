package graphql

// Args are a field's arguments after coercion: Int is int, Float is float64, Boolean is bool; String, ID, enums and
// GitHub's own scalars are strings; lists are []any; input objects are Args. Defaults are filled in; an argument that
// was neither given nor has a default is absent.
type Args map[string]any

// String is the argument as a string, "" when absent or null.
func (a Args) String(name string) string { s, _ := a[name].(string); return s }

// Int is the argument as an int; ok is false when it is absent or null.
func (a Args) Int(name string) (n int, ok bool) { n, ok = a[name].(int); return }

// Bool is the argument as a bool, false when absent or null.
func (a Args) Bool(name string) bool { b, _ := a[name].(bool); return b }

// Object is the argument as an input object; it may be read even when the argument is absent.
func (a Args) Object(name string) Args { o, _ := a[name].(Args); return o }

// Objects is the argument as a list of input objects.
func (a Args) Objects(name string) []Args {
	list, _ := a[name].([]any)
	out := make([]Args, 0, len(list))
	for _, item := range list {
		if o, ok := item.(Args); ok {
			out = append(out, o)
		}
	}
	return out
}

// Strings is the argument as a list of strings.
func (a Args) Strings(name string) []string {
	list, _ := a[name].([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
