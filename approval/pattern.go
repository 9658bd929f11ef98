package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
)

// PatternError says why a path pattern is refused, and what to write instead.
type PatternError struct{ Text, Mend string }

func (e *PatternError) Error() string { return e.Text }

const (
	patternBytes = 1024 // longer than any sane pattern, short enough to match fast
	patternForms = 64   // how many plain patterns the braces of one may stand for
)

// CheckPattern reports whether a path pattern means what it seems to mean. Patterns that could never match, or that
// match more or less than a reader would think, are refused with a *PatternError.
func CheckPattern(pattern string) error {
	_, err := compilePattern(pattern)
	return err
}

// glob is a pattern without braces, sorted by the cheapest way to match it.
type glob struct {
	kind    globKind
	literal string // what every match begins with
	pattern string
}

type globKind int

const (
	globExact globKind = iota // literal
	globUnder                 // literal/**
	globAll                   // **
	globFull                  // anything else
)

func (g *glob) match(path string) bool {
	switch g.kind {
	case globExact:
		return path == g.literal
	case globUnder:
		rest, ok := strings.CutPrefix(path, g.literal)
		return ok && (rest == "" || rest[0] == '/')
	case globAll:
		return true
	}
	return strings.HasPrefix(path, g.literal) && doublestar.MatchUnvalidated(g.pattern, path)
}

func compilePattern(pattern string) ([]glob, error) {
	if err := checkShape(pattern); err != nil {
		return nil, err
	}
	if err := checkClasses(pattern); err != nil {
		return nil, err
	}
	forms, err := expand(pattern)
	if err != nil {
		return nil, err
	}
	globs := make([]glob, 0, len(forms))
	for _, form := range forms {
		if err := checkForm(form); err != nil {
			return nil, err
		}
		globs = append(globs, newGlob(form))
	}
	return globs, nil
}

func checkShape(pattern string) error {
	switch {
	case pattern == "":
		return &PatternError{"an empty pattern matches nothing", `write "**" for every path`}
	case strings.HasPrefix(pattern, "!"):
		return &PatternError{"patterns cannot be negated", "put a rule for the exception above this one; the first match governs"}
	case odd(pattern):
		return &PatternError{"the pattern holds characters that block in paths", "write it in plain, composed (NFC) characters: " + norm.NFC.String(pattern)}
	}
	return checkSyntax(pattern)
}

func checkSyntax(pattern string) error {
	switch {
	case len(pattern) > patternBytes:
		return &PatternError{fmt.Sprintf("the pattern is longer than %d bytes", patternBytes), "split it into several"}
	case !doublestar.ValidatePattern(pattern):
		return &PatternError{fmt.Sprintf("%q is not a valid pattern", pattern), `close every [ and {, and end on no \`}
	}
	return nil
}

// checkForm looks at one brace-free form, segment by segment.
func checkForm(form string) error {
	segments := strings.Split(form, "/")
	switch {
	case segments[0] == "":
		return &PatternError{fmt.Sprintf("%q begins with a slash and would match nothing: patterns are anchored at the root already", form), "remove the leading slash"}
	case segments[len(segments)-1] == "":
		return &PatternError{fmt.Sprintf("%q ends with a slash and would match nothing", form), "write " + form + "** for everything below"}
	case slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." }):
		return &PatternError{fmt.Sprintf("%q has an empty, . or .. segment, which no path in git has", form), "write the path as git does"}
	}
	for _, segment := range segments {
		if segment != "**" && strings.Contains(segment, "**") {
			return &PatternError{fmt.Sprintf("in %q, ** stands beside other characters, where it would only mean *", form), "let ** fill a whole segment, as in prod/**/*.hcl"}
		}
	}
	return nil
}

// checkClasses refuses classes like [!a] and [.-9], which doublestar lets match a slash: they would reach into other
// directories.
func checkClasses(pattern string) error {
	for _, class := range classes(pattern) {
		if matched, err := doublestar.Match(class, "/"); err != nil || matched {
			return &PatternError{fmt.Sprintf("the class %s would also match a slash", class), "list the characters that are meant"}
		}
	}
	return checkPunctuation(pattern)
}

// checkPunctuation refuses classes in which a brace or a comma might be read as part of a {…} group.
func checkPunctuation(pattern string) error {
	for _, class := range classes(pattern) {
		if strings.ContainsAny(class, "{},/") {
			return &PatternError{fmt.Sprintf("the class %s holds a brace, a comma or a slash", class), `write that character outside of a class, escaped by \`}
		}
	}
	return nil
}

// classes are the […] of a valid pattern.
func classes(pattern string) []string {
	var found []string
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			end := classEnd(pattern, i)
			found = append(found, pattern[i:end])
			i = end - 1
		}
	}
	return found
}

// classEnd is the index behind the class that opens at i in a valid pattern.
func classEnd(pattern string, i int) int {
	for i++; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case ']':
			return i + 1
		}
	}
	return len(pattern)
}

func newGlob(form string) glob {
	meta := strings.IndexAny(form, `*?[\`)
	if meta < 0 {
		return glob{kind: globExact, literal: form}
	}
	switch {
	case form == "**":
		return glob{kind: globAll}
	case form[meta:] == "**": // checkForm saw to it that a slash stands before
		return glob{kind: globUnder, literal: form[:meta-1]}
	}
	return glob{kind: globFull, literal: form[:meta], pattern: form}
}

var errForms = &PatternError{
	fmt.Sprintf("the braces stand for more than %d patterns", patternForms), "split the pattern into several",
}

// expand writes the braces out, so that what is left can be checked and matched without surprises.
func expand(pattern string) ([]string, error) {
	open, parts, end, err := firstBraces(pattern)
	if err != nil {
		return nil, err
	}
	if open < 0 {
		return []string{pattern}, nil
	}
	var forms []string
	for _, part := range parts {
		more, err := expand(pattern[:open] + part + pattern[end:])
		if err != nil {
			return nil, err
		}
		if forms = append(forms, more...); len(forms) > patternForms {
			return nil, errForms
		}
	}
	return forms, nil
}

// firstBraces finds the first {…} group: where it opens, its alternatives, and the index behind it.
func firstBraces(pattern string) (open int, parts []string, end int, err error) {
	open = -1
	depth, start := 0, 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '[':
			i = classEnd(pattern, i) - 1
		case c == '{':
			if depth++; depth == 1 {
				open, start = i, i+1
			}
		case c == ',' && depth == 1:
			parts, start = append(parts, pattern[start:i]), i+1
		case c == '}' && depth > 0:
			if depth--; depth == 0 {
				return open, append(parts, pattern[start:i]), i + 1, nil
			}
		}
	}
	if depth > 0 {
		return -1, nil, 0, &PatternError{fmt.Sprintf("in %q, a brace stays open", pattern), `close it, or escape it by \`}
	}
	return -1, nil, 0, nil
}
