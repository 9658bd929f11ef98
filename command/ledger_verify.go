package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/store"
)

func newLedgerVerify() *cobra.Command {
	path, asJSON, files := "", false, []string(nil)
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Recompute the ledger from its rows and compare it with its checkpoints",
		Long: `Verify reads every row, computes the whole tree again and compares it with the stored hashes, with the checkpoint file of
the configuration, and with every checkpoint that --checkpoint names: keep some where the database's owner cannot reach.
The first row that is not what was written is named. Rows whose bodies were removed by age still count.

Exit status: 0 all holds, 1 something does not, 2 it could not be found out.`,
		Example: "  sallyport ledger verify --config sallyport.yml\n  sallyport ledger verify --checkpoint /mnt/vault/june.checkpoint --json",
		Args:    cobra.NoArgs,
		RunE: onStore(&path, func(cmd *cobra.Command, s *store.Store, cfg config.Server) error {
			outside, err := readCheckpoints(cfg.CheckpointFile, files, s.Verifier)
			if err != nil {
				return err
			}
			bar := &progress{}
			audit, err := s.Audit(cmd.Context(), outside, func(rows, of int64) {
				if bar.total == 0 {
					bar = newProgress(cmd.ErrOrStderr(), "verifying", int(of))
				}
				bar.show(int(rows))
			})
			bar.clear()
			if err != nil {
				return err
			}
			return printAudit(cmd.OutOrStdout(), audit, asJSON)
		}),
	}
	configFlag(cmd, &path)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the outcome as JSON")
	cmd.Flags().StringArrayVar(&files, "checkpoint", nil, "a checkpoint kept elsewhere; its signature is verified when there is a signing key")
	return cmd
}

// readCheckpoints reads the configured file, which is taken by its word and may be absent, and those that were named.
func readCheckpoints(kept string, named []string, v note.Verifier) ([]ledger.Checkpoint, error) {
	var out []ledger.Checkpoint
	if kept != "" {
		text, err := os.ReadFile(kept)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading the checkpoint file: %w", err)
		}
		if err == nil {
			c, err := ledger.Parse(string(text))
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", kept, err)
			}
			out = append(out, c)
		}
	}
	for _, name := range named {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading a checkpoint: %w", err)
		}
		open := func(text string) (ledger.Checkpoint, error) { return ledger.Open(text, v) }
		if v == nil {
			open = ledger.Parse
		}
		c, err := open(string(text))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func printAudit(out io.Writer, a store.Audit, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(out).Encode(a); err != nil {
			return fmt.Errorf("printing the outcome: %w", err)
		}
	} else if a.Fault == nil {
		fmt.Fprintf(out, "the ledger is whole: %d rows (%d without their body), root %s\n", a.Size, a.Pruned, a.Root)
		fmt.Fprintf(out, "it extends %d checkpoint(s) that were kept outside; %d more are of epochs that have ended\n", a.Checked, a.Past)
	}
	switch {
	case a.Fault == nil:
		return nil
	case a.Fault.Row != 0:
		return exitCode{1, fmt.Errorf("row %d: %s (%s)", a.Fault.Row, a.Fault.Message, a.Fault.Code)}
	}
	return exitCode{1, fmt.Errorf("%s (%s)", a.Fault.Message, a.Fault.Code)}
}
