package signature

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/sallyport/sallyport/pull"
)

// lab is a GnuPG home and two git repositories (one for each object format) of a test's own.
type lab struct {
	t       testing.TB
	home    string
	repo    string
	repo256 string
	turns   map[string]int
}

func newLab(t testing.TB) *lab {
	t.Helper()
	need(t, "gpg", "gnupg")
	need(t, "git", "git")
	// Not t.TempDir: the agent's socket lives here, and a socket's path must be short.
	home, err := os.MkdirTemp("", "lab")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, home: home, repo: filepath.Join(home, "sha1"), repo256: filepath.Join(home, "sha256")}
	t.Cleanup(func() {
		if out, err := l.command("gpgconf", "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("ending the agent: %v\n%s", err, out)
		}
		if err := os.RemoveAll(home); err != nil && !os.IsNotExist(err) {
			t.Errorf("removing the lab: %v", err)
		}
	})
	l.git("init", "-q", "--object-format=sha1", l.repo)
	l.git("init", "-q", "--object-format=sha256", l.repo256)
	return l
}

func need(t testing.TB, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is needed: install the Debian package %q", program, debian)
	}
}

func (l *lab) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + l.home, "GNUPGHOME=" + l.home, "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com"}
	return c
}

func (l *lab) run(stdin []byte, name string, args ...string) []byte {
	l.t.Helper()
	c := l.command(name, args...)
	c.Stdin = bytes.NewReader(stdin)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		l.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return out
}

func (l *lab) git(args ...string) string {
	l.t.Helper()
	return strings.TrimSpace(string(l.run(nil, "git", args...)))
}

func (l *lab) gpg(stdin []byte, args ...string) []byte {
	l.t.Helper()
	base := []string{"--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--no-auto-check-trustdb"}
	return l.run(stdin, "gpg", append(base, args...)...)
}

// key makes a key and gives its fingerprint. args are --quick-generate-key's algorithm, usage and expiration.
func (l *lab) key(args ...string) string { l.t.Helper(); return l.keyAt(time.Time{}, nil, args...) }

func (l *lab) keyAt(at time.Time, options []string, args ...string) string {
	l.t.Helper()
	if at.IsZero() && args[len(args)-1] != "never" {
		l.t.Fatal("a key that ends is made at a fixed time: kept from an earlier run, it would have ended since")
	}
	name := fmt.Sprintf("Key %d of %s <key@example.com>", l.turn(), l.t.Name())
	return l.kept(append([]string{name, stamp(at)}, append(options, args...)...), func() string {
		args = append([]string{"--status-fd", "1", "--quick-generate-key", name}, args...)
		out := string(l.gpg(nil, append(append(faked(at), options...), args...)...))
		_, after, ok := strings.Cut(out, "KEY_CREATED P ")
		if !ok {
			l.t.Fatalf("no key made: %s", out)
		}
		return strings.Fields(after)[0]
	})
}

// subkey adds a subkey and gives its fingerprint.
func (l *lab) subkey(at time.Time, primary string, args ...string) string {
	l.t.Helper()
	l.kept(append([]string{fmt.Sprint(l.turn()), primary, stamp(at)}, args...), func() string {
		l.gpg(nil, append(append(faked(at), "--quick-add-key", primary), args...)...)
		return primary
	})
	list := string(l.gpg(nil, "--with-colons", "--with-subkey-fingerprint", "--list-keys", primary))
	var last string
	for _, line := range strings.Split(list, "\n") {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			last = f[9]
		}
	}
	return last
}

// turn counts the keys that the running test makes, so that each has a name of its own in every run.
func (l *lab) turn() int {
	if l.turns == nil {
		l.turns = map[string]int{}
	}
	l.turns[l.t.Name()]++
	return l.turns[l.t.Name()]
}

func faked(at time.Time) []string {
	if at.IsZero() {
		return nil
	}
	return []string{"--faked-system-time", fmt.Sprintf("%d!", at.Unix())}
}

func (l *lab) export(fingerprint string) string {
	l.t.Helper()
	return string(l.gpg(nil, "--armor", "--export", fingerprint))
}

// entity gives one of the lab's keys to the library, secret part and all.
func (l *lab) entity(fingerprint string) *openpgp.Entity {
	l.t.Helper()
	list, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(l.exportSecret(fingerprint)))
	if err != nil || len(list) != 1 {
		l.t.Fatalf("reading what GnuPG exported: %v", err)
	}
	return list[0]
}

// forget takes a key out of GnuPG's ring.
func (l *lab) forget(fingerprint string) {
	l.t.Helper()
	l.gpg(nil, "--delete-secret-and-public-key", fingerprint)
}

func (l *lab) importKeys(armored string) { l.t.Helper(); l.gpg([]byte(armored), "--import") }

// revoke makes a revocation certificate; reason is GnuPG's menu number.
func (l *lab) revoke(fingerprint, reason string) string {
	l.t.Helper()
	answers := "y\n" + reason + "\n\ny\n"
	out := l.run([]byte(answers), "gpg", "--no-tty", "--quiet", "--pinentry-mode", "loopback", "--passphrase-file", "/dev/null",
		"--command-fd", "0", "--armor", "--gen-revoke", fingerprint)
	return string(out)
}

// sign makes a detached signature with exactly that key or subkey.
func (l *lab) sign(at time.Time, fingerprint string, payload []byte, options ...string) string {
	l.t.Helper()
	args := append(append(faked(at), options...), "--armor", "-u", fingerprint+"!", "--detach-sign")
	return string(l.gpg(payload, args...))
}

// verified reports whether git verify-commit accepts the raw object, with the lab's keys at the real time.
func (l *lab) verified(raw []byte, sha string) bool {
	l.t.Helper()
	repo := l.repo
	if len(sha) == sha256Hex {
		repo = l.repo256
	}
	file := filepath.Join(l.home, "object")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		l.t.Fatal(err)
	}
	got := l.git("-C", repo, "hash-object", "-t", "commit", "-w", "--literally", file)
	if got != sha {
		l.t.Fatalf("git names the object %s, we name it %s", got, sha)
	}
	return l.command("git", "-C", repo, "verify-commit", sha).Run() == nil
}

const (
	tree1   = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	tree256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
	person  = "Ada <ada@example.com> 1700000000 +0100"
)

func plain(message string, extra ...Header) Object {
	o := Object{Message: message, Headers: []Header{{"tree", tree1}, {"author", person}, {"committer", person}}}
	o.Headers = append(o.Headers, extra...)
	return o
}

// signed puts armor where git puts it and gives the commit as GitHub would report it.
func signed(o Object, armor string) pull.Commit {
	header := Header{signatureHeader(o.Tree()), strings.TrimRight(armor, "\n")}
	raw := o.insert(len(o.Headers), header).Bytes()
	return reported(o, armor, raw)
}

func reported(payload Object, armor string, raw []byte) pull.Commit {
	return pull.Commit{SHA: ObjectID(raw, payload.Tree()), Tree: payload.Tree(), Parents: payload.Parents(),
		Payload: string(payload.Bytes()), Signature: armor}
}

func files(texts ...string) fs.FS {
	dir := fstest.MapFS{}
	for i, text := range texts {
		dir[fmt.Sprintf("%02d.asc", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

func ringFrom(t testing.TB, texts ...string) *Ring {
	t.Helper()
	r, err := LoadRing(files(texts...), time.Now(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
