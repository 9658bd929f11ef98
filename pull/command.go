package pull

import (
	"strings"
	"unicode"
)

// MaxCommand is longer than any command, and short enough to be kept.
const MaxCommand = 1000

// CommandIn reads the words after /sallyport on the first line of a comment, the verb in lower case; none when it is no command.
// What a database's text cannot hold is replaced, never removed, so that no word can be turned into another one.
func CommandIn(body string) []string {
	line, _, _ := strings.Cut(body, "\n")
	rest, ok := strings.CutPrefix(strings.TrimRight(line, "\r"), "/sallyport ")
	if !ok || len(rest) > MaxCommand {
		return nil
	}
	rest = strings.ReplaceAll(strings.ToValidUTF8(rest, "\uFFFD"), "\x00", "\uFFFD")
	words := strings.FieldsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	if len(words) == 0 {
		return nil
	}
	words[0] = strings.ToLower(words[0])
	return words
}
