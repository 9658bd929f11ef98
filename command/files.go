package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// files are the people, the keyring and the tokens, as last read without fault.
type files struct {
	config config.Server
	now    atomic.Pointer[contents]
}

type contents struct {
	people *duobot.People
	ring   *signature.Ring
	tokens config.Tokens
	stamp  string // changes when any of the files does
}

// reloadEvery keeps the promise that a change counts within 5 seconds.
const reloadEvery = 2 * time.Second

func readFiles(cfg config.Server) (*files, error) {
	f := &files{config: cfg}
	c, err := f.read()
	if err != nil {
		return nil, err
	}
	f.now.Store(c)
	return f, nil
}

// People, Ring and Token answer from what was last read.
func (f *files) People() *duobot.People { return f.now.Load().people }
func (f *files) Ring() *signature.Ring  { return f.now.Load().ring }

func (f *files) Token(token string) (pull.Holder, bool) {
	t, ok := f.now.Load().tokens.Find(token)
	return pull.Holder{Name: t.Name, Scopes: t.Scopes, Users: t.Users, Repositories: t.Repositories}, ok
}

// read takes the stamp first: a file that changes while it is read is read again.
func (f *files) read() (*contents, error) {
	c := &contents{stamp: f.stamp()}
	var err error
	if path := f.config.People; path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading the people file: %w", err)
		}
		if c.people, err = duobot.ParsePeople(path, text); err != nil {
			return nil, fmt.Errorf("the people file is not good:\n%w", err)
		}
	}
	if dir := f.config.Keyring; dir != "" {
		if c.ring, err = readRing(dir, f.config.KeyringMaxAge); err != nil {
			return nil, fmt.Errorf("reading the keyring %s: %w", dir, err)
		}
	}
	if path := f.config.Tokens; path != "" {
		if c.tokens, err = config.LoadTokens(path); err != nil {
			return nil, fmt.Errorf("the tokens file is not good:\n%w", err)
		}
	}
	return c, nil
}

// readSigner reads the bot's key, where one is configured.
func readSigner(path string) (*signature.Signer, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	signer, err := signature.LoadSigner(text, time.Now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return signer, nil
}

// botKeys are the bot's own public key and those it had before, which keep verifying what they signed.
func botKeys(cfg config.Server, signer *signature.Signer) (*signature.Ring, error) {
	if signer == nil {
		return nil, nil
	}
	keys := [][]byte{signer.PublicKey()}
	if cfg.SigningKeysOld != "" {
		old, err := readPublicKeys([]string{cfg.SigningKeysOld})
		if err != nil {
			return nil, fmt.Errorf("reading signing_keys_old: %w", err)
		}
		keys = append(keys, old...)
	}
	return signature.ReadKeys(time.Now(), keys...)
}

// stamp describes the files as the file system shows them.
func (f *files) stamp() string {
	var b strings.Builder
	note := func(path string) {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
	}
	note(f.config.People)
	note(f.config.Tokens)
	if dir := f.config.Keyring; dir != "" {
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
			note(path)
			return nil
		})
	}
	return b.String()
}

// watchFiles reads people, keys and tokens again when they change, and has every open pull request judged by them.
// A file with a fault changes nothing but the log.
func (a *app) watchFiles(ctx context.Context) {
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	refused, stale := "", false
	for {
		stale = a.noteAge(ctx, stale)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		stamp := a.files.stamp()
		if stamp == a.files.now.Load().stamp || stamp == refused {
			continue
		}
		if err := a.reload(ctx); err != nil {
			refused = stamp
			a.log.Error("reload_refused", "error", err.Error())
		}
	}
}

func (a *app) reload(ctx context.Context) error {
	c, err := a.files.read()
	if err != nil {
		return err
	}
	a.files.now.Store(c)
	n, err := a.store.File(ctx, []pull.Scope{{}}, true)
	a.log.Info("reloaded", "people", len(c.people.All()), "keys", len(c.ring.Fingerprints()), "judging_again", n)
	return err
}

// readLanding reads the bulldozer configuration of repositories that have none. It must be good before anything starts:
// nobody looks at a pull request to learn that the server's own file is broken.
func readLanding(path string) (pull.Source, error) {
	if path == "" {
		return pull.Source{}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return pull.Source{}, fmt.Errorf("reading bulldozer.default: %w", err)
	}
	b, problems := config.ParseBulldozer(path, text)
	if problems != nil {
		return pull.Source{}, fmt.Errorf("bulldozer.default is not good:\n%w", problems)
	}
	if b.Remote != nil {
		return pull.Source{}, fmt.Errorf("bulldozer.default is not good: %s points to %s; name the file itself", path, b.Remote.Repo)
	}
	sum := sha256.Sum256(text)
	return pull.Source{Path: pull.ServerFile + filepath.Base(path), Blob: hex.EncodeToString(sum[:20]), Text: string(text)}, nil
}
