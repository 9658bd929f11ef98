package command

import "github.com/spf13/cobra"

func newLedger() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Verify, export and look after the ledger",
		Long: `The ledger holds every changed verdict, every prompt and answer and every landing, as the leaves of a Merkle tree whose
checkpoints the bot's key signs. These commands open the server's database. A SQLite file belongs to one process at a
time, so the server must be stopped for them; with PostgreSQL it may run.`,
	}
	cmd.AddCommand(newLedgerVerify(), newLedgerExport(), newLedgerCheckpoint(), newLedgerPrune(), newAcceptRestore())
	return cmd
}
