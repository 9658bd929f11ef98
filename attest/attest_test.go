package attest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newSigner(t testing.TB) *signature.Signer {
	t.Helper()
	e, err := openpgp.NewEntity("Sallyport", "", "bot@acme.example", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA,
		Time: func() time.Time { return noon.Add(-time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	w, err := armor.Encode(&b, openpgp.PrivateKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.SerializePrivate(w, nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := signature.LoadSigner([]byte(b.String()), noon)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ringOf(t testing.TB, s *signature.Signer) *signature.Ring {
	t.Helper()
	ring, err := signature.ReadKeys(noon, s.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// Ids beyond what a floating-point number holds must come back as they were.
var landing = Landing{
	Repository: Repository{ID: 9007199254740993, Name: "acme/jobs"}, PullRequest: 7, Branch: "main", Method: pull.MethodExact,
	Merge: strings.Repeat("ab", 20), CommitSHA256: strings.Repeat("cd", 32), At: noon,
}

func TestStatementsComeBackAsTheyWere(t *testing.T) {
	signer := newSigner(t)
	text, err := Encode(landing)
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := Seal(text, signer, noon)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Open(envelope, ringOf(t, signer))
	if err != nil || sealed.Signer != signer.Fingerprint() || !sealed.At.Equal(noon) {
		t.Fatalf("got %+v, %v", sealed, err)
	}
	got, err := Decode(sealed.Text)
	if diff := cmp.Diff(landing, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// The signature is a plain OpenPGP one over DSSE's encoding, so that other tools can verify it too.
func TestGnuPGVerifiesAnEnvelope(t *testing.T) {
	signer := newSigner(t)
	text, err := Encode(landing)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := key{signer, noon}.Sign(t.Context(), dsse.PAE(PayloadType, text))
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for name, content := range map[string][]byte{"bot.asc": signer.PublicKey(), "pae": dsse.PAE(PayloadType, text), "pae.sig": sig} {
		if err := os.WriteFile(filepath.Join(home, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"--import", filepath.Join(home, "bot.asc")}, {"--verify", filepath.Join(home, "pae.sig"), filepath.Join(home, "pae")}} {
		if out, err := exec.Command("gpg", append([]string{"--homedir", home, "--batch"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("gpg %s: %v: %s", args[0], err, out)
		}
	}
	_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
}

func TestEnvelopesThatAreNotBelieved(t *testing.T) {
	signer := newSigner(t)
	text, err := Encode(landing)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(text, signer, noon)
	if err != nil {
		t.Fatal(err)
	}
	good := string(sealed)
	for name, c := range map[string]struct{ text, code string }{
		"not JSON":            {"approved", Unreadable},
		"another type":        {strings.Replace(good, "in-toto", "other", 1), Unreadable},
		"no signature":        {good[:strings.Index(good, `"signatures":`)] + `"signatures":[]}`, Unsigned},
		"another key's name":  {strings.Replace(good, signer.Fingerprint(), strings.Repeat("A", 40), 1), Forged},
		"bytes after the end": {good + "{}", Unreadable},
		"another payload":     {strings.Replace(good, `"payload":"e`, `"payload":"f`, 1), Forged},
	} {
		_, err := Open([]byte(c.text), ringOf(t, signer))
		var f *Fault
		if !errors.As(err, &f) || f.Code != c.code {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
	if _, err := Open(sealed, ringOf(t, newSigner(t))); err == nil {
		t.Error("an envelope by an unknown key was opened")
	}
}

func TestStatementsThatSpeakOfSomethingElse(t *testing.T) {
	text, err := Encode(landing)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"gitCommit":"ab`, `"gitCommit":"ef`}, {PredicateType, "https://example.com/other"}, {`Statement/v1`, `Statement/v0.1`}, {`"subject":[{`, `"subject":[],"x":[{`},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if got, err := Decode([]byte(changed)); err == nil || changed == string(text) {
			t.Errorf("%q for %q was read as %+v", change[1], change[0], got)
		}
	}
}
