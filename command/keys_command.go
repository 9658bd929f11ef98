package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/duobot/signature"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make, list and rotate the bot's signing key",
		Long: `The bot signs the commits that it lands, its attestations and the ledger's checkpoints with one OpenPGP key. Whoever holds
its private half can forge all three, so it belongs on the server alone. Its public half is what others verify with.`,
	}
	cmd.AddCommand(newKeysInit(), newKeysList(), newKeysRotate())
	return cmd
}

// publicPath is where the public half lies: beside the private one.
func publicPath(private string) string { return strings.TrimSuffix(private, ".asc") + ".pub.asc" }

// writeNew writes a file that must not exist yet: a key that is overwritten cannot be had again.
func writeNew(path string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and is never overwritten; move it away first, or give another folder", path)
	}
	if err != nil {
		return fmt.Errorf("writing a key: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// writePair writes a new key: the private half for the server's eyes alone, the public half for everybody's.
func writePair(private string, armored []byte, signer *signature.Signer) error {
	if err := os.MkdirAll(filepath.Dir(private), 0o700); err != nil {
		return fmt.Errorf("making the key's folder: %w", err)
	}
	if _, err := os.Stat(publicPath(private)); err == nil {
		return fmt.Errorf("%s exists and is never overwritten; move it away first, or give another folder", publicPath(private))
	}
	if err := writeNew(private, armored, 0o600); err != nil {
		return err
	}
	return writeNew(publicPath(private), signer.PublicKey(), 0o644)
}

// publish says what is to be done with a public key.
func publish(cmd *cobra.Command, public string, signer *signature.Signer) {
	_, email := signer.Identity()
	fmt.Fprintf(cmd.OutOrStdout(), `Give %s to everybody who verifies (sallyport verify --key). For GitHub's "Verified", and where a branch
requires signed commits, upload it to the account whose verified address is %s:
Settings, SSH and GPG keys, New GPG key.
`, public, email)
}
