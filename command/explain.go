package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

func newExplain() *cobra.Command {
	path, asJSON := "", false
	cmd := &cobra.Command{
		Use:   "explain OWNER/REPO#N",
		Short: "Say what the gates think of a pull request, and why",
		Long: `Explain reads a pull request from GitHub as the app and prints every gate's verdict with its reasons. It changes
nothing and needs no running server: only the configuration's GitHub section, and the people file and keyring.
What only a server knows (Duo answers) counts as not given. Who could approve is read with the app's own rights, so
whoever holds its key learns what the app may see.

The pull request is named OWNER/REPO#N, or by the address of its page. "sallyport simulate" says what would be if
somebody approved it.

Exit status: 0 every gate passes or nothing is gated, 1 a gate does not pass, 2 it could not be found out, or the pull
request is not open any more.`,
		Example: "  sallyport explain --config sallyport.yml acme/jobs#7\n" +
			"  sallyport explain --config sallyport.yml https://github.com/acme/jobs/pull/7\n" +
			"  sallyport explain --config sallyport.yml --json acme/jobs#7 | jq -r '.[] | .gate + \" \" + .state'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := newDesk(path)
			if err != nil {
				return err
			}
			repo, number, err := d.pull(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			decision, err := d.passes.Explain(cmd.Context(), repo, number)
			if err != nil {
				return unfound(err, repo, number)
			}
			if err := stillOpen(decision.Request); err != nil {
				return err
			}
			return printDecision(cmd.OutOrStdout(), decision, asJSON)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdicts as JSON")
	return cmd
}

func printDecision(out io.Writer, d reconcile.Decision, asJSON bool) error {
	switch {
	case asJSON:
		if err := json.NewEncoder(out).Encode(append([]pull.Verdict{}, d.Verdicts...)); err != nil {
			return fmt.Errorf("printing the verdicts: %w", err)
		}
	case !d.Gated:
		fmt.Fprintf(out, "%s: the target branch %s has no policy, so nothing is gated\n", d.Request.Ref(), visible(d.Request.Base.Branch))
	default:
		printWhy(out, d)
	}
	return gatesPass(d)
}

// printWhy writes a whole decision for a terminal: what it is about, every gate with its reasons, and what to do.
func printWhy(out io.Writer, d reconcile.Decision) {
	r := d.Request
	fmt.Fprintf(out, "%s  %s\nby %s, into %s\n\n", r.Ref(), visible(r.Title), visible(cmp.Or(r.Author.Login, "an unknown account")), visible(r.Base.Branch))
	printVerdicts(out, d.Verdicts, "")
	if next := d.Next(); next != "" {
		fmt.Fprintf(out, "\nNext: %s\n", visible(next))
	}
}

// stillOpen refuses what is over: the gates judge what would land, and an answer about anything else would be wrong.
func stillOpen(r pull.Request) error {
	switch {
	case r.State == pull.Open:
		return nil
	case r.Landed.SHA != "":
		return fmt.Errorf("%s has landed as %.10s, and only open pull requests are judged; its page and its attestation "+
			"(`sallyport verify`) tell what was decided then", r.Ref(), r.Landed.SHA)
	}
	return fmt.Errorf("%s is closed, and only open pull requests are judged; reopen it to have it judged again", r.Ref())
}
