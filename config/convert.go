package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval/policybot"
)

// Conversion is a policy-bot policy in our own language. Text is empty where something could not be said in it.
type Conversion struct {
	Text    string
	Notes   []string  // where our language is stricter than the policy was
	Refused []Problem // what it cannot say, one for each construct
}

// Convert writes a policy-bot policy in our own language, where that can express it as strictly or more strictly.
// policy-bot asks "does this rule apply to the pull request"; we ask "which rule governs this path". So a rule may be
// conditional on changed_files where it must hold, and on only_changed_files where it is an alternative; what else a rule is
// conditional on makes a case of its own, with rules for all paths.
func Convert(file string, p policybot.Policy) Conversion {
	c := &converter{file: file, policy: p}
	var rules []string
	if c.convertible() {
		rules = c.rules()
	}
	if len(c.refused) > 0 {
		slices.SortFunc(c.refused, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, strings.Compare(a.Text, b.Text)) })
		return Conversion{Notes: c.notes, Refused: slices.Compact(c.refused)}
	}
	text := c.heading() + strings.Join(rules, "")
	if _, problems := ParsePolicy(".sallyport.yml", []byte(text)); problems != nil {
		c.refuse(0, "the result would not be a good policy: "+problems.List()[0].String())
		return Conversion{Notes: c.notes, Refused: c.refused}
	}
	return Conversion{Text: text, Notes: c.notes}
}

// rules writes the rules of each case, those of the narrower ones first: the first that matches governs.
func (c *converter) rules() []string {
	var rules []string
	cases := c.cases()
	for i, one := range cases {
		regions, everywhere := c.read(one)
		c.disjoint(regions)
		if len(everywhere) == 0 && len(c.refused) == 0 {
			c.refuse(0, "every rule is conditional, and policy-bot refuses a change to which none applies: add a rule without predicates")
		}
		name := ""
		if len(cases) > 1 {
			name = fmt.Sprintf(" (case %d)", i+1)
		}
		rules = append(rules, c.write(regions, everywhere, name, one.when())...)
	}
	return rules
}

type converter struct {
	file    string
	policy  policybot.Policy
	notes   []string
	refused []Problem
}

// demand is a requirement under construction: approvals, or a list of which any or all must hold. The zero demand asks
// for nothing.
type demand struct {
	approvals string
	op        string // any or all
	parts     []demand
}

func (d demand) empty() bool { return d.approvals == "" && len(d.parts) == 0 }

// region is a set of paths with a demand of its own: beside what is asked everywhere, or, as alternative to the part
// of that with the same index.
type region struct {
	name    string
	line    int
	globs   []string
	demand  demand
	instead int // index of the part of everywhere to which it is an alternative; -1 for an addition
}

// everywherePart is what is asked of every path.
type everywherePart struct {
	name   string
	demand demand
}

func (c *converter) refuse(line int, text string) {
	c.refused = append(c.refused, Problem{File: c.file, Line: line, Col: min(line, 1), Text: text,
		Mend: "keep .policy.yml, or say it in another way"})
}

func (c *converter) note(text string) {
	if !slices.Contains(c.notes, text) {
		c.notes = append(c.notes, text)
	}
}

// convertible refuses what no rule of ours could say, and notes what is stricter anyway.
func (c *converter) convertible() bool {
	switch d := c.policy.Disapproval; {
	case c.policy.Remote != nil:
		c.refuse(1, "the policy is kept in another repository: convert it there")
		return false
	case c.policy.Approval == nil:
		c.refuse(1, "the policy approves nothing")
		return false
	case d != nil && (len(d.If) > 0 || !d.Requires.Empty()):
		c.refuse(0, "disapproval: a request for changes by whoever could approve holds a change back, and nobody else's does")
	}
	c.note("What decides landings (the policy files, CODEOWNERS, workflows) needs an admin's approval unless a rule names it.")
	c.note("A request for changes by somebody who could approve is a veto until it is dismissed or replaced.")
	return true
}

// read is what is asked in one case.
func (c *converter) read(one situation) (regions []region, everywhere []everywherePart) {
	for _, n := range one.parts {
		c.part(n, &regions, &everywhere)
	}
	return regions, everywhere
}

