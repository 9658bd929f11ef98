package signature

import (
	"crypto"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// withSubkey makes a key with a signing subkey; change is made to the binding before it is signed again.
func withSubkey(t testing.TB, change func(*packet.Signature)) (*openpgp.Entity, *packet.PrivateKey) {
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
