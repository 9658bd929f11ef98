package policybot

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// shownAtMost is how many of a list a sentence names before it only counts.
const shownAtMost = 5

// series is "a", "a or b", "a, b or c", or the first few "and 7 more".
func series(words []string, last string) string {
	n := len(words)
	switch {
	case n == 0:
		return "none"
	case n > shownAtMost:
		return fmt.Sprintf("%s and %d more", strings.Join(words[:shownAtMost], ", "), n-shownAtMost)
	case n == 1:
		return words[0]
	}
	return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
}

func quotedList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	return series(quoted, "and")
}

func logins(accounts []pull.Account) []string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Canonical()
	}
	return names
}

func countedPaths(files []pull.File) string {
	if len(files) == 1 {
		return strconv.Quote(files[0].Path)
	}
	return fmt.Sprintf("%d changed paths", len(files))
}

func shownPaths(files []pull.File) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strconv.Quote(f.Path)
	}
	return series(names, "and")
}

func short(sha string) string {
	if sha == "" {
		return "of an unknown number"
	}
	return sha[:min(len(sha), 7)]
}

func approvalsWord(n int) string {
	if n == 1 {
		return "1 approval"
	}
	return fmt.Sprintf("%d approvals", n)
}
