package policybot

import (
	"fmt"
	"regexp"

	"github.com/bmatcuk/doublestar/v4"
)

// Pattern is a regular expression as Go reads it, anchored only as written, or a glob, which a whole path has to match. The
// zero Pattern matches nothing.
type Pattern struct {
	text string
	re   *regexp.Regexp
	glob bool
}

// Compile readies a regular expression.
func Compile(text string) (Pattern, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return Pattern{}, fmt.Errorf("compiling the pattern: %w", err)
	}
	return Pattern{text: text, re: re}, nil
}

// CompileGlob readies a glob as doublestar reads it, which policy-bot leaves that to.
func CompileGlob(text string) (Pattern, error) {
	if !doublestar.ValidatePattern(text) {
		return Pattern{}, fmt.Errorf("compiling the glob %q: %w", text, doublestar.ErrBadPattern)
	}
	return Pattern{text: text, glob: true}, nil
}

func (p Pattern) String() string { return p.text }

// IsGlob tells a glob from a regular expression.
func (p Pattern) IsGlob() bool { return p.glob }

// Equal reports whether two patterns are written alike.
func (p Pattern) Equal(o Pattern) bool { return p.text == o.text && p.glob == o.glob }

func (p Pattern) match(s string) bool {
	if p.glob {
		return doublestar.MatchUnvalidated(p.text, s)
	}
	return p.re != nil && p.re.MatchString(s)
}

func anyMatch(patterns []Pattern, s string) bool {
	for _, p := range patterns {
		if p.match(s) {
			return true
		}
	}
	return false
}
