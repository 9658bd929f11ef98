package config

import (
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
	f, ok := d.mapping(n, "a rule", "name", "paths", "when", "special", "require", "block", "request_reviews")
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
	if f.has("when") {
		rule.When = d.when(f.values["when"])
	}
	d.demand(f, &rule)
	if f.has("block") {
		rule.Block = d.block(f.values["block"])
	}
	if f.has("request_reviews") {
		rule.Reviewers = d.reviewRequests(f.values["request_reviews"])
		if len(d.problems) == 0 && !rule.Require.MayAskApprovals() {
			d.refuseToken(f.keys["request_reviews"], "request_reviews asks for reviews that the rule does not require", "leave it out, or require approvals")
		}
	}
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
		d.objection(entry, approval.CheckPattern(pattern))
		patterns = append(patterns, pattern)
	}
	return patterns
}

// warnings tells of rules that can never govern anything. They do no harm, but somebody thinks that they do good.
func (d *document) warnings(p approval.Policy) []Problem {
	var found []Problem
	for _, s := range p.Shadowed() {
		if len(found) == problemMost {
			break
		}
		rule, by := p.Rules[s.Rule], p.Rules[s.By]
		warning := Problem{File: d.file, Line: rule.Line, Col: 1,
			Text: fmt.Sprintf("the rule %q can never match: every path that it names is governed by an earlier rule, at the latest by %q on line %d", rule.Name, by.Name, by.Line),
			Mend: "move it up, or delete it"}
		if rule.Line > 0 && rule.Line <= len(d.lines) {
			warning.Excerpt = excerpt(d.lines[rule.Line-1])
		}
		found = append(found, warning)
	}
	return found
}
