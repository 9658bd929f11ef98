package command

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/duobot/signature"
)

func newKeysInit() *cobra.Command {
	name, email, dir := "", "", ""
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the bot's first signing key",
		Long: `Init makes an Ed25519 OpenPGP key without a passphrase: bot.asc, which only its owner may read, and bot.pub.asc beside it.
An existing file is never overwritten. It prints what to put into the configuration and what to upload to GitHub.`,
		Example: "  sallyport keys init --name 'Acme Sallyport' --email sallyport@acme.example --out /etc/sallyport",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			armored, signer, err := newBotKey(name, email)
			if err != nil {
				return err
			}
			private, err := filepath.Abs(filepath.Join(dir, "bot.asc")) // the configuration may lie elsewhere
			if err != nil {
				return err
			}
			if err := writePair(private, armored, signer); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "made key %s\n\nPut this into sallyport.yml and restart the server:\n\n  signing_key: %s\n\n", signer.Fingerprint(), private)
			publish(cmd, publicPath(private), signer)
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", "Sallyport", "the `NAME` in the key, which is also the author of the bot's commits")
	cmd.Flags().StringVar(&email, "email", "sallyport@localhost", "the `ADDRESS` in the key")
	cmd.Flags().StringVar(&dir, "out", ".", "the `DIR` for both files, made if need be")
	return cmd
}

// newBotKey makes a key and proves by a trial that it signs.
func newBotKey(name, email string) ([]byte, *signature.Signer, error) {
	now := time.Now().Truncate(time.Second)
	armored, err := signature.NewKey(name, email, now)
	if err != nil {
		return nil, nil, err
	}
	signer, err := signature.LoadSigner(armored, now)
	return armored, signer, err
}
