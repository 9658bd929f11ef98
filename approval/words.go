package approval

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// shownAtMost is how many of a list a sentence names before it only counts.
const shownAtMost = 5

// listed joins the first few of a list and counts the others.
func listed(words []string, sep string) string {
	if len(words) <= shownAtMost {
		return strings.Join(words, sep)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:shownAtMost], sep), len(words)-shownAtMost)
}

// either is "ana", "ana or bo", "ana, bo or cy", or the first few "and 7 more".
func either(words []string) string { return series(words, "or") }

// both is "ana", "ana and bo", "ana, bo and cy", or the first few "and 7 more".
func both(words []string) string { return series(words, "and") }

func series(words []string, last string) string {
	n := len(words)
	if n < 2 || n > shownAtMost {
		return listed(words, ", ")
	}
	return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
}

var oneOfRole = map[pull.Role]string{
	pull.Admin: "an admin", pull.Maintain: "a maintainer", pull.Write: "someone with write access",
	pull.Triage: "someone with triage access", pull.Read: "someone with read access",
}

var someOfRole = map[pull.Role]string{
	pull.Admin: "admins", pull.Maintain: "maintainers", pull.Write: "people with write access",
	pull.Triage: "people with triage access", pull.Read: "people with read access",
}

// whom describes a list of entries to a person: "an admin", "@org/sre or ana".
func whom(entries []From, count int) string {
	words := make([]string, len(entries))
	for i, e := range entries {
		words[i] = e.describe(count)
	}
	return either(words)
}

func (e From) describe(count int) string {
	switch {
	case e.Team != "":
		return "@" + e.Team
	case e.Login != "":
		return e.Login
	case count > 1:
		return someOfRole[e.Role]
	}
	return oneOfRole[e.Role]
}

func approvalsWord(n int, more bool) string {
	word := "approval"
	if n > 1 {
		word = "approvals"
	}
	if more {
		word = "more " + word
	}
	return fmt.Sprintf("%d %s", n, word)
}

func logins(accounts []pull.Account) []string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Login
	}
	return names
}

func paths(files []pull.File) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = shown(f.Path)
	}
	return names
}
