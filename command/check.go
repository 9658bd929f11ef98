package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
)

func newCheck() *cobra.Command {
	asJSON, floor := false, false
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Check policy files and say what is wrong, where, and how to mend it",
		Long: `Check reads policy files as the server would, and reports every problem with its line and column, the line itself and
what to write instead. The file - is what comes in on standard input. With --floor the files are read as an organisation's
floor, and what has no meaning in one is warned of.

Exit status: 0 every policy is good, 1 one is not, 2 one could not be read.`,
		Example: "  sallyport check .sallyport.yml\n  sallyport check .policy.yml .bulldozer.yml\n  git show main:.sallyport.yml | sallyport check -\n" +
			"  sallyport check --json .sallyport.yml | jq .\n  sallyport check --floor acme-dot-github/.sallyport.yml",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var checks []checked
			var unread error
			for _, path := range args {
				c, err := checkFile(path, cmd.InOrStdin())
				if err != nil {
					unread = errors.Join(unread, err)
					continue
				}
				if floor {
					c = c.asFloor()
				}
				checks = append(checks, c)
			}
			if err := printChecks(cmd.OutOrStdout(), checks, asJSON, unread == nil); unread == nil {
				return err
			}
			return unread
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as JSON")
	cmd.Flags().BoolVar(&floor, "floor", false, "read the files as an organisation's floor, of its .github repository")
	return cmd
}

// checked is what reading one policy came to.
type checked struct {
	File     string           `json:"-"`
	Rules    int              `json:"-"`
	Good     bool             `json:"good"`
	Problems []config.Problem `json:"problems"`
	Warnings []config.Problem `json:"warnings"`
	policy   config.Policy
}

// asFloor adds what an organisation's floor cannot do.
func (c checked) asFloor() checked {
	if !c.Good {
		return c
	}
	warn := func(line int, text, mend string) {
		c.Warnings = append(c.Warnings, config.Problem{File: c.File, Line: line, Col: 1, Text: text, Mend: mend})
	}
	if c.policy.PolicyBot != nil {
		c.Good = false
		c.Problems = append(c.Problems, config.Problem{File: c.File, Line: 1, Col: 1, Text: "a floor cannot be written in policy-bot's language",
			Mend: "write it as .sallyport.yml; `sallyport convert` translates"})
		return c
	}
	if c.policy.Automerge != nil {
		warn(1, "automerge speaks for the .github repository alone: how others land is for their own policy to say", "")
	}
	for _, rule := range c.policy.Approval.Rules {
		if rule.Require.Demands() == 0 && rule.Require.Codeowners == nil {
			warn(rule.Line, fmt.Sprintf("the rule %q asks nothing, and keeps its paths from the floor's later rules", rule.Name),
				"leave it out unless that is meant: what no rule of a floor names is the repository's own affair")
		}
	}
	return c
}

func checkFile(path string, stdin io.Reader) (checked, error) {
	name, read := path, func() ([]byte, error) { return os.ReadFile(path) }
	if path == "-" {
		name, read = "<stdin>", func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	text, err := read()
	if err != nil {
		return checked{}, fmt.Errorf("reading the policy: %w", err)
	}
	return checkText(name, text), nil
}

func checkText(name string, text []byte) checked {
	policy, problems := config.ParsePolicy(name, text)
	c := checked{File: name, Rules: ruleCount(policy), Good: problems == nil, Problems: problems.List()}
	c.Warnings, c.policy = policy.Warnings, policy
	return c
}

// content says what a good file holds.
func (c checked) content() string {
	if config.IsBulldozer(c.File) {
		return "a bulldozer configuration"
	}
	return counted(c.Rules, "rule")
}

func ruleCount(policy config.Policy) int {
	if policy.PolicyBot != nil {
		return len(policy.PolicyBot.Rules)
	}
	return len(policy.Approval.Rules)
}

func printChecks(out io.Writer, checks []checked, asJSON, whole bool) error {
	all := checked{Good: whole, Problems: []config.Problem{}, Warnings: []config.Problem{}}
	for _, c := range checks {
		all.Good = all.Good && c.Good
		all.Problems, all.Warnings = append(all.Problems, c.Problems...), append(all.Warnings, c.Warnings...)
		switch {
		case asJSON:
		case c.Good:
			for _, w := range c.Warnings {
				w.Text = "warning: " + w.Text
				fmt.Fprint(out, pointed([]config.Problem{w}))
			}
			fmt.Fprintf(out, "%s: good (%s)\n", c.File, c.content())
		default:
			fmt.Fprint(out, pointed(c.Problems))
		}
	}
	if asJSON {
		if err := json.NewEncoder(out).Encode(all); err != nil {
			return fmt.Errorf("printing problems: %w", err)
		}
	}
	if !all.Good {
		return exitCode{1, errors.New("the policy is not good; with it, nothing would land")}
	}
	return nil
}

// pointed writes each problem, the offending line with a caret under the column, and the mend.
func pointed(problems []config.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
		if p.Excerpt != "" {
			fmt.Fprintf(&b, "    %s\n%s", strings.ReplaceAll(p.Excerpt, "\t", " "), caret(p))
		}
		if p.Mend != "" {
			fmt.Fprintf(&b, "    %s\n", p.Mend)
		}
	}
	return b.String()
}

// caret points at the column, or at the first word of a line that is meant as a whole. Beyond a line that was cut short
// there is nothing to point at.
func caret(p config.Problem) string {
	line, col := []rune(p.Excerpt), max(p.Col, 1)
	for col < len(line) && unicode.IsSpace(line[col-1]) {
		col++
	}
	if col > len(line) {
		return ""
	}
	return "    " + strings.Repeat(" ", col-1) + "^\n"
}
