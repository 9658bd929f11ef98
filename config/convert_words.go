package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sallyport/sallyport/approval/policybot"
)

var branchText = regexp.MustCompile(`^\^(?:([A-Za-z0-9_/-]+)|\(([A-Za-z0-9_/|-]+)\))\$$`)

// branchesOf knows one branch (^main$) and several (^(main|release/a)$).
func branchesOf(text string) ([]string, bool) {
	m := branchText.FindStringSubmatch(text)
	switch {
	case m == nil:
		return nil, false
	case m[1] != "":
		return m[1:2], true
	}
	branches := strings.Split(m[2], "|")
	for _, b := range branches {
		if b == "" {
			return nil, false
		}
	}
	return branches, true
}

// sayTitle knows what a title must have, or must not have. policy-bot takes the two together as alternatives.
func sayTitle(p policybot.Match) (said, bool) {
	list := func(patterns []policybot.Pattern) string {
		texts := make([]string, len(patterns))
		for i, pattern := range patterns {
			texts[i] = pattern.String()
		}
		return "[" + quotedWords(texts) + "]"
	}
	switch {
	case p.Repository || len(p.Matches) > 0 && len(p.NotMatches) > 0:
		return said{}, false
	case len(p.Matches) > 0:
		return said{key: "title", value: "{matches: " + list(p.Matches) + "}"}, true
	}
	return said{key: "title", value: "{not_matches: " + list(p.NotMatches) + "}"}, true
}

// saySize makes alternatives of what is compared, as policy-bot does.
func saySize(p policybot.ModifiedLines) said {
	var sizes []string
	for _, compared := range []struct {
		key string
		by  policybot.Comparison
	}{{"added", p.Additions}, {"deleted", p.Deletions}, {"total", p.Total}} {
		if compared.by != (policybot.Comparison{}) {
			sizes = append(sizes, fmt.Sprintf("{%s: %q}", compared.key, fmt.Sprintf("%s %d", compared.by.Op, compared.by.Bound)))
		}
	}
	return said{key: "size", value: "[" + strings.Join(sizes, ", ") + "]"}
}

// construct names what cannot be said as closely as the file does.
func construct(p policybot.Condition) string {
	if lines, ok := p.(policybot.ModifiedLines); ok && !lines.Files.Empty() {
		return p.Key() + ": files"
	}
	return p.Key()
}
