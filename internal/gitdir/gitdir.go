// Package gitdir reads the objects of a git repository that nobody vouches for. Every object is hashed before it is
// believed; nothing is checked out, and no configuration, hook, replacement, graft or cache of the repository is heeded.
package gitdir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrMissing says that an object is not in this clone.
var ErrMissing = errors.New("the object is not in this clone")

// Dir is an open repository. It is not for concurrent use.
type Dir struct {
	ctx     context.Context
	path    string // as the caller named it
	own     string // a repository of ours, empty but for the loan of the other's objects
	digits  int    // of an object id: 40 or 64
	shallow bool
	objects *batch
	kept    map[string]object
	weight  int
}

// Open opens a repository, bare or with a work tree. ctx ends the programs that it starts.
func Open(ctx context.Context, path string) (*Dir, error) {
	d := &Dir{ctx: ctx, path: path, kept: map[string]object{}}
	said, err := d.ask("rev-parse", "--show-object-format", "--is-shallow-repository", "--git-path", "objects")
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	lines := strings.Split(said, "\n")
	if len(lines) != 3 {
		return nil, fmt.Errorf("opening %s: git describes it in %d lines", path, len(lines))
	}
	d.digits, d.shallow = map[string]int{"sha1": 40, "sha256": 64}[lines[0]], lines[1] == "true"
	if d.digits == 0 {
		return nil, fmt.Errorf("opening %s: its object format %q is unknown", path, lines[0])
	}
	store := lines[2]
	if !filepath.IsAbs(store) {
		store = filepath.Join(path, store)
	}
	if err := d.borrow(lines[0], store); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), d.Close())
	}
	return d, nil
}

// borrow makes an empty repository that finds the other one's objects, and nothing else of it: no configuration is
// trusted because none is read, and merges are written here and not there.
func (d *Dir) borrow(format, objects string) (err error) {
	if objects, err = filepath.Abs(objects); err != nil {
		return err
	}
	if strings.ContainsAny(objects, "\n\"") {
		return errors.New("its path holds a line break or a quotation mark")
	}
	if d.own, err = os.MkdirTemp("", "sallyport-git-"); err != nil {
		return err
	}
	if out, err := d.command("init", "--quiet", "--bare", "--template=", "--object-format="+format, d.own).CombinedOutput(); err != nil {
		return fmt.Errorf("git init: %w: %s", err, bytes.TrimSpace(out))
	}
	return os.WriteFile(filepath.Join(d.own, "objects", "info", "alternates"), []byte(objects+"\n"), 0o600)
}

// Close ends the programs and removes what they wrote.
func (d *Dir) Close() error {
	var errs []error
	if d.objects != nil {
		errs = append(errs, d.objects.end())
	}
	if d.own != "" {
		errs = append(errs, os.RemoveAll(d.own))
	}
	return errors.Join(errs...)
}

// Shallow reports whether the clone was cut short.
func (d *Dir) Shallow() bool { return d.shallow }

// harmless are settings that outrank a repository's own, for the few questions that its own directory must answer.
var harmless = []string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never",
	"-c", "core.pager=cat", "-c", "safe.directory=*", "-c", "core.commitGraph=false"}

// command is git with an environment of ours alone.
func (d *Dir) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(d.ctx, "git", append(append([]string{}, harmless...), args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ATTR_NOSYSTEM=1",
		"GIT_GRAFT_FILE=/dev/null", "GIT_ALLOW_PROTOCOL=none"} // the latter outranks protocol.NAME.allow of the repository, also where git is too old for GIT_NO_LAZY_FETCH
	return cmd
}

// ask puts a question to the repository itself: only what names things, never what runs them.
func (d *Dir) ask(args ...string) (string, error) {
	return output(d.command(append([]string{"-C", d.path}, args...)...))
}

// borrowed runs git on the borrowed objects.
func (d *Dir) borrowed(args ...string) *exec.Cmd {
	return d.command(append([]string{"--git-dir=" + d.own}, args...)...)
}

func output(cmd *exec.Cmd) (string, error) {
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		if text := strings.TrimSpace(failure.String()); text != "" {
			err = errors.New(text)
		}
		return "", err
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
