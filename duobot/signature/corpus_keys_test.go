package signature

import (
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// keyConditions are about keys that GnuPG does not make, or makes only by hand.
func keyConditions(l *lab) []condition {
	o := plain("a change\n")
	now := time.Now().Add(-time.Minute)
	config := packet.Config{Time: func() time.Time { return now }, NonDeterministicSignaturesViaNotation: packet.BoolPointer(false)}
	var list []condition
	for _, c := range []struct {
		name string
		make func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey)
		want string
		git  bool
	}{
		{"Threat44 certify-only primary", func(testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := l.entity(l.keyAt(y2020, nil, "ed25519", "cert", "never"))
			return e, e.PrivateKey
		}, KeyCannotSign, false},
		{"Threat44 encrypt-only subkey", func(testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			key := l.keyAt(y2020, nil, "ed25519", "sign", "never")
			l.subkey(y2020, key, "rsa2048", "encr", "never")
			e := l.entity(key)
			return e, e.Subkeys[0].PrivateKey
		}, KeyCannotSign, false},
		{"Threat44 authenticate-only subkey", func(testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			key := l.keyAt(y2020, nil, "ed25519", "sign", "never")
			l.subkey(y2020, key, "ed25519", "auth", "never")
			e := l.entity(key)
			return e, e.Subkeys[0].PrivateKey
		}, KeyCannotSign, false},
		{"v4 Ed25519", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{Algorithm: packet.PubKeyAlgoEd25519})
			return e, e.PrivateKey
		}, Good, false},
		{"v6 Ed25519", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{Algorithm: packet.PubKeyAlgoEd25519, V6Keys: true})
			return e, e.PrivateKey
		}, Good, false},
		{"v6 Ed448", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{Algorithm: packet.PubKeyAlgoEd448, V6Keys: true})
			return e, e.PrivateKey
		}, Good, false},
		{"Threat44 primary may not sign", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) { s.FlagSign = false }, config)
			return e, e.PrivateKey
		}, KeyCannotSign, false},
		{"Threat44 primary without flags", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) { s.FlagsValid = false }, config)
			return e, e.PrivateKey
		}, KeyCannotSign, true},
		{"critical notation on itself", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) {
				s.Notations = append(s.Notations, &packet.Notation{Name: "n@example.com", IsCritical: true})
			}, config)
			return e, e.PrivateKey
		}, KeyCannotSign, false},
		{"Threat44 subkey without the flag", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e, sub := withSubkey(t, func(s *packet.Signature) { s.FlagSign, s.EmbeddedSignature = false, nil })
			return e, sub
		}, KeyCannotSign, false},
		{"Threat44 subkey without back-signature", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e, sub := withSubkey(t, func(s *packet.Signature) { s.EmbeddedSignature = nil })
			return e, sub
		}, NoBackSignature, false},
		{"Threat44 back-signature by another", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
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
		{"subkey of the library's", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e, sub := withSubkey(t, nil)
			return e, sub
		}, Good, true},
		{"back-signature SHA1", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
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
		{"its only user id is revoked", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
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
		{"self-signature over", func(t testing.TB) (*openpgp.Entity, *packet.PrivateKey) {
			e := entity(t, packet.Config{})
			selfSign(t, e, func(s *packet.Signature) {
				second := uint32(1)
				s.SigLifetimeSecs = &second
			}, config)
			return e, e.PrivateKey
		}, KeyExpired, true},
	} {
		list = append(list, condition{c.name, func() scene {
			e, key := c.make(l.t)
			public := publicKey(l.t, e)
			// GnuPG 2.2 does not take every key that the library makes; then it must not accept the signature either.
			imported := l.command("gpg", "--batch", "--quiet", "--import")
			imported.Stdin = strings.NewReader(public)
			if err := imported.Run(); err != nil && c.git {
				l.t.Fatalf("importing: %v", err)
			}
			commit := signed(o, signWith(l.t, key, o.Bytes(), now, crypto.SHA512))
			return scene{commit: commit, ring: ringFrom(l.t, public), want: c.want, git: c.git}
		}})
	}
	return list
}
