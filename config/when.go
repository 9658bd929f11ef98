package config

import (
	"errors"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
)

var whenKeys = []string{
	"author", "contributors", "only_contributors", "author_is_only_contributor", "target", "source", "repository", "labels",
	"title", "draft", "property", "not_property", "property_set", "property_unset", "changed", "not_changed", "only_changed", "size", "checks", "workflows", "signatures",
}

// when reads a rule's conditions. What is written must say something: a condition that lost its words would change
// which rule governs.
func (d *document) when(n ast.Node) approval.When {
	var w approval.When
	f, ok := d.mapping(n, "when", whenKeys...)
	if !ok {
		return w
	}
	if len(f.values) == 0 && len(f.keys) == 0 {
		d.refuse(n, "when has no condition", "name one, or leave when: out")
	}
	for _, key := range whenKeys {
		if f.has(key) {
			d.condition(&w, key, f.values[key])
		}
	}
	return w
}

func (d *document) condition(w *approval.When, key string, n ast.Node) {
	switch key {
	case "author":
		w.Author = d.people(n, key)
	case "contributors":
		w.Contributors = d.people(n, key)
	case "only_contributors":
		w.OnlyContributors = d.people(n, key)
	case "author_is_only_contributor":
		w.AuthorIsOnlyContributor = d.choice(n, key)
	case "target":
		w.Target = d.globs(n, key)
	case "source":
		w.Source = d.globs(n, key)
	case "repository":
		w.Repository = d.globs(n, key)
	case "labels":
		w.Labels = d.some(n, key)
	case "title":
		w.Title = d.title(n)
	case "draft":
		w.Draft = d.choice(n, key)
	case "property":
		w.Property = d.properties(n, key)
	case "not_property":
		w.NotProperty = d.properties(n, key)
	case "property_set":
		w.PropertySet = d.some(n, key)
	case "property_unset":
		w.PropertyUnset = d.some(n, key)
	case "changed":
		w.Changed = d.paths(n, key)
	case "not_changed":
		w.NotChanged = d.paths(n, key)
	case "only_changed":
		w.OnlyChanged = d.paths(n, key)
	case "size":
		w.Size = d.sizes(n)
	case "checks":
		w.Checks = d.results(n, key, "names", "conclusions", "app")
	case "workflows":
		w.Workflows = d.results(n, key, "paths", "conclusions")
	case "signatures":
		w.Signatures = d.signedBy(n)
	}
}

// entries are the values of a list, or the one value that stands in a list's place.
func (d *document) entries(n ast.Node, what string) []ast.Node {
	if _, list := n.(*ast.SequenceNode); list {
		return d.list(n, what)
	}
	return []ast.Node{n}
}

// some reads one text or a list of them.
func (d *document) some(n ast.Node, what string) []string {
	return d.checked(n, what, func(string) error { return nil })
}

// checked reads one text or a list of them, and holds each to what the judge will accept.
func (d *document) checked(n ast.Node, what string, check func(string) error) []string {
	var values []string
	for _, entry := range d.entries(n, what) {
		value, ok := d.text(entry, "an entry of "+what)
		if !ok {
			continue
		}
		d.objection(entry, check(value))
		values = append(values, value)
	}
	return values
}

// objection tells what the judge's own package has against a value.
func (d *document) objection(n ast.Node, err error) {
	var from *approval.FromError
	var pattern *approval.PatternError
	var condition *approval.ConditionError
	switch {
	case errors.As(err, &from):
		d.refuse(n, from.Text, from.Mend)
	case errors.As(err, &pattern):
		d.refuse(n, pattern.Text, pattern.Mend)
	case errors.As(err, &condition):
		d.refuse(n, condition.Text, condition.Mend)
	}
}

func (d *document) people(n ast.Node, what string) []string {
	return d.checked(n, what, func(word string) error {
		_, err := approval.ParseFrom(word)
		return err
	})
}

func (d *document) globs(n ast.Node, what string) []string {
	return d.checked(n, what, approval.CheckPattern)
}

func (d *document) choice(n ast.Node, what string) *bool {
	value := d.flag(n, what)
	return &value
}
