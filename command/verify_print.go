package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/verify"
)

// listedAtMost is how many good commits are listed one by one unless all are asked for.
const listedAtMost = 200

func (f *verifying) print(cmd *cobra.Command, r verify.Report) error {
	out := cmd.OutOrStdout()
	if f.asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(r); err != nil {
			return fmt.Errorf("printing the report: %w", err)
		}
	} else {
		printReport(out, r, f.all || len(r.Commits) <= listedAtMost)
	}
	switch r.Verdict {
	case verify.Good:
		return nil
	case verify.Unknown:
		return errors.New("it cannot be told whether all of it came through the gate")
	}
	return exitCode{1, errors.New("not everything came through the gate")}
}

func printReport(out io.Writer, r verify.Report, all bool) {
	for _, c := range r.Commits {
		if !all && c.Outcome == verify.Good && len(c.Findings) == 0 {
			continue
		}
		fmt.Fprintf(out, "%-8s %.12s  %s\n", c.Outcome, c.SHA, about(c))
		printFindings(out, c.Findings, "           ")
	}
	printFindings(out, r.Findings, "")
	branch := ""
	if r.Branch != "" {
		branch = fmt.Sprintf(" of %s on %s", r.Repository, r.Branch)
	}
	fmt.Fprintf(out, "%s: %s%s, %s, %d foreign", r.Verdict, counted(len(r.Commits), "commit"), branch, counted(r.Landings, "landing"), r.Foreign)
	if r.Remarks > 0 {
		fmt.Fprintf(out, ", %s", counted(r.Remarks, "remark"))
	}
	fmt.Fprintln(out)
}

// about tells one commit in a line.
func about(c verify.Commit) string {
	if c.PullRequest == 0 {
		return printable(c.Title)
	}
	parts := []string{fmt.Sprintf("#%d by %s", c.PullRequest, c.Method)}
	if c.Part != "" {
		parts = append(parts, fmt.Sprintf("with %.12s", c.Part))
	}
	if len(c.Approved) > 0 {
		parts = append(parts, "approved by "+strings.Join(c.Approved, " and "))
	}
	if len(c.Confirmed) > 0 {
		parts = append(parts, "confirmed by "+strings.Join(c.Confirmed, " and "))
	}
	return strings.Join(parts, ", ") + "  " + printable(c.Title)
}

// printable is one short line of somebody else's text.
func printable(s string) string {
	clean := tame(s)
	if runes := []rune(clean); len(runes) > 80 {
		clean = string(runes[:79]) + "…"
	}
	return clean
}

// tame keeps somebody else's text from steering a terminal.
func tame(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

func printFindings(out io.Writer, findings []verify.Finding, indent string) {
	for _, f := range findings {
		mark := map[verify.Level]string{verify.Fault: "✗", verify.Doubt: "?", verify.Remark: "·"}[f.Level]
		fmt.Fprintf(out, "%s%s %s: %s\n", indent, mark, f.Code, tame(f.Message))
		if f.Next != "" {
			fmt.Fprintf(out, "%s  %s\n", indent, tame(f.Next))
		}
	}
}
