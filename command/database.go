package command

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/store"
)

func newDatabase() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "database",
		Short: "Back up and restore the SQLite file; prepare PostgreSQL for a role that cannot rewrite the ledger",
	}
	cmd.AddCommand(newBackup(), newRestore(), newPrepare())
	return cmd
}

func newBackup() *cobra.Command {
	path := ""
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the SQLite database into a new file",
		Long: `Backup writes the whole state, as of one moment, into a file that must not exist yet. The server must be stopped for it: a
SQLite file belongs to one process. PostgreSQL has pg_dump for this; docs/operating.md has the exact commands.`,
		Example: "  sallyport database backup --config sallyport.yml /mnt/backup/sallyport-$(date +%F).db",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			if err := store.Backup(cmd.Context(), cfg.Database.Reveal(), args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "backed up to %s\n", args[0])
			return nil
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func newRestore() *cobra.Command {
	path := ""
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the SQLite database",
		Long: `Restore checks a backup and puts a copy of it where the configuration has its database. What was there is kept beside it, as
*.before-restore. The server must be stopped. The checkpoint file is left as it is, on purpose: when it is newer than the
backup, nothing lands after the start, with the reason ledger-rolled-back, until somebody runs
sallyport ledger accept-restore.`,
		Example: "  sallyport database restore --config sallyport.yml /mnt/backup/sallyport-2025-06-01.db",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			kept, err := store.Restore(cmd.Context(), cfg.Database.Reveal(), args[0])
			if kept != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "what was there is now %s\n", kept)
			}
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "restored from %s\n", args[0])
			}
			return err
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func newPrepare() *cobra.Command {
	owner, role := "", ""
	cmd := &cobra.Command{
		Use:   "prepare --owner URL --role NAME",
		Short: "Let a PostgreSQL role serve that can add to the ledger and cannot change it",
		Long: `Prepare brings the tables up to date as their owner, and grants a role what serving needs: everything on the working
tables, reading and adding on the ledger and its hashes, and nothing that changes them. Make the role first
(CREATE ROLE sallyport LOGIN PASSWORD …) and let the server's database URL name it. Run it before each upgrade: the
serving role cannot change tables, so a new version waits for this.

The owner's URL may also be given as SALLYPORT_DATABASE_OWNER, which keeps its password out of the list of processes.`,
		Example: "  sallyport database prepare --owner postgres://owner@db/sallyport --role sallyport",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if owner == "" {
				owner = os.Getenv("SALLYPORT_DATABASE_OWNER")
			}
			if owner == "" || role == "" {
				return errors.New("both --owner and --role are needed")
			}
			if err := store.Prepare(cmd.Context(), owner, role, slog.New(slog.DiscardHandler)); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "the tables are up to date, and %s may serve with them\n", role)
			return nil
		},
	}
	cmd.Flags().StringVar(&owner, "owner", "", "postgres:// URL of the role that owns the tables")
	cmd.Flags().StringVar(&role, "role", "", "the role that serves")
	return cmd
}
