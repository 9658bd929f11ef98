package signature

import (
	"bytes"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestLoadRing(t *testing.T) {
	var all []*openpgp.Entity
	for range 5 {
		all = append(all, fuzzEntity(t))
	}
	name := func(i int) string { return hexUpper(all[i].PrimaryKey.Fingerprint) }
	var two bytes.Buffer
	for _, e := range all[2:4] {
		if err := e.Serialize(&two); err != nil {
			t.Fatal(err)
		}
	}
	dir := fstest.MapFS{
		"a.asc":         {Data: []byte("# Ada's keys\n\n" + publicKey(t, all[0]) + "\nand her other one:\n" + publicKey(t, all[1]))},
		"b.asc":         {Data: []byte(strings.ReplaceAll(armored(publicBlock, two.Bytes()), "\n", "\r\n"))},
		"again.asc":     {Data: []byte(publicKey(t, all[0]))},
		"notes.txt":     {Data: []byte(publicKey(t, all[4]))},
		"sub/c.asc":     {Data: []byte(publicKey(t, all[4]))},
		"private.gpg":   {Data: []byte{0}},
		"no-extension":  {Data: []byte("x")},
		"trailing.asc~": {Data: []byte("x")},
	}
	r, err := LoadRing(dir, y2020, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{name(0), name(1), name(2), name(3)}
	if diff := cmp.Diff(want, r.Fingerprints(), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Error(diff)
	}
	for _, k := range r.Keys() {
		if k.Fingerprint == name(0) {
			if diff := cmp.Diff([]string{"a.asc", "again.asc"}, k.Files); diff != "" {
				t.Error(diff)
			}
		}
	}
	if !r.ReadAt.Equal(y2020) || r.MaxAge != time.Hour {
		t.Errorf("read at %s, at most %s old", r.ReadAt, r.MaxAge)
	}
}

func TestLoadRingRefuses(t *testing.T) {
	e := fuzzEntity(t)
	good := publicKey(t, e)
	var secret bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&secret, nil); err != nil {
		t.Fatal(err)
	}
	user := rawPacket{tagUserID, []byte("Ada")}.framed()
	for name, text := range map[string]string{
		"private key":                armored(privateBlock, secret.Bytes()),
		"private key as public":      armored(publicBlock, secret.Bytes()),
		"private key behind a key":   good + armored(privateBlock, secret.Bytes()),
		"empty":                      "",
		"text":                       "hello\n",
		"binary":                     "\x99\x01\x0d",
		"signature":                  armored(signatureBlock, forge(e).packet(nil)),
		"key in a message":           armored("PGP MESSAGE", entityBytes(t, fuzzEntity(t))),
		"signature as key":           armored(publicBlock, forge(e).packet(nil)),
		"damaged second block":       good + strings.Replace(good, "-----BEGIN", "----BEGIN", 1),
		"wrong checksum":             strings.Replace(good, "\n=", "\n=A", 1),
		"user id without a key":      armored(publicBlock, user),
		"key without a user id":      armored(publicBlock, keyPacket(t, fuzzEntity(t))),
		"key cut short":              armored(publicBlock, rawPacket{tagPublicKey, []byte{4, 1}}.framed()),
		"key of version 3":           armored(publicBlock, rawPacket{tagPublicKey, []byte{3, 0, 0, 0, 0, 0, 0, 1}}.framed()),
		"literal data":               armored(publicBlock, append(keyPacket(t, e), rawPacket{11, []byte("x")}.framed()...)),
		"damaged revocation":         armored(publicBlock, append(entityBytes(t, e), rawPacket{tagSignature, []byte{4, typeKeyRevocation, 22, 10, 9, 9, 9}}.framed()...)),
		"larger than any keyring is": strings.Repeat("x", maxKeyFile+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadRing(fstest.MapFS{"good.asc": {Data: []byte(good)}, "wrong.asc": {Data: []byte(text)}}, y2020, 0)
			if err == nil || !strings.Contains(err.Error(), "wrong.asc") {
				t.Fatalf("error %v, want one that names wrong.asc", err)
			}
			if strings.HasPrefix(name, "private") && !strings.Contains(strings.ToLower(err.Error()), "private key") {
				t.Errorf("error %v does not say that a private key is the matter", err)
			}
		})
	}
	t.Run("directory in a key's place", func(t *testing.T) {
		_, err := LoadRing(fstest.MapFS{"wrong.asc/x": {Data: []byte(good)}}, y2020, 0)
		if err == nil || !strings.Contains(err.Error(), "wrong.asc") {
			t.Errorf("error %v, want one that names wrong.asc", err)
		}
	})
	t.Run("no directory", func(t *testing.T) {
		if _, err := LoadRing(missingDir{}, y2020, 0); err == nil {
			t.Error("no error for a directory that is not there")
		}
	})
}

