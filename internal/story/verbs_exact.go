package story

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// exact sees that M acknowledged is M landed, and that git and GnuPG verify its signature with the bot's public key
// alone.
func exact(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	shown := w.merges[args[0]]
	if shown == "" || shown != p.Merged() {
		return fmt.Errorf("landed is %s, %s was shown %q", p.Merged(), args[0], shown)
	}
	said, err := w.verifyCommit(ctx, shown)
	if err != nil {
		return err
	}
	w.Say(fmt.Sprintf("%.10s is what %s acknowledged; git verify-commit: %s", shown, args[0], said))
	return nil
}

// verifyCommit asks the real git and the real gpg, in a home that knows nothing but the bot's key.
func (w *World) verifyCommit(ctx context.Context, sha string) (string, error) {
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	key := filepath.Join(home, "bot.asc")
	if err := os.WriteFile(key, w.bot.PublicKey(), 0o600); err != nil {
		return "", err
	}
	run := func(name string, args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home)
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
		}
		return string(out), err
	}
	defer func() { _, _ = run("gpgconf", "--kill", "all") }()
	if _, err := run("gpg", "--batch", "--quiet", "--import", key); err != nil {
		return "", err
	}
	said, err := run("git", "-C", w.Repo.Dir(), "verify-commit", sha)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(said) {
		if strings.Contains(line, "Good signature") {
			return strings.TrimSpace(line), nil
		}
	}
	return "", fmt.Errorf("git says nothing of a good signature: %s", said)
}
