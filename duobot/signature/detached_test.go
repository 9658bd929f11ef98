package signature

import (
	"testing"
	"time"
)

// TestDetached signs a document as the bot does, and judges it long after.
func TestDetached(t *testing.T) {
	l := newLab(t)
	at := y2020.Add(time.Hour)
	key, other := l.keyAt(y2020, nil, "ed25519", "sign", "1d"), l.key("ed25519", "sign", "never")
	s, err := LoadSigner(l.exportSecret(key), at)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := LoadSigner(l.exportSecret(other), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := ReadKeys(time.Now(), stranger.PublicKey(), s.PublicKey()) // the key has expired by then
	if err != nil {
		t.Fatal(err)
	}
	document := []byte("a checkpoint\n")
	packet, err := s.SignBare(document, at)
	if err != nil {
		t.Fatal(err)
	}
	armored, err := s.Sign(document, at)
	if err != nil {
		t.Fatal(err)
	}
	for name, sig := range map[string][]byte{"bare": packet, "armored": armored} {
		if r := VerifyDetached(document, sig, ring); !r.OK() || r.Fingerprint != key {
			t.Errorf("%s: %+v", name, r)
		}
	}
	late, err := s.SignBare(document, at.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	twice := append(append([]byte(nil), packet...), packet...)
	onlyOther, err := ReadKeys(time.Now(), stranger.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]struct {
		document, sig []byte
		ring          *Ring
		want          string
	}{
		"another document": {[]byte("another\n"), packet, ring, Bad},
		"an unknown key":   {document, packet, onlyOther, UnknownKey},
		"no ring":          {document, packet, nil, UnknownKey},
		"after expiry":     {document, late, ring, KeyExpired},
		"two packets":      {document, twice, ring, Many},
		"nothing":          {document, nil, ring, Missing},
	} {
		if r := VerifyDetached(bad.document, bad.sig, bad.ring); r.OK() || r.Code != bad.want {
			t.Errorf("%s: got %q (%s), want %q", name, r.Code, r.Message, bad.want)
		}
	}
}
