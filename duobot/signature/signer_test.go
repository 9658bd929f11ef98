package signature

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/sallyport/sallyport/pull"
)

func (l *lab) exportSecret(fingerprint string) []byte {
	l.t.Helper()
	return l.gpg(nil, "--armor", "--export-secret-keys", fingerprint)
}

// TestSigner signs with keys that GnuPG made, and asks git.
func TestSigner(t *testing.T) {
	l := newLab(t)
	withSub := l.key("ed25519", "cert", "never")
	sub := l.subkey(never, withSub, "ed25519", "sign", "never")
	for name, key := range map[string]string{
		"ed25519": l.key("ed25519", "sign", "never"), "rsa": l.key("rsa3072", "sign", "never"),
		"ecdsa": l.key("nistp384", "sign", "never"), "subkey": withSub} {
		t.Run(name, func(t *testing.T) {
			l.t = t
			at := time.Now()
			s, err := LoadSigner(l.exportSecret(key), at)
			if err != nil {
				t.Fatal(err)
			}
			if s.Fingerprint() != key {
				t.Errorf("fingerprint %s, want %s", s.Fingerprint(), key)
			}
			ring := ringFrom(t, string(s.PublicKey()))
			for _, tree := range []string{tree1, tree256} {
				o := plain("a landing\n\nWith-trailer: yes\n", Header{"encoding", "UTF-8"})
				o.Headers[0].Value = tree
				raw, sha, err := s.SignCommit(o, at)
				if err != nil {
					t.Fatal(err)
				}
				if !l.verified(raw, sha) {
					t.Errorf("git does not accept\n%s", raw)
				}
				checkBySigner(t, raw, sha, ring, at, map[bool]string{true: sub}[name == "subkey"])
				again, _, err := s.SignCommit(o, at)
				if err != nil || name != "ecdsa" && !bytes.Equal(again, raw) {
					t.Errorf("the same landing is another commit the second time: %v", err)
				}
			}
		})
	}
	l.t = t
}

func checkBySigner(t *testing.T, raw []byte, sha string, ring *Ring, at time.Time, sub string) {
	t.Helper()
	o, err := ParseCommit(raw)
	if err != nil {
		t.Fatal(err)
	}
	payload, armor, ok, err := o.Signed()
	if !ok || err != nil {
		t.Fatalf("signed %v, %v", ok, err)
	}
	got := Verify(pull.Commit{SHA: sha, Payload: string(payload), Signature: string(armor)}, ring, at)
	if got.Code != Good || got.Fingerprint != ring.Fingerprints()[0] || got.SubkeyFingerprint != sub {
		t.Errorf("%+v", got)
	}
}

func TestSignCommitRefuses(t *testing.T) {
	l := newLab(t)
	s, err := LoadSigner(l.exportSecret(l.key("ed25519", "sign", "never")), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	broken := plain("m")
	broken.Headers = broken.Headers[1:]
	smuggled := plain("m", Header{"x", "y\x00"})
	for name, o := range map[string]Object{"signed already": plain("m", Header{"gpgsig", "x"}), "no tree": broken, "NUL": smuggled,
		"name with a space": plain("m", Header{"author x", "y"})} {
		if _, _, err := s.SignCommit(o, time.Now()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLoadSignerRefuses(t *testing.T) {
	l := newLab(t)
	locked := func() []byte {
		e := entity(t, packet.Config{})
		if err := e.EncryptPrivateKeys([]byte("secret"), &packet.Config{}); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := e.SerializePrivateWithoutSigning(&b, nil); err != nil {
			t.Fatal(err)
		}
		return []byte(armored(privateBlock, b.Bytes()))
	}
	// The library takes no notice of a revocation that it cannot verify; only the trial does.
	perhapsRevoked := func() []byte {
		e := entity(t, packet.Config{})
		p, err := packet.Read(bytes.NewReader(forge(entity(t, packet.Config{}), func(f *forgery) { f.kind = typeKeyRevocation }).packet(nil)))
		if err != nil {
			t.Fatal(err)
		}
		e.Revocations = append(e.Revocations, packet.NewVerifiableSig(p.(*packet.Signature)))
		var b bytes.Buffer
		if err := e.SerializePrivateWithoutSigning(&b, nil); err != nil {
			t.Fatal(err)
		}
		return []byte(armored(privateBlock, b.Bytes()))
	}
	good := l.key("ed25519", "sign", "never")
	revoked := l.key("ed25519", "sign", "never")
	l.importKeys(l.revoke(revoked, "0"))
	for _, c := range []struct {
		name string
		text []byte
	}{
		{"public", []byte(l.export(good))},
		{"nothing", nil},
		{"text", []byte("hello")},
		{"two", append(l.exportSecret(good), l.exportSecret(good)...)},
		{"passphrase", locked()},
		{"perhaps revoked", perhapsRevoked()},
		{"cannot sign", l.exportSecret(l.key("ed25519", "cert", "never"))},
		{"expired", l.exportSecret(l.keyAt(y2020, nil, "ed25519", "sign", "1d"))},
		{"weak", l.exportSecret(l.key("rsa1024", "sign", "never"))},
		{"revoked", l.exportSecret(revoked)},
		{"stub", l.gpg(nil, "--armor", "--export-secret-subkeys", good)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := LoadSigner(c.text, time.Now())
			if err == nil {
				t.Fatalf("no error, signs as %s", s.Fingerprint())
			}
			if strings.Contains(err.Error(), "PRIVATE KEY-----") {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}
