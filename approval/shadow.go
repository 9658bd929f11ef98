package approval

import "strings"

// Shadow is a rule that can never govern anything, since an earlier one without conditions matches all that it
// matches. Both are indexes in Policy.Rules.
type Shadow struct{ Rule, By int }

// Shadowed finds rules that can never govern: those of whose patterns each is, or lies under, one of an earlier rule
// without conditions. It looks at how patterns are written, so it misses some, and never accuses one wrongly.
func (p Policy) Shadowed() []Shadow {
	earlier := cover{all: -1, exact: map[string]int{}, under: map[string]int{}}
	var found []Shadow
	for i, rule := range p.Rules {
		globs, err := compileAll(rule.Paths)
		if err != nil {
			return nil
		}
		if by, shadowed := earlier.covers(globs); shadowed {
			found = append(found, Shadow{i, by})
		}
		if rule.When.empty() {
			earlier.add(globs, i)
		}
	}
	return found
}

// cover is what earlier rules match for certain, with the first rule that does.
type cover struct {
	all          int // -1: no rule matches everything
	exact, under map[string]int
}

func (c *cover) add(globs []glob, rule int) {
	for _, g := range globs {
		switch {
		case g.kind == globAll && c.all < 0:
			c.all = rule
		case g.kind == globUnder:
			keep(c.under, g.literal, rule)
		case g.kind != globAll:
			keep(c.exact, g.written(), rule)
		}
	}
}

func keep(first map[string]int, key string, rule int) {
	if _, known := first[key]; !known {
		first[key] = rule
	}
}

// covers names the last of the rules that it takes to cover all globs.
func (c *cover) covers(globs []glob) (by int, all bool) {
	for _, g := range globs {
		rule := c.first(g)
		if rule < 0 {
			return 0, false
		}
		by = max(by, rule)
	}
	return by, len(globs) > 0
}

func (c *cover) first(g glob) int {
	if c.all >= 0 {
		return c.all
	}
	if rule, ok := c.exact[g.written()]; ok {
		return rule
	}
	if g.kind == globUnder || g.kind == globExact {
		if rule, ok := c.under[g.literal]; ok {
			return rule
		}
	}
	for folder := g.literal; ; {
		slash := strings.LastIndexByte(folder, '/')
		if slash < 0 {
			return -1
		}
		folder = folder[:slash]
		if rule, ok := c.under[folder]; ok {
			return rule
		}
	}
}

// written is the pattern as text. One under a folder never reaches here with another kind's text: it ends in /**.
func (g glob) written() string {
	switch g.kind {
	case globUnder:
		return g.literal + "/**"
	case globFull:
		return g.pattern
	}
	return g.literal
}
