package command

import (
	"bufio"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

func newLedgerPrune() *cobra.Command {
	path, before := "", ""
	cmd := &cobra.Command{
		Use:   "prune --before DATE",
		Short: "Remove the bodies of old rows, and keep every proof",
		Long: `Prune empties the bodies of rows written before a day. The rows themselves stay, with their kind, their time and the digest
of their body, so that verify and every proof and checkpoint ever given still hold; export says "pruned".
With PostgreSQL and a role that may not rewrite the ledger, this is for the tables' owner to run.`,
		Example: "  sallyport ledger prune --config sallyport.yml --before 2025-01-01",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			day, err := time.Parse(time.DateOnly, before)
			if err != nil {
				return fmt.Errorf("--before takes a day such as 2025-01-31, not %q", before)
			}
			return onStore(&path, func(cmd *cobra.Command, s *store.Store, _ config.Server) error {
				n, err := s.PruneLedger(cmd.Context(), day)
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "removed the bodies of %d rows written before %s\n", n, before)
				}
				return err
			})(cmd, args)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&before, "before", "", "the day (UTC) before which bodies are removed")
	return cmd
}

func newAcceptRestore() *cobra.Command {
	path, yes := "", false
	cmd := &cobra.Command{
		Use:   "accept-restore",
		Short: "Let landing go on after an older database was restored on purpose",
		Long: `When the ledger is older than a checkpoint of it that was kept outside the database, nothing lands (ledger-rolled-back).
If the newest database can still be had, restore that one and restart: nothing else is needed. If the restore was meant,
this command accepts it: the rows that were lost are given up, the ledger goes on under a new origin, and a row says who
decided so. Check first what landed since the backup: the landed commits are in git, their rows are not.`,
		Example: "  sallyport ledger accept-restore --config sallyport.yml",
		Args:    cobra.NoArgs,
		RunE: onStore(&path, func(cmd *cobra.Command, s *store.Store, _ config.Server) error {
			if err := s.CheckLedger(cmd.Context()); err != nil && !errors.Is(err, pull.ErrRolledBack) {
				return err
			}
			reason, err := s.Halted(cmd.Context())
			if err != nil {
				return err
			}
			if reason == nil {
				return errors.New("there is nothing to accept: no checkpoint contradicts the ledger")
			}
			fmt.Fprintln(cmd.OutOrStdout(), reason.Message)
			if !yes && !confirmed(cmd) {
				return exitCode{1, errors.New("nothing was changed")}
			}
			c, err := s.AcceptRestore(cmd.Context(), operator())
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "accepted: the ledger goes on as %s from row %d\n", c.Origin, c.Size)
			}
			return err
		}),
	}
	configFlag(cmd, &path)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask for confirmation")
	return cmd
}

// confirmed wants the word in full: a habit of pressing return must not give up evidence.
func confirmed(cmd *cobra.Command) bool {
	fmt.Fprint(cmd.OutOrStdout(), "Give up the rows that were lost? Type accept: ")
	line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	return strings.TrimSpace(line) == "accept"
}

// operator is who runs the command, as the system knows them.
func operator() string {
	if who, err := user.Current(); err == nil {
		return who.Username
	}
	return "unknown"
}
