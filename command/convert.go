package command

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
)

func newConvert() *cobra.Command {
	return &cobra.Command{
		Use:   "convert .policy.yml | .bulldozer.yml",
		Short: "Write a policy-bot policy or a bulldozer configuration in Sallyport's own language",
		Long: `Convert prints a .sallyport.yml that is as strict as the policy-bot policy, or stricter where its comments say so; of a
bulldozer configuration, the automerge section to put below the rules. What the native language cannot express is refused,
construct by construct; then keep the file, which is read as it is.

Exit status: 0 converted, 1 not everything could be, 2 it could not be read.`,
		Example: "  sallyport convert .policy.yml > .sallyport.yml\n  sallyport convert .bulldozer.yml >> .sallyport.yml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading the policy: %w", err)
			}
			c, problems := convert(args[0], text)
			if problems != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), problems.Error())
				return exitCode{1, errors.New("the file is not good; mend it first")}
			}
			for _, p := range c.Refused {
				fmt.Fprintln(cmd.ErrOrStderr(), p.String())
			}
			if len(c.Refused) > 0 {
				return exitCode{1, errors.New("not everything can be said in the native language")}
			}
			fmt.Fprint(cmd.OutOrStdout(), c.Text)
			return nil
		},
	}
}

func convert(path string, text []byte) (config.Conversion, *config.Problems) {
	if config.IsBulldozer(path) {
		b, problems := config.ParseBulldozer(path, text)
		if problems != nil {
			return config.Conversion{}, problems
		}
		return config.ConvertBulldozer(path, b), nil
	}
	policy, problems := config.ParsePolicyBot(path, text)
	if problems != nil {
		return config.Conversion{}, problems
	}
	return config.Convert(path, *policy), nil
}
