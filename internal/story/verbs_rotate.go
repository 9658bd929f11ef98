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
	return os.WriteFile(filepath.Join(w.Dir, "sallyport.yml"), []byte(w.serverConfig()), 0o600)
}

// publicKeys are the bot's keys, the newest first.
func (w *World) publicKeys() [][]byte {
	keys := [][]byte{w.bot.PublicKey()}
	for _, old := range w.retired {
		keys = append(keys, old.PublicKey())
	}
	return keys
}
