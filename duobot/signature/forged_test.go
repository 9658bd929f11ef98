package signature

import (
	"bytes"
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// TestForged holds Verify to packets that GnuPG does not make. The git column is GnuPG 2.2's opinion of the same
// bytes, by git verify-commit.
func TestForged(t *testing.T) {
	l := newLab(t)
	e := entity(t, packet.Config{})
	public := publicKey(t, e)
	l.importKeys(public)
	ring := ringFrom(t, public)
	o := plain("a change\n")
	own := e.PrimaryKey.Fingerprint
	collided := append(bytes.Repeat([]byte{7}, 12), own[12:]...)
	ago := func(d time.Duration) []byte { return subTime(subCreation, time.Now().Add(-d)) }
	notation := func(name string) []byte {
		return sub(subNotation, append([]byte{0x80, 0, 0, 0, 0, byte(len(name)), 0, 1}, name+"v"...)...)
	}
	hashed := func(list ...[]byte) func(*forgery) { return func(f *forgery) { f.hashed = list } }
	more := func(list ...[]byte) func(*forgery) { return func(f *forgery) { f.hashed = append(f.hashed, list...) } }
	unhashed := func(list ...[]byte) func(*forgery) { return func(f *forgery) { f.unhashed = list } }
	for _, c := range []struct {
		name   string
		change func(*forgery)
		want   string
		git    bool
	}{
		{"honest", more(), Good, true},
		{"SHA3-512", func(f *forgery) { f.hash = 14 }, Good, false},
		{"key id, not signed", unhashed(sub(subIssuer, own[12:]...)), Good, true},
		{"critical fingerprint", hashed(ago(time.Minute), critical(subFingerprint(own))), Good, true},
		{"unknown extension, not critical", more(sub(100, 1)), Good, true},
		{"lifetime 0", more(sub(subExpiration, 0, 0, 0, 0)), Good, true},

		{"Threat41 SHA1", func(f *forgery) { f.hash = 2 }, WeakHash, true},
		{"Threat41 MD5", func(f *forgery) { f.hash = 1 }, WeakHash, false},
		{"Threat42 text", func(f *forgery) { f.kind = typeText }, WrongType, false},
		{"type standalone", func(f *forgery) { f.kind = 2 }, WrongType, false},
		{"type certification", func(f *forgery) { f.kind = 0x10 }, WrongType, false},
		{"type timestamp", func(f *forgery) { f.kind = 0x40 }, WrongType, false},
		{"version 3", func(f *forgery) { f.version = 3 }, WrongVersion, false},
		{"version 5", func(f *forgery) { f.version = 5 }, WrongVersion, false},
		{"Threat46 no fingerprint", hashed(ago(time.Minute), sub(subIssuer, own[12:]...)), NoIssuer, true},
		{"Threat46 fingerprint not signed", func(f *forgery) {
			f.hashed, f.unhashed = f.hashed[:1], [][]byte{subFingerprint(own), sub(subIssuer, own[12:]...)}
		}, NoIssuer, true},
		{"Threat46 key id collides", func(f *forgery) {
			f.hashed = [][]byte{ago(time.Minute), subFingerprint(collided)}
			f.unhashed = [][]byte{sub(subIssuer, own[12:]...)}
		}, UnknownKey, true},
		{"two fingerprints", more(subFingerprint(collided)), Malformed, true},
		{"another fingerprint, not signed", unhashed(subFingerprint(collided)), Malformed, true},
		{"another key id", unhashed(sub(subIssuer, 1, 2, 3, 4, 5, 6, 7, 8)), Malformed, true},
		{"fingerprint of version 6", hashed(ago(time.Minute), sub(subIssuerFingerprint, append([]byte{6}, make([]byte, 32)...)...)), Malformed, false},
		{"fingerprint empty", hashed(ago(time.Minute), sub(subIssuerFingerprint)), Malformed, false},
		{"no creation time", hashed(subFingerprint(own)), Malformed, false},
		{"creation time not signed", func(f *forgery) { f.hashed, f.unhashed = f.hashed[1:], f.hashed[:1] }, Malformed, false},
		{"two creation times", more(ago(time.Hour)), Malformed, true},
		{"creation time short", hashed(sub(subCreation, 1, 2), subFingerprint(own)), Malformed, false},
		{"two lifetimes", more(sub(subExpiration, 0, 0, 0, 1), sub(subExpiration, 0, 0, 0, 0)), Malformed, false},
		{"expired", more(sub(subExpiration, 0, 0, 0, 1)), Expired, false},
		{"from the future", hashed(ago(-time.Hour), subFingerprint(own)), FromFuture, true},
		{"older than its key", hashed(ago(48*time.Hour), subFingerprint(own)), KeyNotYetValid, false},
		{"critical notation", more(critical(notation("n@example.com"))), CriticalUnknown, false},
		{"critical unknown", more(critical(sub(100, 1))), CriticalUnknown, false},
		{"critical unknown, not signed", unhashed(critical(sub(100, 1))), CriticalUnknown, false},
		{"critical recipient", more(critical(sub(35, append([]byte{4}, own...)...))), CriticalUnknown, false},
		{"empty subpacket", more([]byte{0}), Malformed, false},
		{"subpacket cut short", more([]byte{9, 100, 1}), Malformed, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.t = t
			scene{commit: signed(o, forge(e, c.change).armor(o.Bytes())), ring: ring, want: c.want, git: c.git}.check(t, l)
		})
	}
	l.t = t
}

