package config

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
)

func (d *document) rules(n ast.Node) []approval.Rule {
	var rules []approval.Rule
	lines := map[string]int{}
	for _, entry := range d.list(n, "rules") {
		rule, at, ok := d.rule(entry)
		if !ok {
			continue
		}
		if first, twice := lines[rule.Name]; twice && rule.Name != "" {
			d.refuse(at, fmt.Sprintf("a rule named %q is there already, on line %d", rule.Name, first), "give each rule a name of its own")
		} else {
			lines[rule.Name] = rule.Line
		}
		rules = append(rules, rule)
	}
	return rules
}

// rule reads one rule, and says which node to point at when its name is at fault.
func (d *document) rule(n ast.Node) (approval.Rule, ast.Node, bool) {
	f, ok := d.mapping(n, "a rule", "name", "paths", "special", "require")
	if !ok {
		return approval.Rule{}, n, false
	}
	rule, at := approval.Rule{Line: f.at.Position.Line}, n
	if f.has("name") {
		at = f.values["name"]
		rule.Name = d.name(at)
	} else if f.lacks("name") {
		d.refuseToken(f.at, "the rule has no name", "add name: with a few words that people will read")
	}
	if f.has("paths") {
		rule.Paths = d.patterns(f.values["paths"])
	} else if f.lacks("paths") {
		d.refuseToken(f.at, "the rule has no paths", `add paths: with a list of patterns, for example [prod/**]`)
	}
	if f.has("special") {
		rule.Special = d.word(f.values["special"], "special", approval.SpecialAllow)
	}
	d.demand(f, &rule)
	return rule, at, true
}

// demand reads what the rule requires. It must be written down: a rule that lost its require must not become one that
// requires nothing.
func (d *document) demand(f fields, rule *approval.Rule) {
	if f.lacks("require") {
		d.refuseToken(f.at, "the rule has no require", "add require: with what must hold, or require: {} for nothing")
		return
	}
	if !f.has("require") {
		return
	}
	rule.Require = d.requirement(f.values["require"], "require")
	if rule.Require.AsksApprover() && rule.Require.LeastApprovals() == 0 {
		d.refuseToken(f.keys["require"], "duo asks an approver to confirm, but there may be none", "add approvals: beside it, or write duo: author")
	}
}

func (d *document) patterns(n ast.Node) []string {
	var patterns []string
	for _, entry := range d.list(n, "paths") {
		pattern, ok := d.text(entry, "a pattern")
		if !ok {
			continue
		}
		var refused *approval.PatternError
		if errors.As(approval.CheckPattern(pattern), &refused) {
			d.refuse(entry, refused.Text, refused.Mend)
		}
		patterns = append(patterns, pattern)
	}
	return patterns
}
