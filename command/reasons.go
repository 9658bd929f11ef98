package command

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/sallyport/sallyport/pull"
)

// printVerdicts writes verdicts with their reasons as a tree, in plain text for a terminal.
func printVerdicts(out io.Writer, verdicts []pull.Verdict, indent string) {
	for _, v := range verdicts {
		fmt.Fprintf(out, "%s%s: %s\n", indent, v.Gate, v.State)
		printReasons(out, v.Reasons, indent+"  ")
	}
}

func printReasons(out io.Writer, reasons []pull.Reason, indent string) {
	for _, r := range reasons {
		message, _, _ := strings.Cut(r.Message, "\n")
		fmt.Fprintf(out, "%s%-5s %s (%s)\n", indent, r.State, visible(message), r.Code)
		if about := subject(r); about != "" {
			fmt.Fprintf(out, "%s      %s\n", indent, visible(about))
		}
		printReasons(out, r.Because, indent+"  ")
	}
}

// subject is the rule behind a reason, and what of the change it governs.
func subject(r pull.Reason) string {
	rule, first, paths := r.Evidence["rule"], r.Evidence["first"], r.Evidence["paths"]
	if rule == "" || first == "" {
		return ""
	}
	if line := r.Evidence["line"]; line != "" {
		rule += ", line " + line
	}
	if n, err := strconv.Atoi(paths); err == nil && n > 1 {
		first += fmt.Sprintf(" and %d more", n-1)
	}
	return rule + ": " + first
}

// visible keeps a name that somebody else chose from steering the terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// counted is "1 case", "2 cases".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