// TestForgedPackets is about what stands in the armor.
func TestForgedPackets(t *testing.T) {
	l := newLab(t)
	e, stranger := entity(t, packet.Config{}), entity(t, packet.Config{})
	public := publicKey(t, e)
	l.importKeys(public)
	ring := ringFrom(t, public)
	o := plain("a change\n")
	good := forge(e).packet(o.Bytes())
	body := forge(e).body(o.Bytes())
	flipped := bytes.Clone(body)
	flipped[len(flipped)-5] ^= 1
	rsa := bytes.Clone(body)
	rsa[2] = algoRSA
	dsa := bytes.Clone(body)
	dsa[2] = algoDSA
	for _, c := range []struct {
		name    string
		packets []byte
		want    string
		git     bool
	}{
		{"old framing", append([]byte{0x88, byte(len(body))}, body...), Good, true},
		{"Threat45 the same twice", append(bytes.Clone(good), good...), Many, false},
		{"Threat45 a stranger's first", append(forge(stranger).packet(o.Bytes()), good...), Many, false},
		{"Threat45 a stranger's last", append(bytes.Clone(good), forge(stranger).packet(o.Bytes())...), Many, false},
		{"a marker in front", append(rawPacket{tagMarker, []byte("PGP")}.framed(), good...), Many, true},
		{"a user id", rawPacket{tagUserID, []byte("Ada")}.framed(), Malformed, false},
		{"length in parts", append([]byte{0xC2, 0xE0, body[0], byte(len(body) - 1)}, body[1:]...), Malformed, false},
		{"length not given", append([]byte{0x8B}, body...), Malformed, false},
		{"cut short", good[:len(good)-3], Malformed, false},
		{"octets behind the numbers", rawPacket{tagSignature, append(bytes.Clone(body), 1, 2)}.framed(), Malformed, true},
		{"numbers cut short", rawPacket{tagSignature, body[:len(body)-3]}.framed(), Malformed, false},
		{"nothing but a version", rawPacket{tagSignature, []byte{4}}.framed(), Malformed, false},
		{"no packet", []byte("hello"), Malformed, false},
		{"numbers changed", rawPacket{tagSignature, flipped}.framed(), Bad, false},
		{"another algorithm", rawPacket{tagSignature, rsa}.framed(), Malformed, false},
		{"DSA", rawPacket{tagSignature, dsa}.framed(), KeyWeak, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.t = t
			scene{commit: signed(o, armored(signatureBlock, c.packets)), ring: ring, want: c.want, git: c.git}.check(t, l)
		})
	}
	l.t = t
}

