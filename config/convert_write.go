package config

import (
	"fmt"
	"strconv"
	"strings"
)

// write gives each region a rule of its own, with what is asked everywhere beside it or as the alternative, and ends
// with a rule for all other paths.
func (c *converter) write(regions []region, everywhere []everywherePart) string {
	var b strings.Builder
	b.WriteString("# Converted from " + c.file + ". Try it with: sallyport check .sallyport.yml\n")
	for _, note := range c.notes {
		b.WriteString("# Stricter: " + note + "\n")
	}
	b.WriteString("version: 1\nrules:\n")
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
		writeRule(&b, r.name, r.globs, allOf(parts))
	}
	var names []string
	parts := make([]demand, len(everywhere))
	for i, part := range everywhere {
		parts[i], names = part.demand, append(names, part.name)
	}
	name := strings.Join(names, ", and ")
	if len([]rune(name)) > nameRunes-len("otherwise: ") {
		name = fmt.Sprintf("%d rules of policy-bot together", len(names))
	}
	writeRule(&b, "otherwise: "+name, []string{"**"}, allOf(parts))
	return b.String()
}

func writeRule(b *strings.Builder, name string, globs []string, d demand) {
	quoted := make([]string, len(globs))
	for i, glob := range globs {
		quoted[i] = strconv.Quote(glob)
	}
	fmt.Fprintf(b, "  - name: %s\n    paths: [%s]\n    require: %s\n", strconv.Quote(name), strings.Join(quoted, ", "), d)
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
