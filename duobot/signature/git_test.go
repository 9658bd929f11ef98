package signature

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// report gives a commit of a real repository as GitHub would: payload and signature apart.
func (l *lab) report(repo, rev string) pull.Commit {
	l.t.Helper()
	id := l.git("-C", repo, "rev-parse", rev)
	raw := l.run(nil, "git", "-C", repo, "cat-file", "commit", id)
	checkRoundTrip(l.t.(*testing.T), id, raw)
	o, err := ParseCommit(raw)
	if err != nil {
		l.t.Fatal(err)
	}
	payload, armor, _, err := o.Signed()
	if err != nil {
		l.t.Fatal(err)
	}
	return pull.Commit{SHA: id, Tree: o.Tree(), Parents: o.Parents(), Payload: string(payload), Signature: string(armor)}
}

// TestGit lets git itself make and sign commits of every shape.
func TestGit(t *testing.T) {
	l := newLab(t)
	key := l.key("ed25519", "sign", "never")
	ring := ringFrom(t, l.export(key))
	for _, repo := range []string{l.repo, l.repo256} {
		git := func(args ...string) string { return l.git(append([]string{"-C", repo}, args...)...) }
		git("config", "user.signingkey", key)
		git("commit", "-q", "--allow-empty", "-S", "-m", "first")
		git("checkout", "-q", "-b", "side")
		git("commit", "-q", "--allow-empty", "-S", "-m", "side")
		git("tag", "-s", "-m", "a signed tag\n\ngpgsig in its text", "v1")
		git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-S", "-m", "encoded")
		git("checkout", "-q", "-")
		git("commit", "-q", "--allow-empty", "-S", "-m", "gpgsig -----BEGIN PGP SIGNATURE-----\n\n x")
		git("merge", "-q", "--no-ff", "-S", "-m", "merge of a tag", "v1")
		git("merge", "-q", "--no-ff", "-S", "-m", "merge of a branch", "side")
		git("commit", "-q", "--allow-empty", "-S", "--allow-empty-message", "-m", "")
		git("commit", "-q", "--allow-empty", "-m", "nobody signs")
		for _, id := range strings.Fields(git("rev-list", "--all")) {
			commit := l.report(repo, id)
			want, title := Good, git("show", "-s", "--format=%s", id)
			if title == "nobody signs" {
				want = Missing
			}
			got := Verify(commit, ring, time.Now())
			if got.Code != want {
				t.Errorf("%s %q: code %q, want %q: %v", id, title, got.Code, want, got.Evidence)
			}
			if said := l.command("git", "-C", repo, "verify-commit", id).Run() == nil; said != got.OK() {
				t.Errorf("%s %q: git says %v, we say %v", id, title, said, got.OK())
			}
		}
		if tagged := git("log", "-1", "--format=%H", "--grep=merge of a tag"); !strings.Contains(string(l.run(nil, "git", "-C", repo, "cat-file", "commit", tagged)), "\nmergetag ") {
			t.Error("git wrote no mergetag; the test proves nothing about it")
		}
	}
}

// TestThreat40SSH has git sign with an SSH key.
func TestThreat40SSH(t *testing.T) {
	need(t, "ssh-keygen", "openssh-client")
	l := newLab(t)
	file := filepath.Join(l.home, "id")
	l.run(nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file)
	l.git("-C", l.repo, "-c", "gpg.format=ssh", "-c", "user.signingkey="+file, "commit", "-q", "--allow-empty", "-S", "-m", "x")
	if got := Verify(l.report(l.repo, "HEAD"), ringFrom(t), time.Now()); got.Code != UnsupportedSSH {
		t.Errorf("code %q, want %q", got.Code, UnsupportedSSH)
	}
}

// TestThreat40SMIME has git sign by a program that answers as gpgsm does.
func TestThreat40SMIME(t *testing.T) {
	l := newLab(t)
	program := filepath.Join(l.home, "gpgsm")
	script := "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED D' >&2\nprintf -- '-----BEGIN SIGNED MESSAGE-----\\nMIIB\\n-----END SIGNED MESSAGE-----\\n'\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	l.git("-C", l.repo, "-c", "gpg.format=x509", "-c", "gpg.x509.program="+program, "-c", "user.signingkey=x", "commit", "-q", "--allow-empty", "-S", "-m", "x")
	if got := Verify(l.report(l.repo, "HEAD"), ringFrom(t), time.Now()); got.Code != UnsupportedMIME {
		t.Errorf("code %q, want %q", got.Code, UnsupportedMIME)
	}
}
