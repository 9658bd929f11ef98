package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/store"
)

// configFlag is the flag by which a command finds the server's configuration.
func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "the server's configuration file (without it, environment variables alone)")
}

// loadConfig reads the server's configuration, each fault of it a line of the error.
func loadConfig(path string) (config.Server, error) {
	cfg, err := config.Load(path, os.LookupEnv)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the configuration is not good:\n%w", err)
	}
	return cfg, err
}

// onStore is the body of a command that works on the database of a configuration.
func onStore(path *string, do func(*cobra.Command, *store.Store, config.Server) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		s, err := openStore(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer s.Close()
		return do(cmd, s, cfg)
	}
}

// openStore opens the database for a command, with the key that signs checkpoints.
func openStore(ctx context.Context, cfg config.Server) (*store.Store, error) {
	signer, err := readSigner(cfg.SigningKey)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, cfg.Database.Reveal(), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return s, keyedLedger(s, signer, cfg)
}
