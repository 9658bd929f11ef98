package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sallyport/sallyport/automerge"
)

// ConvertBulldozer writes a bulldozer configuration as the automerge section of our own policy, which holds whatever
// the configuration holds back, and lands nothing that it would not.
func ConvertBulldozer(file string, b Bulldozer) Conversion {
	c := &converter{file: file}
	if b.Landing == nil {
		c.refuse(1, "the configuration is kept in another repository: convert it there")
		return Conversion{Refused: c.refused}
	}
	text := c.automergeSection(*b.Landing)
	if len(c.refused) > 0 {
		return Conversion{Notes: c.notes, Refused: c.refused}
	}
	if _, problems := ParsePolicy(PolicyFile, []byte("version: 1\nrules: [{name: a, paths: [a], require: {}}]\n"+text)); problems != nil {
		c.refuse(0, "the result would not be good: "+problems.List()[0].String())
		return Conversion{Notes: c.notes, Refused: c.refused}
	}
	var notes strings.Builder
	for _, note := range c.notes {
		notes.WriteString("# Stricter: " + note + "\n")
	}
	return Conversion{Text: "# Converted from " + file + ". Put it into .sallyport.yml, below the rules.\n" + notes.String() + text, Notes: c.notes}
}

func (c *converter) automergeSection(p automerge.Policy) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "  "+format+"\n", args...) }
	b.WriteString("automerge:\n")
	line("method: %s", p.Method)
	if len(p.Methods) > 0 {
		line("methods:")
		for _, choice := range p.Methods {
			line("  - {method: %s, if: %s}", choice.Method, c.condition(choice.If))
		}
	}
	if p.If != nil {
		c.note("words ask for a landing only when they are those of somebody with write access.")
		line("if: %s", c.condition(*p.If))
	}
	if p.Unless != nil {
		line("unless: %s", c.condition(*p.Unless))
	}
	c.note("a required check that ends neutral or skipped does not pass, unless checks: names it with accept.")
	if len(p.Checks) > 0 {
		names := make([]string, len(p.Checks))
		for i, check := range p.Checks {
			names[i] = check.Name
		}
		line("checks: [%s]", commas(names))
	}
	if p.AllowNoChecks {
		line("allow_no_checks: true")
	}
	if text := c.squashText(p); text != "" {
		line("squash: {%s}", text)
	}
	if p.DeleteBranch {
		line("delete_branch: true")
	}
	switch {
	case p.Update == nil:
	case p.Update.If == nil && p.Update.Unless == nil && !p.Update.IgnoreDrafts && len(p.Update.Checks) == 0:
		line("update: {}")
	default:
		line("update:")
		c.updateSection(*p.Update, func(format string, args ...any) { line("  "+format, args...) })
	}
	return b.String()
}

func (c *converter) updateSection(u automerge.Update, line func(string, ...any)) {
	c.note("where the branch demands no update, a pull request is brought up to date once an hour at most.")
	if u.If != nil {
		line("if: %s", c.condition(*u.If))
	}
	if u.Unless != nil {
		line("unless: %s", c.condition(*u.Unless))
	}
	if u.IgnoreDrafts {
		line("ignore_drafts: true")
	}
	if len(u.Checks) > 0 {
		line("checks: [%s]", commas(u.Checks))
	}
}

func (c *converter) squashText(p automerge.Policy) string {
	if p.Squash == (automerge.Text{}) {
		return ""
	}
	body := p.Squash.Body
	if body == "" {
		body = automerge.BodyEmpty
	}
	text := "body: " + body
	if p.Squash.Title != "" {
		text = "title: " + p.Squash.Title + ", " + text
	}
	if p.Squash.Delimiter != "" && body == automerge.BodyPull {
		text += ", delimiter: " + quoteYAML(p.Squash.Delimiter)
	}
	return text
}

// condition writes a condition in one line.
func (c *converter) condition(m automerge.Match) string {
	if len(m.Parts) > 0 {
		parts := make([]string, len(m.Parts))
		for i, part := range m.Parts {
			parts[i] = c.condition(part)
		}
		return "{any: [" + strings.Join(parts, ", ") + "]}"
	}
	return fmt.Sprintf("{%s: {%s}}", map[bool]string{true: "all", false: "any"}[m.All], strings.Join(c.signals(m), ", "))
}

func (c *converter) signals(m automerge.Match) []string {
	var out []string
	targets := append([]string{}, m.Target...)
	for _, e := range m.TargetMatches {
		globs, ok := branchGlobs(e)
		if !ok {
			c.refuse(1, fmt.Sprintf("the expression %s for branches, which no pattern equals", strings.TrimSuffix(strings.TrimPrefix(e.String(), "^(?:"), ")$")))
		}
		targets = append(targets, globs...)
	}
	if m.All && len(m.Target) > 0 && len(m.TargetMatches) > 0 {
		c.refuse(1, "branches and branch_patterns that must both hold")
	}
	for _, s := range []struct {
		key   string
		words []string
	}{{"labels", m.Labels}, {"comments", m.Comments}, {"comment_contains", m.CommentContains}, {"body_contains", m.BodyContains}, {"target", targets}} {
		if len(s.words) > 0 {
			out = append(out, fmt.Sprintf("%s: [%s]", s.key, commas(s.words)))
		}
	}
	if m.CommitsAtMost > 0 {
		out = append(out, fmt.Sprintf("commits_at_most: %d", m.CommitsAtMost))
	}
	if m.AutoMerge {
		out = append(out, "auto_merge: true")
	}
	return out
}

var branchExpression = regexp.MustCompile(`^\^\(\?:((?:[A-Za-z0-9_/-]|\\\.)*)(\.[*+])?\)\$$`)

// branchGlobs knows a name and a beginning of names: release/.*, v1\.2, hotfix-.*
func branchGlobs(e *regexp.Regexp) ([]string, bool) {
	m := branchExpression.FindStringSubmatch(e.String())
	if m == nil || m[1] == "" && m[2] == "" {
		return nil, false
	}
	begin := strings.ReplaceAll(m[1], `\.`, ".")
	switch {
	case m[2] == "":
		return []string{begin}, true
	case begin == "":
		return []string{"**"}, true
	case strings.HasSuffix(begin, "/"): // no branch ends there, and "**" alone would match the folder's own name
		return []string{begin + "*/**"}, true
	case m[2] == ".+":
		return []string{begin + "?*", begin + "?*/**", begin + "/*/**"}, true
	}
	return []string{begin + "*", begin + "*/**"}, true
}

func commas(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = quoteYAML(w)
	}
	return strings.Join(out, ", ")
}

// quoteYAML writes text so that YAML reads back exactly that text.
func quoteYAML(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s) + `"`
}
