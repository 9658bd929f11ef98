package server

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport/pull"
)

// piece is a stretch of a sentence: plain words, or something to be set as code.
type piece struct {
	Text string
	Code bool
	Full string // the whole SHA of which Text is the beginning
}

var codePattern = regexp.MustCompile("`[^`\n]+`|\\b[0-9a-f]{10,64}\\b")

// pieces sets SHAs and what stands between backquotes apart from the words around them.
func pieces(sentence string) []piece {
	sentence = show(sentence)
	var all []piece
	rest := 0
	for _, at := range codePattern.FindAllStringIndex(sentence, -1) {
		code := strings.Trim(sentence[at[0]:at[1]], "`")
		all = append(all, piece{Text: sentence[rest:at[0]]}, codePiece(code))
		rest = at[1]
	}
	return append(all, piece{Text: sentence[rest:]})
}

func codePiece(code string) piece {
	if isSHA(code) {
		return piece{Text: short(code), Code: true, Full: code}
	}
	return piece{Text: code, Code: true}
}

var shaPattern = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

func isSHA(s string) bool { return (len(s) == 40 || len(s) == 64) && shaPattern.MatchString(s) }

// short is a SHA as people compare it; anything else stays whole.
func short(s string) string {
	if isSHA(s) {
		return s[:10]
	}
	return s
}

// show makes control characters and those that turn the direction of writing visible, so that no name can pose as
// another.
func show(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var out strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if hidden(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// hidden is a character that nobody sees, or that turns what they see.
func hidden(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff')
}

// word is a state as people read it; colour never stands alone.
func word(s pull.State) string {
	switch s {
	case pull.Pass:
		return "Passed"
	case pull.Wait:
		return "Waiting"
	}
	return "Blocked"
}

// said is a review's state in words.
func said(s pull.ReviewState) string {
	switch s {
	case pull.Approved:
		return "approved"
	case pull.ChangesRequested:
		return "asked for changes on"
	case pull.Dismissed:
		return "was dismissed on"
	}
	return "commented on"
}

// labels are the names of evidence that say little to somebody who reads them for the first time; scripts get the names.
var labels = map[string]string{
	"outstanding": "still missing", "candidates": "who can", "first": "among them", "paths": "files", "login": "who",
}

func label(name string) string {
	if words, ok := labels[name]; ok {
		return words
	}
	return show(strings.ReplaceAll(name, "_", " "))
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }
func day(t time.Time) string   { return t.UTC().Format("2 January 2006") }

// moment is a time as people read it, machine as programs do.
func moment(t time.Time) string  { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }
