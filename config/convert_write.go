package config

import (
	"fmt"
	"strconv"
	"strings"
)

// heading says where the policy comes from, and where it is stricter.
func (c *converter) heading() string {
	var b strings.Builder
	b.WriteString("# Converted from " + c.file + ". Try it with: sallyport check .sallyport.yml\n")
	for _, note := range c.notes {
		b.WriteString("# Stricter: " + note + "\n")
	}
	b.WriteString("version: 1\nrules:\n")
	return b.String()
}

// write gives each region a rule of its own, with what is asked everywhere beside it or as the alternative, and ends
// with a rule for all other paths.
func (c *converter) write(regions []region, everywhere []everywherePart, suffix, when string) []string {
	var rules []string
	for _, r := range regions {
		parts := make([]demand, len(everywhere))
		for i, part := range everywhere {
			parts[i] = part.demand
			if i == r.instead {
				parts[i] = anyOf([]demand{r.demand, part.demand})
			}
		}
		if r.instead < 0 {
			parts = append(parts, r.demand)
		}
		rules = append(rules, writeRule(r.name+suffix, r.globs, when, allOf(parts)))
	}
	var names []string
	parts := make([]demand, len(everywhere))
	for i, part := range everywhere {
		parts[i], names = part.demand, append(names, part.name)
	}
	name := strings.Join(names, ", and ")
	if len([]rune(name)) > nameRunes-len("otherwise: ")-len(suffix) {
		name = fmt.Sprintf("%d rules of policy-bot together", len(names))
	}
	return append(rules, writeRule("otherwise: "+name+suffix, []string{"**"}, when, allOf(parts)))
}

func writeRule(name string, globs []string, when string, d demand) string {
	if when != "" {
		when = "    when: {" + when + "}\n"
	}
	return fmt.Sprintf("  - name: %s\n    paths: [%s]\n%s    require: %s\n", strconv.Quote(name), quotedWords(globs), when, d)
}

// quotedWords are the entries of a list in YAML.
func quotedWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	return strings.Join(quoted, ", ")
}

func (d demand) String() string {
	if d.approvals != "" {
		return d.approvals
	}
	if d.empty() {
		return "{}"
	}
	parts := make([]string, len(d.parts))
	for i, part := range d.parts {
		parts[i] = part.String()
	}
	return fmt.Sprintf("{%s: [%s]}", d.op, strings.Join(parts, ", "))
}
