// Package config reads the two kinds of file that steer Sallyport: a repository's policy and the server's own
// configuration. Both are read strictly; every fault is reported with its place, the offending line and its mend.
package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one fault of a file. Line and Col count from 1, Col in characters.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Text    string `json:"text"`
	Excerpt string `json:"excerpt"` // the offending line
	Mend    string `json:"mend"`    // what to do about it
}

// String is "file:line:col: text". What stands nowhere in a file has Line 0 and no such place to show.
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Text)
}

// Problems are the faults of a file, in the order in which they stand in it. A nil *Problems is a file without fault.
type Problems struct{ list []Problem }

// List gives the problems; none for a nil receiver.
func (p *Problems) List() []Problem {
	if p == nil {
		return nil
	}
	return p.list
}

// Error tells every problem on a line of its own, followed by the offending line and the mend, indented.
func (p *Problems) Error() string {
	var b strings.Builder
	for i, problem := range p.List() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(problem.String())
		for _, detail := range []string{problem.Excerpt, problem.Mend} {
			if detail != "" {
				b.WriteString("\n    " + detail)
			}
		}
	}
	return b.String()
}

const excerptRunes = 160

// excerpt makes a line of a hostile file fit to show: short, and without characters that steer a terminal or turn
// the text around.
func excerpt(line string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.TrimRight(line, " \t\r") {
		if n++; n > excerptRunes {
			b.WriteRune('…')
			break
		}
		if r == utf8.RuneError || r != '\t' && !unicode.IsPrint(r) {
			r = '\uFFFD'
		}
		b.WriteRune(r)
	}
	return b.String()
}

var keyAlone = regexp.MustCompile(`^\s*(?:- )?[A-Za-z0-9_]+:`)

// keyOnly is what may be shown of a line whose value may be secret: nothing but its key.
func keyOnly(line string) string {
	key := keyAlone.FindString(line)
	if key == "" || key == strings.TrimRight(line, " ") {
		return key
	}
	return key + " …"
}