// part reads one entry of the outermost list, all of which must hold.
func (c *converter) part(n policybot.Node, regions *[]region, everywhere *[]everywherePart) {
	switch {
	case n.Op == policybot.OpRule && len(c.rule(n).If) > 0:
		rule := c.rule(n)
		files, ok := rule.If[0].(policybot.ChangedFiles)
		if !ok || len(rule.If) > 1 || files.None || len(files.Ignore) > 0 {
			c.refuseConditions(rule, "a rule that must hold may only be conditional on changed_files, without ignore")
			return
		}
		*regions = append(*regions, region{rule.Name, rule.Line, c.globs(rule, files.Paths), c.requires(rule), -1})
	case n.Op == policybot.OpOr:
		c.alternatives(n, regions, everywhere)
	default:
		*everywhere = append(*everywhere, everywherePart{c.title(n), c.always(n)})
	}
}

// alternatives reads an or: what holds for every change, and rules for changes of some files only.
func (c *converter) alternatives(n policybot.Node, regions *[]region, everywhere *[]everywherePart) {
	always := policybot.Node{Op: policybot.OpOr}
	conditional := 0
	for _, part := range n.Parts {
		if part.Op != policybot.OpRule || len(c.rule(part).If) == 0 {
			always.Parts = append(always.Parts, part)
			continue
		}
		rule := c.rule(part)
		files, ok := rule.If[0].(policybot.OnlyChangedFiles)
		if !ok || len(rule.If) > 1 {
			c.refuseConditions(rule, "an alternative may only be conditional on only_changed_files")
			continue
		}
		if conditional++; conditional > 1 {
			c.refuseConditions(rule, "a second such alternative: path by path, a change of both kinds of file would pass, which policy-bot turns down")
		}
		*regions = append(*regions, region{rule.Name, rule.Line, c.globs(rule, files.Paths), c.requires(rule), len(*everywhere)})
	}
	if len(always.Parts) == 0 {
		c.refuse(0, "an or: of conditional rules only vanishes when none applies: add a rule without predicates to it")
		return
	}
	*everywhere = append(*everywhere, everywherePart{c.title(always), c.always(always)})
}

// rule is a rule with the predicates that ask about its files: the others have made the case.
func (c *converter) rule(n policybot.Node) policybot.Rule {
	rule := c.policy.Rules[n.Rule]
	rule.If = slices.DeleteFunc(slices.Clone(rule.If), func(p policybot.Condition) bool { return !aboutFiles(p) })
	return rule
}

func (c *converter) title(n policybot.Node) string {
	if n.Op == policybot.OpRule {
		return c.rule(n).Name
	}
	var names []string
	for _, part := range n.Parts {
		names = append(names, c.title(part))
	}
	return strings.Join(names, map[string]string{policybot.OpOr: ", or ", policybot.OpAnd: ", and "}[n.Op])
}

// always reads what applies to every change.
func (c *converter) always(n policybot.Node) demand {
	if n.Op == policybot.OpRule {
		rule := c.rule(n)
		if len(rule.If) > 0 {
			c.refuseConditions(rule, "a conditional rule inside another conjunction")
		}
		return c.requires(rule)
	}
	parts := make([]demand, len(n.Parts))
	for i, part := range n.Parts {
		parts[i] = c.always(part)
	}
	if n.Op == policybot.OpOr {
		return anyOf(parts)
	}
	return allOf(parts)
}

// anyOf asks for nothing as soon as one alternative asks for nothing.
func anyOf(parts []demand) demand {
	if slices.ContainsFunc(parts, demand.empty) {
		return demand{}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return demand{op: "any", parts: parts}
}

func allOf(parts []demand) demand {
	parts = slices.DeleteFunc(slices.Clone(parts), demand.empty)
	switch len(parts) {
	case 0:
		return demand{}
	case 1:
		return parts[0]
	}
	return demand{op: "all", parts: parts}
}

func (c *converter) refuseConditions(rule policybot.Rule, why string) {
	var keys []string
	for _, condition := range rule.If {
		keys = append(keys, condition.Key())
	}
	c.refuse(rule.Line, fmt.Sprintf("the rule %q is conditional on %s: %s", rule.Name, strings.Join(keys, ", "), why))
}
