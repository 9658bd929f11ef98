package policybot

import (
	"regexp"
	"strings"
)

var (
	hidden     = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`)
	codeSpan   = regexp.MustCompile("`[^`\n]*`")
	blockQuote = regexp.MustCompile(`(?is)<blockquote\b.*?(?:</blockquote>|$)`)
)

// unquoted is a comment's text without what its author only shows: quotations, code, and what GitHub does not
// display at all.
func unquoted(text string) string {
	text = blockQuote.ReplaceAllString(hidden.ReplaceAllString(text, ""), "")
	var kept []string
	fence, quoting := "", false
	for _, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		if fence != "" {
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
			continue
		}
		if mark := fenceMark(trimmed); mark != "" {
			fence = mark
			continue
		}
		// A quotation goes on over lines that lack the mark, until a blank one.
		quoting = strings.HasPrefix(trimmed, ">") || quoting && trimmed != ""
		if !quoting && !indentedCode(line) {
			kept = append(kept, codeSpan.ReplaceAllString(line, ""))
		}
	}
	return strings.Join(kept, "\n")
}

func fenceMark(line string) string {
	for _, mark := range []string{"```", "~~~"} {
		if strings.HasPrefix(line, mark) {
			return mark
		}
	}
	return ""
}

func indentedCode(line string) bool {
	return (strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")) && strings.TrimSpace(line) != ""
}
