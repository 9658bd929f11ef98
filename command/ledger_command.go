package command

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/store"
)

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

// configFlag is the flag by which these commands find the server's configuration.
func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "the server's configuration file (without it, environment variables alone)")
}

// openStore opens the database of a configuration for a command, with the key that signs checkpoints.
func openStore(ctx context.Context, path string) (*store.Store, config.Server, error) {
	cfg, err := config.Load(path, os.LookupEnv)
	if err != nil {
		return nil, cfg, fmt.Errorf("the configuration is not good:\n%w", err)
	}
	signer, err := readSigner(cfg.SigningKey)
	if err != nil {
		return nil, cfg, err
	}
	s, err := store.Open(ctx, cfg.Database.Reveal(), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, cfg, fmt.Errorf("opening the database: %w", err)
	}
	return s, cfg, keyedLedger(s, signer, cfg)
}
