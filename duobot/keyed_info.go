package duobot

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// The bounds of what a caller of the API may add to what a phone shows.
const (
	maxExtraPairs  = 16
	maxExtraKey    = 40
	maxExtraValue  = 200
	maxExtraLength = 8000 // Duo takes 20,000 bytes in all
)

// reserved are the lines that we write ourselves, plain. A caller who could write them would speak in our name.
var reserved = []string{"key", "requestedby"}

// CleanInfo takes a caller's pairs ("a=b&c=d", escaped or not) and returns them clean and URL-encoded: without control
// and bidirectional characters, bounded, and with none of the lines that are ours. The error is for the caller.
func CleanInfo(info string) (string, error) {
	var encoded []string
	for pair := range strings.SplitSeq(info, "&") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name := clip(visible(lettered(unescaped(key))), maxExtraKey)
		switch {
		case plain(name) == "":
			return "", fmt.Errorf("a line of duoPushInfo has no name in plain letters: %.40q", key)
		case slices.Contains(reserved, plain(name)):
			return "", fmt.Errorf("the line %q of duoPushInfo is Sallyport's own", name)
		}
		encoded = append(encoded, url.QueryEscape(name)+"="+url.QueryEscape(clip(visible(unescaped(value)), maxExtraValue)))
	}
	text := strings.Join(encoded, "&")
	if len(encoded) > maxExtraPairs || len(text) > maxExtraLength {
		return "", fmt.Errorf("duoPushInfo has more than %d lines or %d bytes", maxExtraPairs, maxExtraLength)
	}
	return text, nil
}

// unescaped takes text that is no URL encoding as it stands: duo-bot's callers wrote either.
func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// lettered leaves out all but printable ASCII: a name in letters that only look like ours must not pass for it.
func lettered(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, s)
}

// plain is what of a name tells it from others: its letters and digits, in lower case.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, strings.ToLower(name))
}

// keyedInfo writes Duo's pushinfo parameter: our own lines first, then the caller's, which CleanInfo has cleaned.
func keyedInfo(key, token, extra string) string {
	own := "Key=" + url.QueryEscape(clip(visible(key), maxRepository)) + "&Requested+by=" + url.QueryEscape(clip(visible(token), maxTitle))
	if extra == "" {
		return own
	}
	return own + "&" + extra
}
