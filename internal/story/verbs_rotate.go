package story

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sallyport/sallyport/duobot/signature"
)

// signing is what the configuration says about the bot's keys.
func (w *World) signing() string {
	if len(w.retired) == 0 {
		return "bot.asc"
	}
	return cmp.Or(w.botFile, "bot.asc") + "\nsigning_keys_old: old"
}

// rotated configures the key that the operator made with keys rotate, and keeps the one before.
func rotated(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a file")
	}
	text, err := os.ReadFile(filepath.Join(w.Dir, args[0]))
	if err != nil {
		return err
	}
	next, err := signature.LoadSigner(text, time.Now())
	if err != nil {
		return fmt.Errorf("reading the new key: %w", err)
	}
	w.retired = append([]*signature.Signer{w.bot}, w.retired...)
	w.bot, w.botKey, w.botFile = next, string(text), args[0]
	return w.rewriteConfig()
}

// publicKeys are the bot's keys, the newest first.
func (w *World) publicKeys() [][]byte {
	keys := [][]byte{w.bot.PublicKey()}
	for _, old := range w.retired {
		keys = append(keys, old.PublicKey())
	}
	return keys
}

// hookSecrets are by which GitHub signs its deliveries, and what the server believes.
type hookSecrets struct{ github, server, old string }

func (s hookSecrets) configured() string {
	if s.old == "" {
		return fmt.Sprintf("webhook_secret: %q", s.server)
	}
	return fmt.Sprintf("webhook_secret: %q\n    webhook_secret_old: %q", s.server, s.old)
}

// hookSecret is changed on one side at a time, as people must.
func hookSecret(_ context.Context, w *World, args []string) error {
	named := func(name string) string {
		if name == "first" {
			return WebhookSecret
		}
		return WebhookSecret + ": " + name
	}
	switch {
	case len(args) == 2 && args[0] == "github":
		w.signs.github = named(args[1])
		w.App.SetWebhook(w.URL()+"/api/github/hook", w.signs.github)
		return nil
	case len(args) == 2 && args[0] == "server":
		w.signs.server, w.signs.old = named(args[1]), ""
	case len(args) == 3 && args[0] == "server":
		w.signs.server, w.signs.old = named(args[1]), named(args[2])
	default:
		return errors.New("needs github and a name, or server and one or two names")
	}
	return w.rewriteConfig()
}

func (w *World) rewriteConfig() error {
	return os.WriteFile(filepath.Join(w.Dir, "sallyport.yml"), []byte(w.serverConfig()), 0o600)
}