// TestForgedKeys is about keys that GnuPG does not make, or makes only by hand.
func TestForgedKeys(t *testing.T) {
	l := newLab(t)
	o := plain("a change\n")
	now := time.Now().Add(-time.Minute)
	config := packet.Config{Time: func() time.Time { return now }, NonDeterministicSignaturesViaNotation: packet.BoolPointer(false)}
	for _, c := range []struct {
		name string
		make func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey)
		want string
		git  bool
	}{
		{"v4 Ed25519", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{Algorithm: packet.PubKeyAlgoEd25519})
			return e, e.PrivateKey
		}, Good, false},
		{"v6 Ed25519", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{Algorithm: packet.PubKeyAlgoEd25519, V6Keys: true})
			return e, e.PrivateKey
		}, Good, false},
		{"v6 Ed448", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{Algorithm: packet.PubKeyAlgoEd448, V6Keys: true})
			return e, e.PrivateKey
		}, Good, false},
		{"Threat44 primary may not sign", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) { s.FlagSign = false }, config)
			return e, e.PrivateKey
		}, KeyCannotSign, false},
		{"Threat44 primary without flags", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) { s.FlagsValid = false }, config)
			return e, e.PrivateKey
		}, KeyCannotSign, true},
		{"critical notation on itself", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) {
				s.Notations = append(s.Notations, &packet.Notation{Name: "n@example.com", IsCritical: true})
			}, config)
			return e, e.PrivateKey
		}, KeyCannotSign, false},
		{"Threat44 subkey without the flag", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e, sub := withSubkey(t, func(s *packet.Signature) { s.FlagSign, s.EmbeddedSignature = false, nil })
			return e, sub
		}, KeyCannotSign, false},
		{"Threat44 subkey without back-signature", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e, sub := withSubkey(t, func(s *packet.Signature) { s.EmbeddedSignature = nil })
			return e, sub
		}, NoBackSignature, false},
		{"Threat44 back-signature by another", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			_, other := withSubkey(t, nil)
			e, sub := withSubkey(t, nil)
			binding := e.Subkeys[1].Bindings[0].Packet
			if err := binding.EmbeddedSignature.CrossSignKey(e.Subkeys[1].PublicKey, e.PrimaryKey, other, &config); err != nil {
				t.Fatal(err)
			}
			binding.CreationTime = now
			if err := binding.SignKey(e.Subkeys[1].PublicKey, e.PrivateKey, &config); err != nil {
				t.Fatal(err)
			}
			return e, sub
		}, NoBackSignature, false},
		{"subkey", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e, sub := withSubkey(t, nil)
			return e, sub
		}, Good, true},
		{"back-signature SHA1", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e, sub := withSubkey(t, nil)
			binding := e.Subkeys[1].Bindings[0].Packet
			binding.EmbeddedSignature.Hash = crypto.SHA1
			if err := binding.EmbeddedSignature.CrossSignKey(e.Subkeys[1].PublicKey, e.PrimaryKey, sub, &config); err != nil {
				t.Fatal(err)
			}
			if err := binding.SignKey(e.Subkeys[1].PublicKey, e.PrivateKey, &config); err != nil {
				t.Fatal(err)
			}
			return e, sub
		}, KeyWeak, true},
		{"its only user id is revoked", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			for _, id := range e.Identities {
				sig := &packet.Signature{Version: 4, SigType: packet.SigTypeCertificationRevocation, PubKeyAlgo: e.PrivateKey.PubKeyAlgo,
					Hash: crypto.SHA256, CreationTime: now, IssuerKeyId: &e.PrimaryKey.KeyId}
				if err := sig.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, &config); err != nil {
					t.Fatal(err)
				}
				id.Revocations = append(id.Revocations, packet.NewVerifiableSig(sig))
			}
			return e, e.PrivateKey
		}, KeyRevoked, true},
		{"self-signature expired", func(t *testing.T) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) {
				second := uint32(1)
				s.SigLifetimeSecs = &second
			}, config)
			return e, e.PrivateKey
		}, KeyExpired, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.t = t
			e, key := c.make(t)
			public := publicKey(t, e)
			// GnuPG 2.2 does not take every key that the library makes; then it must not accept the signature either.
			imported := l.command("gpg", "--batch", "--quiet", "--import")
			imported.Stdin = strings.NewReader(public)
			if err := imported.Run(); err != nil && c.git {
				t.Fatalf("importing: %v", err)
			}
			commit := signed(o, signWith(t, key, o.Bytes(), now, crypto.SHA512))
			scene{commit: commit, ring: ringFrom(t, public), want: c.want, git: c.git}.check(t, l)
		})
	}
	l.t = t
}

// withSubkey makes a key with a signing subkey; change is made to the binding before it is signed again.
func withSubkey(t *testing.T, change func(*packet.Signature)) (*openpgp.Entity, *packet.PrivateKey) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	config := packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return then }}
	e := entity(t, config)
	if err := e.AddSigningSubkey(&config); err != nil {
		t.Fatal(err)
	}
	sub := e.Subkeys[len(e.Subkeys)-1]
	if change != nil {
		binding := sub.Bindings[0].Packet
		change(binding)
		if err := binding.SignKey(sub.PublicKey, e.PrivateKey, &config); err != nil {
			t.Fatal(err)
		}
	}
	return e, sub.PrivateKey
}

