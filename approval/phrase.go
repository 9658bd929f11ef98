package approval

import (
	"regexp"
	"slices"
	"strings"
)

// phrase is what a line of a comment must be, or what must be found in it.
type phrase struct {
	literal string
	finds   *regexp.Regexp // nil: the whole line is literal
}

// CheckPhrase reports, as a *ConditionError, whether a phrase of a comment can be understood: a whole line as it
// stands, or /a regular expression/.
func CheckPhrase(text string) error {
	_, err := phrases([]string{text})
	return err
}

func phrases(texts []string) ([]phrase, error) {
	var all []phrase
	for _, text := range texts {
		inner, opened := strings.CutPrefix(text, "/")
		inner, closed := strings.CutSuffix(inner, "/")
		if !opened || !closed {
			if text != strings.TrimSpace(text) || text == "" || strings.ContainsAny(text, "\r\n") {
				return nil, &ConditionError{"a phrase is one line without spaces around it", "write the line as people will, or /a regular expression/"}
			}
			all = append(all, phrase{literal: text})
			continue
		}
		re, err := expression(inner)
		if err != nil {
			return nil, err
		}
		all = append(all, phrase{finds: re})
	}
	return all, nil
}

// said reports whether one of the phrases stands in a text that its author wrote themselves.
func said(all []phrase, body string) bool {
	return slices.ContainsFunc(ownLines(body), func(line string) bool {
		return slices.ContainsFunc(all, func(p phrase) bool {
			if p.finds != nil {
				return p.finds.MatchString(line)
			}
			return line == p.literal
		})
	})
}

var inlineCode = regexp.MustCompile("`+[^`]*`+")

// ownLines are a markdown text's lines without what is quoted, hidden or code: words that its author shows, but does
// not say. A comment or a fence that stays open hides the rest.
func ownLines(body string) []string {
	var own []string
	fence := ""
	for _, raw := range strings.Split(withoutHidden(body), "\n") {
		line := strings.TrimSpace(raw)
		if mark := fenceMark(line); mark != "" {
			if fence == "" {
				fence = mark
			} else if strings.HasPrefix(mark, fence) && line == mark {
				fence = ""
			}
			continue
		}
		indented := strings.HasPrefix(raw, "    ") || strings.HasPrefix(raw, "\t")
		if fence != "" || indented || line == "" || strings.Contains(line, ">") && strings.HasPrefix(strings.TrimLeft(line, "-*+0123456789.) "), ">") {
			continue
		}
		own = append(own, strings.TrimSpace(inlineCode.ReplaceAllString(line, "")))
	}
	return own
}

func fenceMark(line string) string {
	for _, c := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, c)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}

func withoutHidden(body string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(body, "<!--")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, after, closed := strings.Cut(rest, "-->")
		if !closed {
			return b.String()
		}
		body = after
	}
}