type missingDir struct{}

func (missingDir) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func entityBytes(t *testing.T, e *openpgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := e.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func keyPacket(t *testing.T, e *openpgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := e.PrimaryKey.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestKeys(t *testing.T) {
	e, _ := withSubkey(t, nil)
	lifetime := uint32(7200)
	at := time.Now()
	selfSign(t, e, func(s *packet.Signature) { s.KeyLifetimeSecs = &lifetime }, packet.Config{})
	got := ringFrom(t, publicKey(t, e)).Keys()
	made := e.PrimaryKey.CreationTime.UTC()
	want := []Key{{Fingerprint: hexUpper(e.PrimaryKey.Fingerprint), UserIDs: []string{"Forged <forged@example.com>"}, Algorithm: "EdDSA", Created: made,
		Expires: made.Add(2 * time.Hour), Signs: true, Files: []string{"00.asc"}, Subkeys: []Subkey{
			{Fingerprint: hexUpper(e.Subkeys[0].PublicKey.Fingerprint), Created: made},
			{Fingerprint: hexUpper(e.Subkeys[1].PublicKey.Fingerprint), Created: made, Signs: true}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("at %s: %s", at, diff)
	}
}

// TestForeignCertificationsCostNothing floods a key with what others say of it.
func TestForeignCertificationsCostNothing(t *testing.T) {
	e, other := fuzzEntity(t), fuzzEntity(t)
	before := len(ringFrom(t, publicKey(t, e)).keys[hexUpper(e.PrimaryKey.Fingerprint)].bytes)
	for _, id := range e.Identities {
		for range 20 {
			if err := id.SignIdentity(other, &packet.Config{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	after := len(ringFrom(t, publicKey(t, e)).keys[hexUpper(e.PrimaryKey.Fingerprint)].bytes)
	if before != after {
		t.Errorf("%d octets before, %d after", before, after)
	}
}

// TestSharedRing asks one ring from many sides at once; the race detector watches.
func TestSharedRing(t *testing.T) {
	e, sub := withSubkey(t, nil)
	o := plain("a change\n")
	commit := signed(o, signWith(t, sub, o.Bytes(), time.Now(), signing.Hash()))
	ring := ringFrom(t, publicKey(t, e))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := Verify(commit, ring, time.Now()); got.Code != Good {
				t.Errorf("code %q", got.Code)
			}
		})
	}
	all.Wait()
}

func BenchmarkVerify(b *testing.B) {
	o := plain("a change\n")
	l := newLab(b)
	for _, algorithm := range []string{"ed25519", "rsa4096"} {
		key := l.key(algorithm, "sign", "never")
		commit := signed(o, l.sign(never, key, o.Bytes()))
		ring := ringFrom(b, l.export(key))
		b.Run(algorithm, func(b *testing.B) {
			for b.Loop() {
				if got := Verify(commit, ring, time.Now()); got.Code != Good {
					b.Fatalf("code %q", got.Code)
				}
			}
		})
	}
}
