package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// supposed are the flags of simulate.
type supposed struct {
	approve, object, ignore []string
	target, policy, floor   string
}

func newSimulate() *cobra.Command {
	path, asJSON, flags := "", false, supposed{}
	cmd := &cobra.Command{
		Use:   "simulate OWNER/REPO#N",
		Short: "Say what the gates would think of a pull request if somebody approved it, or the policy were another",
		Long: `Simulate reads a pull request from GitHub as the app, supposes what the flags say, and prints every gate's verdict. It
changes nothing and needs no running server. Roles and teams are read with the app's own rights, so whoever may run it
learns what the app may see; over HTTP, POST /api/v1/simulate/OWNER/REPO/N tells no more than the pull request itself.

The flags add up: what --approve gives is judged by the policy that --policy supposes.

Exit status: 0 every gate would pass or nothing would be gated, 1 a gate would not pass, 2 it could not be found out, or
the pull request is not open any more.`,
		Example: "  sallyport simulate --config sallyport.yml --approve ana --approve bo acme/jobs#7\n" +
			"  sallyport simulate --config sallyport.yml --ignore eve acme/jobs#7       # if eve had not approved\n" +
			"  sallyport simulate --config sallyport.yml --policy new.yml acme/jobs#7   # by a policy that is not in force yet\n" +
			"  sallyport simulate --config sallyport.yml --target release acme/jobs#7   # if it went into another branch",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := flags.whatIf()
			if err != nil {
				return err
			}
			d, err := newDesk(path)
			if err != nil {
				return err
			}
			repo, number, err := d.pull(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			found, err := d.passes.Simulate(cmd.Context(), repo, number, what)
			if err != nil {
				return unfound(err, repo, number)
			}
			if err := stillOpen(found.Request); err != nil {
				return err
			}
			return printSimulated(cmd.OutOrStdout(), found, asJSON)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringSliceVar(&flags.approve, "approve", nil, "suppose that `LOGIN` approved the head (repeatable)")
	cmd.Flags().StringSliceVar(&flags.object, "object", nil, "suppose that `LOGIN` asked for changes (repeatable)")
	cmd.Flags().StringSliceVar(&flags.ignore, "ignore", nil, "leave out the reviews of `LOGIN` (repeatable)")
	cmd.Flags().StringVar(&flags.target, "target", "", "suppose another target `BRANCH`")
	cmd.Flags().StringVar(&flags.policy, "policy", "", "suppose the policy in `FILE`")
	cmd.Flags().StringVar(&flags.floor, "floor", "", "suppose the organisation's floor in `FILE`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdicts as JSON")
	return cmd
}

func (s supposed) whatIf() (reconcile.WhatIf, error) {
	what := reconcile.WhatIf{Ignore: s.ignore, Target: s.target}
	for _, login := range s.approve {
		what.Reviews = append(what.Reviews, reconcile.ImaginedReview{Login: login, State: pull.Approved})
	}
	for _, login := range s.object {
		what.Reviews = append(what.Reviews, reconcile.ImaginedReview{Login: login, State: pull.ChangesRequested})
	}
	if s.policy != "" {
		source, err := readPolicy(s.policy)
		if err != nil {
			return what, err
		}
		what.Policy = &source
	}
	if s.floor != "" {
		source, err := supposedFloor(s.floor)
		if err != nil {
			return what, err
		}
		what.Floor = &source
	}
	return what, nil
}

// supposedFloor reads a floor as if it stood in the owner's .github repository.
func supposedFloor(path string) (pull.Source, error) {
	source, err := readPolicy(path)
	source.Path, source.Blob = ".github:"+source.Path, "supposed-floor"
	return source, err
}

// readPolicy reads a policy that is to be judged by, as if it stood in the repository. A file with a fault is refused:
// it would block everything, which is no answer.
func readPolicy(path string) (pull.Source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return pull.Source{}, fmt.Errorf("reading the policy: %w", err)
	}
	if c := checkText(path, text); !c.Good {
		return pull.Source{}, fmt.Errorf("the policy is not good:\n%s", pointed(c.Problems))
	}
	name := defaultPolicy
	if filepath.Base(path) == policybot.PolicyFile {
		name = policybot.PolicyFile
	}
	return pull.Source{Path: name, Blob: "supposed", Text: string(text)}, nil
}

func printSimulated(out io.Writer, s reconcile.Simulated, asJSON bool) error {
	if asJSON {
		told := map[string]any{"verdicts": s.Verdicts, "standing_unknown": append([]string{}, s.Unknown...),
			"assumed": s.Assumed, "next": s.Next()}
		if err := json.NewEncoder(out).Encode(told); err != nil {
			return fmt.Errorf("printing the verdicts: %w", err)
		}
	} else {
		printWhy(out, s.Decision)
		for _, login := range s.Unknown {
			fmt.Fprintf(out, "\nStanding unknown: %s has no role here that GitHub would tell, so the review was left out.\n", visible(login))
		}
		fmt.Fprintln(out)
		for _, assumption := range s.Assumed {
			fmt.Fprintf(out, "Assumed: %s\n", assumption)
		}
	}
	return gatesPass(s.Decision)
}

// gatesPass is the exit status of a decision.
func gatesPass(d reconcile.Decision) error {
	for _, v := range d.Verdicts {
		if v.Gate != pull.GateAutomerge && v.State != pull.Pass {
			return exitCode{1, errors.New("not every gate passes")}
		}
	}
	return nil
}
