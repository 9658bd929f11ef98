package policybot

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport/pull"
)

// odd reports whether a path may look like another to a person: hidden and bidirectional characters, invalid UTF-8,
// letters that are not composed. A pattern that was written for the look of it would not match what is there.
func odd(f pull.File) bool {
	if !utf8.ValidString(f.Path) || !norm.NFC.IsNormalString(f.Path) {
		return true
	}
	for _, r := range f.Path {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return true
		}
	}
	return false
}
