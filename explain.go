package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/reconcile"
)

func newExplain() *cobra.Command {
	path, asJSON := "", false
	cmd := &cobra.Command{
		Use:   "explain OWNER/REPO#N",
		Short: "Say what the gates think of a pull request, and why",
		Long: `Explain reads a pull request from GitHub as the app and prints every gate's verdict with its reasons. It changes
nothing and needs no running server: only the configuration's GitHub section, and the people file and keyring.
What only a server knows (Duo answers) counts as not given.

Exit status: 0 every gate passes, 1 one does not, 2 it could not be found out.`,
		Example: "  sallyport explain --config sallyport.yml acme/jobs#7\n  sallyport explain --json acme/jobs#7 | jq '.[].state'",
		Args:    cobra.ExactArgs(1),
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
				return err
			}
			return printDecision(cmd.OutOrStdout(), decision, asJSON)
		},
	}
	cmd.Flags().StringVarP(&path, "config", "c", "", "the server's configuration file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdicts as JSON")
	return cmd
}

func printDecision(out io.Writer, d reconcile.Decision, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(out).Encode(d.Verdicts); err != nil {
			return fmt.Errorf("printing the verdicts: %w", err)
		}
	} else if !d.Gated {
		fmt.Fprintf(out, "%s: the target branch has no policy, so nothing is gated\n", d.Request.Ref())
	} else {
		fmt.Fprintf(out, "%s  %s\n\n%s", d.Request.Ref(), d.Request.Title, d.Why())
	}
	return gatesPass(d)
}
