package githubtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const zeroSHA = "0000000000000000000000000000000000000000"

// gitRepo is a bare repository on disk: its own refs, and the object store that it shares with its forks. The refs
// are mirrored in memory, so that reading one costs nothing.
type gitRepo struct {
	dir     string
	store   *objectStore
	refs    map[string]string
	updates *process
}

func initRepo(dir string) (*gitRepo, error) {
	if err := initBare(dir); err != nil {
		return nil, err
	}
	return &gitRepo{dir: dir, store: newObjectStore(dir), refs: map[string]string{}}, nil
}

func initBare(dir string) error {
	if _, err := runGit("", nil, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", dir); err != nil {
		return err
	}
	// The repositories are thrown away after the test, so nothing is gained by forcing them to disk.
	config := "[core]\n\tfsync = none\n[gc]\n\tauto = 0\n[uploadpack]\n\tallowAnySHA1InWant = true\n"
	f, err := os.OpenFile(filepath.Join(dir, "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("configuring %s: %w", dir, err)
	}
	_, err = f.WriteString(config)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// fork makes a repository with the same branches that borrows this one's objects. What the fork writes goes into the
// shared store too, as on GitHub: that is how a pull request from a fork finds its objects.
func (g *gitRepo) fork(dir string) (*gitRepo, error) {
	if err := initBare(dir); err != nil {
		return nil, err
	}
	info := filepath.Join(dir, "objects", "info")
	if err := os.MkdirAll(info, 0o755); err != nil {
		return nil, fmt.Errorf("forking into %s: %w", dir, err)
	}
	borrowed := filepath.Join(g.store.dir, "objects") + "\n"
	if err := os.WriteFile(filepath.Join(info, "alternates"), []byte(borrowed), 0o644); err != nil {
		return nil, fmt.Errorf("forking into %s: %w", dir, err)
	}
	f := &gitRepo{dir: dir, store: g.store, refs: map[string]string{}}
	refs := map[string]string{}
	for ref, sha := range g.refs {
		if strings.HasPrefix(ref, "refs/heads/") {
			refs[ref] = sha
		}
	}
	return f, f.update(refs)
}

// branch is a branch's tip; empty when there is none.
func (g *gitRepo) branch(name string) string { return g.refs["refs/heads/"+name] }

// branches lists the branch names in order.
func (g *gitRepo) branches() []string {
	var names []string
	for ref := range g.refs {
		if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// update moves refs in one transaction; an empty or zero SHA deletes. One long-lived git process takes them all.
func (g *gitRepo) update(refs map[string]string) error {
	if len(refs) == 0 {
		return nil
	}
	if g.updates == nil {
		p, err := startGit(g.dir, "update-ref", "--stdin")
		if err != nil {
			return err
		}
		g.updates = p
	}
	var script bytes.Buffer
	script.WriteString("start\n")
	for ref, sha := range refs {
		if sha == "" || sha == zeroSHA {
			fmt.Fprintf(&script, "delete %s\n", ref)
		} else {
			fmt.Fprintf(&script, "update %s %s\n", ref, sha)
		}
	}
	script.WriteString("commit\n")
	for i, want := range []string{"start: ok", "commit: ok"} {
		if i == 0 {
			if err := g.updates.write(script.Bytes()); err != nil {
				return g.broken(err)
			}
		}
		if line, err := g.updates.line(); err != nil || line != want {
			return g.broken(fmt.Errorf("git said %q (%v)", line, err))
		}
	}
	for ref, sha := range refs {
		if sha == "" || sha == zeroSHA {
			delete(g.refs, ref)
		} else {
			g.refs[ref] = sha
		}
	}
	return nil
}

// broken gives up on the process that refused, so that the next update starts a fresh one.
func (g *gitRepo) broken(err error) error {
	said := g.updates.end()
	g.updates = nil
	return fmt.Errorf("moving refs in %s: %w: %s", g.dir, err, said)
}

// has reports whether an object of that kind is in the store.
func (g *gitRepo) has(kind, id string) bool {
	o, err := g.store.object(id)
	return err == nil && o.kind == kind
}

func (g *gitRepo) close() {
	if g.updates != nil {
		g.updates.end()
		g.updates = nil
	}
	g.store.close()
}

// runGit runs one git command and returns its output. Nothing of the machine's own git configuration applies.
func runGit(dir string, stdin []byte, args ...string) ([]byte, error) {
	cmd := gitCommand(dir, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

func gitCommand(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") }),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
	return cmd
}
