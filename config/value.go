package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// fields are the values of a mapping by key, with the token of each key.
type fields struct {
	at     *token.Token // where the mapping begins
	keys   map[string]*token.Token
	values map[string]ast.Node
	meant  map[string]bool // keys that an unknown one was probably meant to be
}

func (f fields) has(key string) bool { return f.values[key] != nil }

// lacks reports whether a key is missing and nobody tried to write it: a misspelt one is told once, not twice.
func (f fields) lacks(key string) bool { return !f.has(key) && !f.meant[key] }

// mapping reads a mapping of known keys. Unknown and duplicate keys are problems; the rest is still read.
func (d *document) mapping(n ast.Node, what string, known ...string) (fields, bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.refuse(n, fmt.Sprintf("%s must be a mapping of keys to values, not %s", what, kind(n)), "the keys are "+series(known))
		return fields{}, false
	}
	f := fields{at: start(n), keys: map[string]*token.Token{}, values: map[string]ast.Node{}, meant: map[string]bool{}}
	for _, entry := range m.Values {
		key := entry.Key.GetToken()
		if first, twice := f.keys[key.Value]; twice {
			d.refuseToken(key, fmt.Sprintf("the key %q is there twice; the first is on line %d", key.Value, first.Position.Line), "keep one of them")
			continue
		}
		f.keys[key.Value] = key
		if !slices.Contains(known, key.Value) {
			d.refuseToken(key, fmt.Sprintf("unknown key %q in %s", key.Value, what), didYouMean(key.Value, known))
			if meant, near := nearest(key.Value, known); near {
				f.meant[meant] = true
			}
			continue
		}
		f.values[key.Value] = entry.Value
	}
	return f, true
}

// list reads a sequence with at least one entry.
func (d *document) list(n ast.Node, what string) []ast.Node {
	s, ok := n.(*ast.SequenceNode)
	switch {
	case !ok:
		d.refuse(n, fmt.Sprintf("%s must be a list, not %s", what, kind(n)), "write it as [one, two], or one below the other, each after a dash")
		return nil
	case len(s.Values) == 0:
		d.refuse(n, what+" is an empty list", "list at least one, or leave the key out")
	}
	return s.Values
}

// text reads a non-empty string. A number or a yes/no is not one until it is quoted: YAML would change some of them.
func (d *document) text(n ast.Node, what string) (string, bool) {
	var value string
	switch n := n.(type) {
	case *ast.StringNode:
		value = n.Value
	case *ast.LiteralNode:
		value = n.Value.Value
	default:
		d.refuse(n, fmt.Sprintf("%s must be text, not %s", what, kind(n)), "put it in quotes if it is meant as text")
		return "", false
	}
	if strings.TrimSpace(value) == "" {
		d.refuse(n, what+" is empty", "fill it in")
		return "", false
	}
	return value, true
}

func (d *document) texts(n ast.Node, what string) []string {
	var values []string
	for _, entry := range d.list(n, what) {
		if value, ok := d.text(entry, "an entry of "+what); ok {
			values = append(values, value)
		}
	}
	return values
}

func (d *document) flag(n ast.Node, what string) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		d.refuse(n, fmt.Sprintf("%s must be true or false, not %s", what, kind(n)), "write true or false, without quotes")
		return false
	}
	return b.Value
}

// whole reads a whole number of at least least.
func (d *document) whole(n ast.Node, what string, least int) int {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		d.refuse(n, fmt.Sprintf("%s must be a whole number, not %s", what, kind(n)), fmt.Sprintf("write a number from %d up", least))
		return least
	}
	var value int
	if u, fits := i.Value.(uint64); fits && u <= 1<<31 {
		value = int(u)
	} else if s, fits := i.Value.(int64); fits && s >= -1<<31 && s <= 1<<31 {
		value = int(s)
	} else {
		d.refuse(n, what+" is too large", "write a smaller number")
		return least
	}
	if value < least {
		d.refuse(n, fmt.Sprintf("%s is %d, less than %d", what, value, least), fmt.Sprintf("write a number from %d up", least))
		return least
	}
	return value
}

// word reads one of a few words.
func (d *document) word(n ast.Node, what string, known ...string) string {
	value, ok := d.text(n, what)
	if !ok || slices.Contains(known, value) {
		return value
	}
	mend := "write " + series(known)
	if best, near := nearest(value, known); near {
		mend = fmt.Sprintf("did you mean %q?", best)
	}
	d.refuse(n, fmt.Sprintf("%s is %q, not %s", what, value, series(known)), mend)
	return ""
}

func kind(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode, nil:
		return "nothing"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	}
	return "text"
}

// series is "a", "a or b", "a, b or c".
func series(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
	return strings.Join(words, "")
}

// done hands the problems over in the order in which they stand in the file.
func (d *document) done() *Problems {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if nowhere := (a.Line == 0) != (b.Line == 0); nowhere {
			return b.Line - a.Line
		}
		return cmp.Or(a.Line-b.Line, a.Col-b.Col)
	})
	if d.more > 0 {
		d.problems = append(d.problems, Problem{File: d.file, Text: fmt.Sprintf("and %d more problems", d.more)})
	}
	return &Problems{list: d.problems}
}
