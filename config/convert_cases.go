package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval/policybot"
)

// mostConditions bounds the cases, of which there are two to the power of the conditions.
const mostConditions = 4

// situation is one way in which the policy's conditions on pull requests as a whole can come out: which of them hold, and what
// is then left of the policy.
type situation struct {
	holds []condition
	parts []policybot.Node
}

// condition is what a rule is conditional on beside its files, as entries of when:.
type condition struct{ words []said }

// said is one entry of when:, with the labels it lists or its value as YAML.
type said struct {
	key, value string
	labels     []string
}

func (c condition) String() string { return fmt.Sprint(c.words) }

// when says all that holds; labels that several conditions ask for must all be set.
func (one situation) when() string {
	var labels, entries []string
	for _, held := range one.holds {
		for _, word := range held.words {
			if labels = append(labels, word.labels...); word.value != "" {
				entries = append(entries, word.key+": "+word.value)
			}
		}
	}
	if len(labels) > 0 {
		slices.Sort(labels)
		entries = append(entries, "labels: ["+quotedWords(slices.Compact(labels))+"]")
	}
	return strings.Join(entries, ", ")
}

// cases are all that can come up, those in which most holds first. Of a rule whose condition does not hold nothing is left, as in
// policy-bot; a case in which nothing is left has no rule, so that its paths are governed by none.
func (c *converter) cases() []situation {
	conditions := c.conditions(*c.policy.Approval)
	if len(conditions) > mostConditions {
		c.refuse(0, fmt.Sprintf("the rules have %d different conditions, and more than %d make too many cases", len(conditions), mostConditions))
		return nil
	}
	var cases []situation
	for set := range 1 << len(conditions) {
		var one situation
		for i, condition := range conditions {
			if set&(1<<i) != 0 {
				one.holds = append(one.holds, condition)
			}
		}
		rest, _ := c.reduce(*c.policy.Approval, one.holds)
		if one.parts = rest.Parts; len(one.parts) > 0 || len(conditions) == 0 {
			cases = append(cases, one)
		}
		c.collide(one)
	}
	slices.SortStableFunc(cases, func(a, b situation) int { return len(b.holds) - len(a.holds) })
	return cases
}

// collide refuses a case of which one entry of when: would have to say two things.
func (c *converter) collide(one situation) {
	seen := map[string]string{}
	for _, held := range one.holds {
		for _, word := range held.words {
			if before, known := seen[word.key]; known && word.value != before {
				c.refuse(0, fmt.Sprintf("two rules are conditional on %s, in different ways", word.key))
			}
			seen[word.key] = word.value
		}
	}
}

// conditions are the different ones of the rules that the policy makes use of.
func (c *converter) conditions(n policybot.Node) []condition {
	if n.Op == policybot.OpRule {
		if own := c.predicates(c.policy.Rules[n.Rule]); len(own.words) > 0 {
			return []condition{own}
		}
		return nil
	}
	var all []condition
	for _, part := range n.Parts {
		for _, own := range c.conditions(part) {
			if !slices.ContainsFunc(all, func(o condition) bool { return o.String() == own.String() }) {
				all = append(all, own)
			}
		}
	}
	return all
}

// reduce leaves out the rules whose conditions do not hold, and what consists of such alone.
func (c *converter) reduce(n policybot.Node, holds []condition) (policybot.Node, bool) {
	if n.Op == policybot.OpRule {
		own := c.predicates(c.policy.Rules[n.Rule])
		return n, len(own.words) == 0 || slices.ContainsFunc(holds, func(o condition) bool { return o.String() == own.String() })
	}
	left := policybot.Node{Op: n.Op}
	for _, part := range n.Parts {
		if part, ok := c.reduce(part, holds); ok {
			left.Parts = append(left.Parts, part)
		}
	}
	return left, len(left.Parts) > 0
}

func aboutFiles(p policybot.Condition) bool {
	switch p.(type) {
	case policybot.ChangedFiles, policybot.OnlyChangedFiles:
		return true
	}
	return false
}

// predicates says those of a rule that are not about its files.
func (c *converter) predicates(rule policybot.Rule) condition {
	var own condition
	for _, p := range rule.If {
		if aboutFiles(p) {
			continue
		}
		word, ok := c.say(rule, p)
		if !ok {
			c.refuse(rule.Line, fmt.Sprintf("the rule %q is conditional on %s, which we would not say in the same way", rule.Name, construct(p)))
			continue
		}
		own.words = append(own.words, word)
	}
	return own
}

// say puts a predicate into the words of when:, where they hold for the very same pull requests.
func (c *converter) say(rule policybot.Rule, p policybot.Condition) (said, bool) {
	switch p := p.(type) {
	case policybot.HasLabels:
		return said{key: "labels", labels: p.Labels}, true
	case policybot.HasAuthorIn:
		return said{key: "author", value: "[" + quotedWords(c.from(rule, p.Actors)) + "]"}, !p.Actors.Empty()
	case policybot.AuthorIsOnlyContributor:
		// For policy-bot a co-author and whoever pushed are no others. Where we skip a rule for them that asks for something,
		// policy-bot asks.
		return said{key: "author_is_only_contributor", value: "true"}, p.Want && rule.Requires.Count == 0
	case policybot.Branch:
		branches, ok := branchesOf(p.Pattern.String())
		return said{key: "target", value: "[" + quotedWords(branches) + "]"}, ok && !p.From
	case policybot.Match:
		return sayTitle(p)
	case policybot.ModifiedLines:
		return saySize(p), p.Files.Empty()
	case policybot.HasProperties:
		key := map[bool]string{true: "property_unset", false: "property_set"}[p.Null]
		return said{key: key, value: "[" + quotedWords(p.Names) + "]"}, true
	}
	return said{}, false
}