// TestThreat44AdoptedSubkey binds a victim's signing subkey to an attacker's primary key, in the same keyring and
// listed before it: the signature stays the victim's.
func TestThreat44AdoptedSubkey(t *testing.T) {
	o := plain("a change\n")
	victim, sub := withSubkey(t, nil)
	commit := signed(o, signWith(t, sub, o.Bytes(), time.Now(), crypto.SHA256))
	for range 4 { // fingerprints are random, and so is which key is asked first
		thief := entity(t, packet.Config{})
		stolen := victim.Subkeys[1]
		binding := *stolen.Bindings[0].Packet
		config := packet.Config{}
		for _, back := range []*packet.Signature{nil, binding.EmbeddedSignature} {
			binding.EmbeddedSignature = back
			if err := binding.SignKey(stolen.PublicKey, thief.PrivateKey, &config); err != nil {
				t.Fatal(err)
			}
			thief.Subkeys = []openpgp.Subkey{{Primary: thief, PublicKey: stolen.PublicKey, Bindings: []*packet.VerifiableSignature{packet.NewVerifiableSig(&binding)}}}
			got := Verify(commit, ringFrom(t, publicKey(t, thief), publicKey(t, victim)), time.Now())
			if want := hexUpper(victim.PrimaryKey.Fingerprint); got.Code != Good || got.Fingerprint != want {
				t.Errorf("code %q by %s, want good by %s", got.Code, got.Fingerprint, want)
			}
			got = Verify(commit, ringFrom(t, publicKey(t, thief)), time.Now())
			if got.Code != NoBackSignature {
				t.Errorf("code %q of the thief's key alone, want %q", got.Code, NoBackSignature)
			}
		}
	}
}

// TestOlderThanItsKeys has a subkey sign before it, or before the primary key that adopted it, was made.
func TestOlderThanItsKeys(t *testing.T) {
	o := plain("a change\n")
	hours := func(n int) func() time.Time {
		return func() time.Time { return time.Now().Add(-time.Duration(n) * time.Hour) }
	}
	for name, made := range map[string]struct{ primary, sub, signed int }{
		"than the subkey": {primary: 9, sub: 3, signed: 6}, "than the primary key": {primary: 3, sub: 9, signed: 6}} {
		t.Run(name, func(t *testing.T) {
			e := entity(t, packet.Config{Time: hours(made.primary)})
			donor := entity(t, packet.Config{Time: hours(made.sub)})
			config := packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: hours(made.sub)}
			if err := donor.AddSigningSubkey(&config); err != nil {
				t.Fatal(err)
			}
			graft := donor.Subkeys[1]
			binding := graft.Bindings[0].Packet
			if err := binding.EmbeddedSignature.CrossSignKey(graft.PublicKey, e.PrimaryKey, graft.PrivateKey, &config); err != nil {
				t.Fatal(err)
			}
			if err := binding.SignKey(graft.PublicKey, e.PrivateKey, &config); err != nil {
				t.Fatal(err)
			}
			graft.Primary = e
			e.Subkeys = []openpgp.Subkey{graft}
			ring := ringFrom(t, publicKey(t, e))
			for when, want := range map[int]string{made.signed: KeyNotYetValid, 1: Good} {
				commit := signed(o, signWith(t, graft.PrivateKey, o.Bytes(), hours(when)(), crypto.SHA256))
				if got := Verify(commit, ring, time.Now()); got.Code != want {
					t.Errorf("code %q, want %q: %v", got.Code, want, got.Evidence)
				}
			}
		})
	}
}

