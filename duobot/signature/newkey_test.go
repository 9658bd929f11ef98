package signature

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// What the bot signs with a key that was made here, GnuPG and git accept, from the public half and by the private half.
func TestGnuPGAndGitTakeANewKey(t *testing.T) {
	at := time.Now().Truncate(time.Second)
	private, err := NewKey("Acme Bot", "bot@acme.example", at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := LoadSigner(private, at)
	if err != nil {
		t.Fatal(err)
	}
	if name, email := s.Identity(); name != "Acme Bot" || email != "bot@acme.example" {
		t.Errorf("got %q %q", name, email)
	}
	dir := t.TempDir()
	run := func(input []byte, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GNUPGHOME="+dir)
		if input != nil {
			in, err := os.CreateTemp(dir, "in")
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if _, err := in.Write(input); err != nil {
				t.Fatal(err)
			}
			if _, err := in.Seek(0, 0); err != nil {
				t.Fatal(err)
			}
			cmd.Stdin = in
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	for name, content := range map[string][]byte{"private.asc": private, "public.asc": s.PublicKey()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	defer exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() //nolint:errcheck // the folder goes anyway
	run(nil, "gpg", "--batch", "--import", "public.asc")
	run(nil, "git", "init", "-q", "repo")
	tree := "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	run([]byte{}, "git", "-C", "repo", "hash-object", "-w", "-t", "tree", "--stdin")
	who := "Acme Bot <bot@acme.example> 1770000000 +0000"
	raw, sha, err := s.SignCommit(Object{Headers: []Header{{"tree", tree}, {"author", who}, {"committer", who}}, Message: "land\n"}, at)
	if err != nil {
		t.Fatal(err)
	}
	if named := run(raw, "git", "-C", "repo", "hash-object", "-w", "-t", "commit", "--stdin"); named != sha+"\n" {
		t.Fatalf("git names it %s, we %s", named, sha)
	}
	run(nil, "git", "-C", "repo", "verify-commit", sha)
	run(nil, "gpg", "--batch", "--import", "private.asc")
	run(nil, "gpg", "--batch", "--yes", "--detach-sign", "public.asc")
}

func TestKeysThatMayNotSignSayWhy(t *testing.T) {
	at := time.Now().Truncate(time.Second)
	private, err := NewKey("Bot", "bot@acme.example", at)
	if err != nil {
		t.Fatal(err)
	}
	public, err := PublicOf(private)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := ReadKeys(at, public)
	if err != nil {
		t.Fatal(err)
	}
	name := ring.Fingerprints()[0]
	for _, c := range []struct {
		key  string
		at   time.Time
		code string
	}{{name, at, ""}, {name, at.Add(-time.Hour), KeyNotYetValid}, {"ABCD", at, UnknownKey}} {
		code := ""
		if f, ok := ring.Usable(c.key, c.at).(*Fault); ok {
			code = f.Code
		}
		if code != c.code {
			t.Errorf("%s at %s: got %q, want %q", c.key, c.at, code, c.code)
		}
	}
	if _, err := NewKey("Bot <x>", "", at); err == nil {
		t.Error("a name with brackets became a key")
	}
}
