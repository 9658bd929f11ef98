package command

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/store"
)

// exportStep bounds how many rows are in memory at once; followTick is how often the command looks for more.
const (
	exportStep = 500
	followTick = time.Second
)

func newLedgerExport() *cobra.Command {
	path, after, follow := "", int64(0), false
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the ledger as JSON lines",
		Long: `Export prints one JSON object a row, in order. The ids have no gaps and no row appears late, so whoever has seen row N goes
on with --after N and misses nothing. A row whose body was removed by age has "pruned", the SHA-256 of the body, instead.
With --follow it stays and prints new rows as they come. A running server gives the same at GET /api/v1/ledger to
tokens with the scope audit.`,
		Example: "  sallyport ledger export --config sallyport.yml > ledger.jsonl\n  sallyport ledger export --after 4711 --follow | vector --config siem.toml",
		Args:    cobra.NoArgs,
		RunE: onStore(&path, func(cmd *cobra.Command, s *store.Store, _ config.Server) error {
			return exportLedger(cmd, s, after, follow)
		}),
	}
	configFlag(cmd, &path)
	cmd.Flags().Int64Var(&after, "after", 0, "print rows with an id above this one")
	cmd.Flags().BoolVar(&follow, "follow", false, "stay, and print new rows as they come")
	return cmd
}

func exportLedger(cmd *cobra.Command, s *store.Store, after int64, follow bool) error {
	out := json.NewEncoder(cmd.OutOrStdout())
	tick := time.NewTicker(followTick)
	defer tick.Stop()
	for {
		rows, err := s.Entries(cmd.Context(), after, exportStep)
		if cmd.Context().Err() != nil && follow {
			return nil // told to end
		}
		if err != nil {
			return err
		}
		for _, e := range rows {
			if err := out.Encode(e); err != nil {
				return fmt.Errorf("printing row %d: %w", e.ID, err)
			}
			after = e.ID
		}
		switch {
		case len(rows) == exportStep:
			continue
		case !follow:
			return nil
		}
		select {
		case <-tick.C:
		case <-cmd.Context().Done():
			return nil
		}
	}
}

func newLedgerCheckpoint() *cobra.Command {
	path := ""
	cmd := &cobra.Command{
		Use:   "checkpoint",
		Short: "Print the newest checkpoint, to be kept elsewhere",
		Long: `Checkpoint prints how the ledger stands: its origin, how many rows it has and their root hash, signed by the bot's key where
one is configured. Kept where the database's owner cannot reach, it catches every later change to those rows:
see sallyport ledger verify --checkpoint.`,
		Example: "  sallyport ledger checkpoint --config sallyport.yml > /mnt/vault/$(date +%F).checkpoint",
		Args:    cobra.NoArgs,
		RunE: onStore(&path, func(cmd *cobra.Command, s *store.Store, _ config.Server) error {
			_, text, err := s.Checkpoint(cmd.Context())
			if err == nil {
				_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			}
			return err
		}),
	}
	configFlag(cmd, &path)
	return cmd
}
