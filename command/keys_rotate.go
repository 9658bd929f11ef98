package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot/signature"
)

func newKeysRotate() *cobra.Command {
	path, name, email := "", "", ""
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Make the next signing key, and have the old one name it",
		Long: `Rotate makes a new key beside the configured one (bot-2.asc after bot.asc), lays the old public key into the folder of
signing_keys_old, and beside it a statement by which the old key names the new one. Nothing is overwritten and the
configuration is not touched: what it prints is what remains to be done. The old key goes on signing until the server is
restarted with the new one.

Rotating is not for a key that was stolen: its statement would be worth nothing. Then make a key with keys init; see docs/verify.md.`,
		Example: "  sallyport keys rotate --config /etc/sallyport/sallyport.yml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			if cfg.SigningKey == "" {
				return errors.New("the configuration names no signing_key to rotate; make the first one with sallyport keys init")
			}
			old, err := readSigner(cfg.SigningKey)
			if err != nil {
				return err
			}
			r := rotation{cfg: cfg, old: old}
			if err := r.make(name, email); err != nil {
				return err
			}
			r.explain(cmd)
			return nil
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&name, "name", "", "the `NAME` in the new key (default: that of the old one)")
	cmd.Flags().StringVar(&email, "email", "", "the `ADDRESS` in the new key (default: that of the old one)")
	return cmd
}

// rotation is one key following another.
type rotation struct {
	cfg       config.Server
	old, next *signature.Signer
	private   string // the new key's file
	folder    string // of old public keys
	statement string
}

func (r *rotation) make(name, email string) error {
	wasName, wasEmail := r.old.Identity()
	if name == "" {
		name = wasName
	}
	if email == "" {
		email = wasEmail
	}
	armored, next, err := newBotKey(name, email)
	if err != nil {
		return err
	}
	r.next = next
	envelope, err := attest.SealRotation(r.old, next, time.Now())
	if err != nil {
		return err
	}
	if err := r.place(); err != nil {
		return err
	}
	r.statement = filepath.Join(r.folder, fmt.Sprintf("%s-to-%s.json", r.old.Fingerprint(), next.Fingerprint()))
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return fmt.Errorf("making the folder of old keys: %w", err)
	}
	if err := r.keepOld(); err != nil {
		return err
	}
	if err := writePair(r.private, armored, next); err != nil {
		return err
	}
	return writeNew(r.statement, envelope, 0o644)
}

// place says where the files go. What is printed must be right in a configuration that lies elsewhere.
func (r *rotation) place() (err error) {
	if r.private, err = nextFree(r.cfg.SigningKey); err != nil {
		return err
	}
	if r.private, err = filepath.Abs(r.private); err != nil {
		return err
	}
	if r.folder = r.cfg.SigningKeysOld; r.folder == "" {
		r.folder = filepath.Join(filepath.Dir(r.cfg.SigningKey), "old")
	}
	r.folder, err = filepath.Abs(r.folder)
	return err
}

// keepOld lays the old public key to those before it, where an earlier rotation may have laid it already.
func (r *rotation) keepOld() error {
	kept := filepath.Join(r.folder, r.old.Fingerprint()+".asc")
	if _, err := os.Stat(kept); err == nil {
		return nil
	}
	return writeNew(kept, r.old.PublicKey(), 0o644)
}

var numbered = regexp.MustCompile(`-([0-9]+)$`)

// nextFree is the next name in the row of keys: bot.asc, bot-2.asc, bot-3.asc.
func nextFree(path string) (string, error) {
	stem := numbered.ReplaceAllString(strings.TrimSuffix(path, ".asc"), "")
	for n := 2; n < 1000; n++ {
		candidate := fmt.Sprintf("%s-%d.asc", stem, n)
		if _, err := os.Stat(candidate); errors.Is(err, fs.ErrNotExist) {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("there are a thousand keys beside %s; move old ones away", path)
}

func (r *rotation) explain(cmd *cobra.Command) {
	fmt.Fprintf(cmd.OutOrStdout(), `made key %s, which follows %s
the old key says so in %s

What remains to be done:

1. `, r.next.Fingerprint(), r.old.Fingerprint(), r.statement)
	publish(cmd, publicPath(r.private), r.next)
	fmt.Fprintf(cmd.OutOrStdout(), `   They keep the old one too: it verifies what it signed.
2. Put this into sallyport.yml, on every replica, and restart:

     signing_key: %s
     signing_keys_old: %s

3. When every replica runs with the new key, delete %s. Do not revoke the old key: that would make every
   landing that it signed bad, whatever its date.
`, r.private, r.folder, r.cfg.SigningKey)
}
