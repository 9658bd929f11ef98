package approval

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// odd reports whether a path may look like another one to a person: control, formatting and bidirectional
// characters, invalid UTF-8, names that are not in composed form.
func odd(path string) bool {
	plain := true
	for i := 0; i < len(path); i++ {
		if c := path[i]; c < ' ' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return false
	}
	if !utf8.ValidString(path) || !norm.NFC.IsNormalString(path) {
		return true
	}
	for _, r := range path {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return true
		}
	}
	return false
}

// shown writes a path so that a person sees what it is: an odd one is escaped.
func shown(path string) string {
	if odd(path) {
		return strconv.QuoteToASCII(path)
	}
	return path
}

// Odd reports whether a path may look like another one to a person; such a path blocks wherever it is governed.
func Odd(path string) bool { return odd(path) }
