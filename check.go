package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
)

func newCheck() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Check a policy file and say what is wrong, where, and how to mend it",
		Long: `Check reads a policy file as the server would and reports every problem with its line and column.

Exit status: 0 the policy is good, 1 it is not, 2 it could not be read.`,
		Example: "  sallyport check .sallyport.yml\n  sallyport check --json .sallyport.yml | jq .",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading the policy: %w", err)
			}
			policy, problems := config.ParsePolicy(args[0], text)
			if asJSON {
				return printProblems(cmd, problems, policy.Warnings)
			}
			if problems != nil {
				fmt.Fprintln(cmd.OutOrStdout(), problems.Error())
				return exitCode{1, errors.New("the policy is not good; every gate would block")}
			}
			for _, w := range policy.Warnings {
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n    %s\n    warning: %s\n", w, w.Excerpt, w.Mend)
			}
			rules := len(policy.Approval.Rules)
			if policy.PolicyBot != nil {
				rules = len(policy.PolicyBot.Rules)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: good (%d rules)\n", args[0], rules)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as JSON")
	return cmd
}

func printProblems(cmd *cobra.Command, problems *config.Problems, warnings []config.Problem) error {
	list := []config.Problem{}
	if warnings == nil {
		warnings = list
	}
	if problems != nil {
		list = problems.List()
	}
	if err := json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"good": len(list) == 0, "problems": list, "warnings": warnings}); err != nil {
		return fmt.Errorf("printing problems: %w", err)
	}
	if len(list) > 0 {
		return exitCode{1, errors.New("the policy is not good")}
	}
	return nil
}
