package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// StartSecond launches another replica on the same database. Webhooks and questions go to the first while it lives.
func (w *World) StartSecond(ctx context.Context) error {
	process, err := w.launchSecond()
	if err != nil {
		return err
	}
	w.second = process
	return w.until(ctx, "the second is ready", func(ctx context.Context) (string, bool) {
		w.address, w.other = w.other, w.address
		defer func() { w.address, w.other = w.other, w.address }()
		return w.ready(ctx)
	})
}

func (w *World) launchSecond() (process Process, err error) {
	if w.other, err = freeAddress(); err != nil {
		return nil, err
	}
	first := w.address
	w.address = w.other
	text := w.serverConfig()
	w.address = first
	text = strings.Replace(text, fmt.Sprintf("public_url: %q", "http://"+w.other), fmt.Sprintf("public_url: %q", w.URL()), 1)
	file := filepath.Join(w.Dir, "second.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return w.Launch(file, w.replicaLog())
}

func (w *World) replicaLog() string { return filepath.Join(w.Dir, "second.log") }

// KillSecond ends the second replica as a power cut would.
func (w *World) KillSecond() error {
	process := w.second
	w.second = nil
	if process == nil {
		return errors.New("there is no second replica")
	}
	return process.Kill()
}

// balance sends everything to the replica that is left.
func (w *World) balance() {
	w.address, w.other = w.other, w.address
	w.App.SetWebhook(w.URL()+"/api/github/hook", WebhookSecret)
}

// secondRefused sees that a second process does not share a database that belongs to one.
func secondRefused(ctx context.Context, w *World, args []string) error {
	process, err := w.launchSecond()
	if err != nil {
		return err
	}
	want := strings.Join(args, " ")
	err = w.until(ctx, "the second says why it ends", func(context.Context) (string, bool) {
		text, _ := os.ReadFile(w.replicaLog())
		return string(text), strings.Contains(string(text), want)
	})
	_ = process.Kill() // it has ended by itself
	return err
}
