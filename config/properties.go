package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval/policybot"
)

// named reads a mapping whose keys the writer chooses, in order; an empty one asks nothing and is refused.
func (d *document) named(n ast.Node, what string, read func(name string, value ast.Node)) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.refuse(n, what+" must be a mapping of property names", "write NAME: and its values below")
		return
	}
	if len(m.Values) == 0 {
		d.refuse(n, what+" names no property", "name one, or leave it out")
	}
	seen := map[string]bool{}
	for _, entry := range m.Values {
		key := entry.Key.GetToken()
		if seen[key.Value] {
			d.refuseToken(key, fmt.Sprintf("the property %q is there twice", key.Value), "keep one of them")
			continue
		}
		seen[key.Value] = true
		read(key.Value, entry.Value)
	}
}

// properties reads property: and not_property:, a property's name and the values it may, or may not, have.
func (d *document) properties(n ast.Node, what string) map[string][]string {
	values := map[string][]string{}
	d.named(n, what, func(name string, value ast.Node) {
		if values[name] = d.some(value, name); len(values[name]) == 0 {
			d.refuse(value, name+" has no value", "name one, or use property_set: or property_unset:")
		}
	})
	return values
}

func (d *document) botProperties(key string, n ast.Node) policybot.Condition {
	c := policybot.MatchesProperties{None: key == "custom_property_matches_none_of", Patterns: map[string][]policybot.Pattern{}}
	d.named(n, key, func(name string, value ast.Node) {
		for _, entry := range d.list(value, name) {
			if p, ok := d.regexp(entry, name); ok {
				c.Patterns[name] = append(c.Patterns[name], p)
			}
		}
	})
	return c
}
