package signature

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRoundTripOfThisRepository takes apart and puts together every commit of the project's own history, where the
// tests run in a clone of it.
func TestRoundTripOfThisRepository(t *testing.T) {
	need(t, "git", "git")
	if err := exec.Command("git", "rev-parse", "--git-dir").Run(); err != nil {
		t.Log("not a clone: there is no history to take apart")
		return
	}
	if n := roundTrip(t, exec.Command); n == 0 {
		t.Error("no commit was found")
	}
}

// TestRoundTripOfARealRepository lets git make commits of every shape that it will make, and writes by hand those
// that other tools have been seen to make.
func TestRoundTripOfARealRepository(t *testing.T) {
	l := newLab(t)
	key := l.key("ed25519", "sign", "never")
	for _, repo := range []string{l.repo, l.repo256} {
		git := func(name string, args ...string) *exec.Cmd {
			return l.command(name, append([]string{"-C", repo}, args...)...)
		}
		shapes := l.makeShapes(repo, key)
		if n := roundTrip(t, git); n < shapes {
			t.Errorf("%d commits went round, want at least %d", n, shapes)
		}
		l.refuseNULs(repo)
	}
}

// roundTrip holds every commit object of a repository, reachable or not, to coming out as it went in.
func roundTrip(t *testing.T, command func(string, ...string) *exec.Cmd) (commits int) {
	t.Helper()
	c := command("git", "cat-file", "--batch", "--batch-all-objects", "--unordered")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	for {
		var id, kind string
		var size int
		if _, err := fmt.Fscanf(r, "%s %s %d\n", &id, &kind, &size); err != nil {
			if err != io.EOF {
				t.Fatalf("reading git's list of objects: %v", err)
			}
			break
		}
		raw := make([]byte, size+1)
		if _, err := io.ReadFull(r, raw); err != nil {
			t.Fatal(err)
		}
		raw = raw[:size]
		if kind != "commit" || bytes.IndexByte(raw, 0) >= 0 {
			continue
		}
		checkRoundTrip(t, id, raw)
		commits++
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	return commits
}

// makeShapes fills the repository and gives the number of commits that it made.
func (l *lab) makeShapes(repo, key string) int {
	l.t.Helper()
	git := func(args ...string) string { l.t.Helper(); return l.git(append([]string{"-C", repo}, args...)...) }
	git("config", "user.signingkey", key)
	commit := func(args ...string) { l.t.Helper(); git(append([]string{"commit", "-q", "--allow-empty"}, args...)...) }
	commit("-m", "unsigned root")
	for _, side := range []string{"one", "two", "three"} {
		git("checkout", "-q", "-b", side, "HEAD")
		commit("-S", "-m", side)
		git("checkout", "-q", "-")
	}
	git("tag", "-s", "-m", "a signed tag\n\ngpgsig in its text", "v1", "one")
	git("merge", "-q", "--no-ff", "-S", "-m", "merge of a signed tag", "v1")
	commit("-m", "so that the octopus has arms")
	git("merge", "-q", "--no-ff", "-S", "-m", "octopus", "two", "three")
	commit("-S", "--allow-empty-message", "-m", "")
	commit("--cleanup=verbatim", "-m", "no newline at the end")
	commit("--cleanup=verbatim", "-m", "\n\n  many lines \t\n\n\r\n")
	git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-S", "-m", "encoded \xe9")
	commit("--author", "\xe9\xff Bj\xf6rn <b@example.com>", "-m", "a name that is not UTF-8")
	commit("--author", "\U0001F98A \u202Efox <f@example.com>", "-m", "a name that runs backwards")
	made := 13
	for _, extra := range []string{
		"x " + strings.Repeat("y", 1<<20) + "\n", // one huge header line
		strings.Repeat("mergetag object x\n type commit\n \n gpgsig no\n", 50),
		"HG:extra close:1\nHG:rename-source hg\n",
		"empty \n", "spaces   at both ends   \n", "gpgsig \n",
	} {
		l.write(repo, extra+"\nby hand\n")
		made++
	}
	l.write(repo, "") // it ends after the headers
	return made + 1
}

// write stores a commit that git itself would not make.
func (l *lab) write(repo, rest string) (id string, raw []byte) {
	l.t.Helper()
	tree := l.git("-C", repo, "rev-parse", "HEAD^{tree}")
	raw = []byte("tree " + tree + "\nauthor " + person + "\ncommitter " + person + "\n" + rest)
	file := filepath.Join(l.home, "object")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		l.t.Fatal(err)
	}
	return l.git("-C", repo, "hash-object", "-t", "commit", "-w", "--literally", file), raw
}

// refuseNULs stores objects that git shows only up to a NUL; they are refused, and named for what they are.
func (l *lab) refuseNULs(repo string) {
	l.t.Helper()
	for _, rest := range []string{"\nshown\x00hidden\n", "x a\x00b\n\nm\n", "\n\x00"} {
		_, raw := l.write(repo, rest)
		if _, err := ParseCommit(raw); codeOf(err) != Malformed {
			l.t.Errorf("%q: error %v, want code %q", rest, err, Malformed)
		}
	}
}
