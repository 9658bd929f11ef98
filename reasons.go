package main

import (
	"fmt"
	"io"
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
		printReasons(out, r.Because, indent+"  ")
	}
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
