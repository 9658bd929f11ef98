package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// keptVersion names the shelf on which GnuPG's keys are kept between runs, outside the repository. Raise it when
// keys must be made anew.
const keptVersion = "v1"

// kept imports the key that an earlier run made by the same recipe, or makes it and keeps it. Making an RSA or DSA key
// takes seconds; importing one does not. It gives the primary key's fingerprint.
func (l *lab) kept(recipe []string, generate func() string) string {
	l.t.Helper()
	shelf, err := os.UserCacheDir()
	if err != nil {
		return generate() // nowhere to keep it
	}
	sum := sha256.Sum256([]byte(strings.Join(recipe, "\x00")))
	file := filepath.Join(shelf, "sallyport-test-keys", keptVersion, hex.EncodeToString(sum[:8])+".asc")
	if text, err := os.ReadFile(file); err == nil {
		if fingerprint, ok := l.importSecret(text); ok {
			return fingerprint
		}
	}
	fingerprint := generate()
	l.keep(file, l.exportSecret(fingerprint))
	return fingerprint
}

func (l *lab) importSecret(text []byte) (fingerprint string, ok bool) {
	c := l.command("gpg", "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--status-fd", "1", "--import")
	c.Stdin = strings.NewReader(string(text))
	out, err := c.Output()
	_, after, ok := strings.Cut(string(out), "IMPORT_OK ")
	words := strings.Fields(after)
	if err != nil || !ok || len(words) < 2 {
		return "", false
	}
	return words[1], true
}

// keep writes the key whole or not at all: other runs may read it meanwhile.
func (l *lab) keep(file string, text []byte) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		l.t.Fatalf("making the shelf for keys: %v", err)
	}
	half, err := os.CreateTemp(filepath.Dir(file), "half-made")
	if err != nil {
		l.t.Fatalf("keeping a key: %v", err)
	}
	_, err = half.Write(text)
	if closed := half.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(half.Name(), file)
	}
	if err != nil {
		l.t.Fatalf("keeping a key: %v", err)
	}
}
