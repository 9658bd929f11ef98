package graphql

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// group is all the places of a document that ask for one response key of one object; their selections are merged.
type group struct {
	key    string
	fields []*ast.Field
}

func (g *group) selections() []ast.SelectionSet {
	sets := make([]ast.SelectionSet, len(g.fields))
	for i, f := range g.fields {
		sets[i] = f.SelectionSet
	}
	return sets
}

// collect lists the fields that the selections ask of an object of this type, in the order of the document.
func (x *execution) collect(typ *ast.Definition, sets []ast.SelectionSet) []*group {
	c := collector{x: x, typ: typ.Name, byKey: map[string]*group{}, seen: map[string]bool{}}
	for _, set := range sets {
		c.add(set)
	}
	return c.groups
}

type collector struct {
	x      *execution
	typ    string
	groups []*group
	byKey  map[string]*group
	seen   map[string]bool // fragments already spread
}

func (c *collector) add(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if c.x.included(s.Directives) {
				c.addField(s)
			}
		case *ast.InlineFragment:
			if c.x.included(s.Directives) && c.admits(s.TypeCondition) {
				c.add(s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if c.x.included(s.Directives) && !c.seen[s.Name] && c.admits(s.Definition.TypeCondition) {
				c.seen[s.Name] = true
				c.add(s.Definition.SelectionSet)
			}
		}
	}
}

func (c *collector) addField(f *ast.Field) {
	if g := c.byKey[f.Alias]; g != nil {
		g.fields = append(g.fields, f)
		return
	}
	g := &group{key: f.Alias, fields: []*ast.Field{f}}
	c.byKey[f.Alias] = g
	c.groups = append(c.groups, g)
}

func (c *collector) admits(condition string) bool {
	return condition == "" || condition == c.typ || c.x.engine.possible[condition][c.typ]
}

// included applies @skip and @include.
func (x *execution) included(directives ast.DirectiveList) bool {
	if d := directives.ForName("skip"); d != nil && x.truth(d) {
		return false
	}
	d := directives.ForName("include")
	return d == nil || x.truth(d)
}

func (x *execution) truth(d *ast.Directive) bool {
	value, err := d.Arguments.ForName("if").Value.Value(x.vars)
	if err != nil {
		panic(fmt.Sprintf("graphql: a validated directive has no value: %v", err))
	}
	return value == true
}