// TestNewestWordOnExpiration gives a key two user ids: an old one, marked primary, that knows no end, as a stale
// copy may bring it, and a newer one with an end that has come.
func TestNewestWordOnExpiration(t *testing.T) {
	o := plain("a change\n")
	e := entity(t, packet.Config{})
	old := time.Now().Add(-30 * time.Minute)
	config := packet.Config{Time: func() time.Time { return old }}
	if err := e.AddUserId("Newer", "", "newer@example.com", &config); err != nil {
		t.Fatal(err)
	}
	newer := e.Identities["Newer <newer@example.com>"]
	lifetime, yes, no := uint32(2700), true, false
	for _, id := range e.Identities {
		sig := id.SelfCertifications[0].Packet
		sig.IsPrimaryId = &yes
		if id == newer {
			sig.IsPrimaryId, sig.KeyLifetimeSecs, sig.CreationTime = &no, &lifetime, old
		}
		if err := sig.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, &config); err != nil {
			t.Fatal(err)
		}
	}
	commit := signed(o, signWith(t, e.PrivateKey, o.Bytes(), time.Now().Add(-20*time.Minute), crypto.SHA256))
	if got := Verify(commit, ringFrom(t, publicKey(t, e)), time.Now()); got.Code != KeyExpired {
		t.Errorf("code %q, want %q", got.Code, KeyExpired)
	}
}

// TestUnverifiableRevocation puts revocations on a key that nobody can verify: they count.
func TestUnverifiableRevocation(t *testing.T) {
	o := plain("a change\n")
	e, other := entity(t, packet.Config{}), entity(t, packet.Config{})
	commit := signed(o, forge(e).armor(o.Bytes()))
	revocation := func(f *forgery) { f.kind = typeKeyRevocation }
	for name, packets := range map[string][]byte{
		"by a designated revoker": forge(other, revocation).packet(nil),
		"with a hash of old":      forge(e, revocation, func(f *forgery) { f.hash = 1 }).packet(nil),
		"from the future":         forge(e, revocation, func(f *forgery) { f.hashed = append(f.hashed, critical(sub(100, 1))) }).packet(nil),
		"of version 3":            rawPacket{tagSignature, append([]byte{3, 5, typeKeyRevocation}, make([]byte, 20)...)}.framed(),
	} {
		t.Run(name, func(t *testing.T) {
			ring := ringFrom(t, armored(publicBlock, append(entityBytes(t, e), packets...)))
			if got := Verify(commit, ring, time.Now()); got.Code != KeyRevoked {
				t.Errorf("code %q, want %q", got.Code, KeyRevoked)
			}
		})
	}
}

// TestUnverifiableSubkeyRevocation is the same for one subkey; the primary key goes on.
func TestUnverifiableSubkeyRevocation(t *testing.T) {
	o := plain("a change\n")
	e, sub := withSubkey(t, nil)
	revocation := forge(entity(t, packet.Config{}), func(f *forgery) { f.kind = typeSubkeyRevocation }).packet(nil)
	ring := ringFrom(t, armored(publicBlock, append(entityBytes(t, e), revocation...)))
	for want, key := range map[string]*packet.PrivateKey{KeyRevoked: sub, Good: e.PrivateKey} {
		commit := signed(o, signWith(t, key, o.Bytes(), time.Now(), crypto.SHA256))
		if got := Verify(commit, ring, time.Now()); got.Code != want {
			t.Errorf("code %q, want %q", got.Code, want)
		}
	}
}

// TestSplitPackets is about framing that readers could disagree on.
func TestSplitPackets(t *testing.T) {
	long := make([]byte, 8384)
	for _, c := range []struct {
		name string
		b    []byte
		ok   bool
	}{
		{"nothing", nil, true},
		{"new, one octet", []byte{0xC2, 1, 9}, true},
		{"new, two octets", append([]byte{0xC2, 192, 0}, long[:192]...), true},
		{"new, five octets", []byte{0xC2, 255, 0, 0, 0, 1, 9}, true},
		{"old, one octet", []byte{0x88, 1, 9}, true},
		{"old, two octets", []byte{0x89, 0, 1, 9}, true},
		{"old, four octets", []byte{0x8A, 0, 0, 0, 1, 9}, true},
		{"old, length not given", []byte{0x8B, 0, 0, 0, 0, 0, 0, 0, 1, 9}, false},
		{"new, in parts", append([]byte{0xC2, 224, 0}, long...), false},
		{"no packet", []byte{0x42, 1, 9}, false},
		{"cut short", []byte{0xC2, 2, 9}, false},
		{"no length", []byte{0xC2}, false},
		{"length cut short", []byte{0xC2, 192}, false},
		{"long length cut short", []byte{0xC2, 255, 0, 0}, false},
	} {
		if _, err := splitPackets(c.b); (err == nil) != c.ok {
			t.Errorf("%s: error %v, want ok %v", c.name, err, c.ok)
		}
	}
}
