// Package command is what people type: each command, and the wiring of everything that the server is made of.
package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// exitCode is an error that ends the process with a status of its own.
type exitCode struct {
	code int
	err  error
}

func (e exitCode) Error() string { return e.err.Error() }
func (e exitCode) Unwrap() error { return e.err }

// Run executes one command line and returns the exit status: 0 done, 1 the answer is no, 2 it could not be done.
func Run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(root.ErrOrStderr(), "sallyport: "+err.Error())
	var coded exitCode
	if errors.As(err, &coded) {
		return coded.code
	}
	return 2
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sallyport",
		Short: "Change approval for repositories whose main branch is production",
		Long: `Sallyport is a GitHub App that answers three questions about every pull request:

  approval    did the right people agree to these paths?
  duobot      did the human behind the account really mean this merge?
  automerge   is everything green? then land it, and know that what landed is what was agreed to

Start with "sallyport demo": it plays the whole story on this machine, without GitHub or Duo accounts.`,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	for _, g := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"See it", []*cobra.Command{newDemo()}},
		{"Policies", []*cobra.Command{newCheck(), newTest(), newBacktest(), newConvert()}},
		{"Pull requests", []*cobra.Command{newExplain(), newSimulate()}},
		{"Proof", []*cobra.Command{newVerify(), newGate(), newHook(), newLedger()}},
		{"The server", []*cobra.Command{newRegister(), newServe(), newKeys(), newDatabase(), newSBOM()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title + ":"})
		for _, cmd := range g.commands {
			cmd.GroupID = g.title
			root.AddCommand(cmd)
		}
	}
	teach(root)
	return root
}

// teach has a wrong command line answered with how it is written.
func teach(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; `%s --help` lists the flags", err, cmd.CommandPath())
	})
	if fits := cmd.Args; fits != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			switch err := fits(cmd, args); {
			case err == nil:
				return nil
			case len(args) == 0:
				return fmt.Errorf("something is missing; write: %s", cmd.UseLine())
			}
			return fmt.Errorf("%q is not what this takes; write: %s", args, cmd.UseLine())
		}
	}
	for _, child := range cmd.Commands() {
		teach(child)
	}
}
