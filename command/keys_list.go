package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/duobot/signature"
)

// listedKey is a key as it is printed.
type listedKey struct {
	Fingerprint string     `json:"fingerprint"`
	UserIDs     []string   `json:"user_ids"`
	Algorithm   string     `json:"algorithm"`
	Created     time.Time  `json:"created"`
	Expires     *time.Time `json:"expires"`
	Usable      bool       `json:"usable"`
	Code        string     `json:"code,omitempty"` // why not
	Why         string     `json:"why,omitempty"`
	Role        string     `json:"role,omitempty"`
	File        string     `json:"file"`
}

func newKeysList() *cobra.Command {
	path, asJSON := "", false
	cmd := &cobra.Command{
		Use:   "list [FILE...]",
		Short: "Show keys: fingerprint, algorithm, age, and whether they may sign now",
		Long: `List shows the keys of armored files, private or public, or of folders of them. Without any it shows those of the server's configuration:
the key that signs, and the ones before it in signing_keys_old, which only verify.

Exit status: 0 every key may sign now, 1 one may not and the line says why.`,
		Example: "  sallyport keys list --config /etc/sallyport/sallyport.yml\n  sallyport keys list --json bot.pub.asc old/ | jq -r '.[].fingerprint'",
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := listKeys(path, args)
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(keys)
			} else {
				err = printKeys(cmd, keys)
			}
			for _, k := range keys {
				if !k.Usable && err == nil {
					err = exitCode{1, fmt.Errorf("key %s may not sign now: %s", k.Fingerprint, k.Why)}
				}
			}
			return err
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the keys as JSON")
	return cmd
}

func listKeys(path string, files []string) ([]listedKey, error) {
	if len(files) > 0 {
		return keysOf("", files...)
	}
	cfg, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	if cfg.SigningKey == "" {
		return nil, errors.New("the configuration names no signing_key; make one with sallyport keys init")
	}
	keys, err := keysOf("signs", cfg.SigningKey)
	if err != nil || cfg.SigningKeysOld == "" {
		return keys, err
	}
	old, err := keysOf("verifies", cfg.SigningKeysOld)
	return append(keys, old...), err
}

func keysOf(role string, paths ...string) ([]listedKey, error) {
	list := []listedKey{}
	for _, path := range paths {
		files, err := keyFiles(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			found, err := keysIn(file, role, time.Now())
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			list = append(list, found...)
		}
	}
	return list, nil
}

// keysIn reads one file. A private key is shown by its public half.
func keysIn(file, role string, now time.Time) ([]listedKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if strings.Contains(string(text), "PRIVATE KEY BLOCK") {
		if text, err = signature.PublicOf(text); err != nil {
			return nil, err
		}
	}
	ring, err := signature.ReadKeys(now, text)
	if err != nil {
		return nil, err
	}
	var list []listedKey
	for _, k := range ring.Keys() {
		l := listedKey{Fingerprint: k.Fingerprint, UserIDs: k.UserIDs, Algorithm: k.Algorithm, Created: k.Created, Usable: true, Role: role, File: file}
		if !k.Expires.IsZero() {
			l.Expires = &k.Expires
		}
		if err := ring.Usable(k.Fingerprint, now); err != nil {
			l.Usable, l.Why = false, err.Error()
			var f *signature.Fault
			if errors.As(err, &f) {
				l.Code, l.Why = f.Code, f.Message
			}
		}
		list = append(list, l)
	}
	return list, nil
}

func printKeys(cmd *cobra.Command, keys []listedKey) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FINGERPRINT\tALGORITHM\tCREATED\tEXPIRES\tSIGNS NOW\tFILE")
	for _, k := range keys {
		expires, signs := "never", "yes"
		if k.Expires != nil {
			expires = k.Expires.Format(time.DateOnly)
		}
		switch {
		case !k.Usable:
			signs = "no: " + k.Code
		case k.Role == "verifies":
			signs = "could; kept to verify"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.Fingerprint, k.Algorithm, k.Created.Format(time.DateOnly), expires, signs, k.File)
	}
	return w.Flush()
}
