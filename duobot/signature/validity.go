package signature

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

const minRSABits = 2048

// policy is what a key's own signatures are held to; anyHash is the same without regard to hashes, to tell a weak
// hash from other defects.
var (
	policy = &packet.Config{RejectHashAlgorithms: map[crypto.Hash]bool{
		crypto.MD5: true, crypto.SHA1: true, crypto.RIPEMD160: true, crypto.SHA224: true}}
	anyHash = &packet.Config{RejectHashAlgorithms: map[crypto.Hash]bool{}}
)

// parse reads the key anew.
func (k ringKey) parse() (*openpgp.Entity, error) {
	packets := packet.NewReader(bytes.NewReader(k.bytes))
	e, err := openpgp.ReadEntity(packets)
	if err != nil {
		return nil, err
	}
	if _, err := packets.Next(); !errors.Is(err, io.EOF) {
		return nil, errors.New("its packets do not make exactly one key")
	}
	return e, nil
}

// member is the primary key or one subkey of a freshly parsed key.
type member struct {
	entity *openpgp.Entity
	sub    *openpgp.Subkey // nil for the primary key
}

func (k ringKey) member(fingerprint string) (member, error) {
	e, err := k.parse()
	if err != nil {
		return member{}, fault(UnknownKey, "The key in the keyring cannot be read.").because(err)
	}
	if hexUpper(e.PrimaryKey.Fingerprint) == fingerprint {
		return member{entity: e}, nil
	}
	for i := range e.Subkeys {
		if hexUpper(e.Subkeys[i].PublicKey.Fingerprint) == fingerprint {
			return member{entity: e, sub: &e.Subkeys[i]}, nil
		}
	}
	return member{}, fault(UnknownKey, "No key of the keyring has the signature's fingerprint.", "fingerprint", fingerprint)
}

func (m member) public() *packet.PublicKey {
	if m.sub != nil {
		return m.sub.PublicKey
	}
	return m.entity.PrimaryKey
}

// checkStrength refuses keys that can be forged, whoever owns them: the one that signed and the one that vouches.
func (m member) checkStrength() error {
	for _, pub := range []*packet.PublicKey{m.entity.PrimaryKey, m.public()} {
		name := algorithms[byte(pub.PubKeyAlgo)]
		switch name {
		case "":
			return fault(KeyWeak, "The key's algorithm is not accepted; RSA, ECDSA and EdDSA are.",
				"key", hexUpper(pub.Fingerprint), "algorithm", algorithmName(byte(pub.PubKeyAlgo)))
		case "RSA":
			if bits, err := pub.BitLength(); err != nil || bits < minRSABits {
				return fault(KeyWeak, "The RSA key is shorter than 2048 bits.", "key", hexUpper(pub.Fingerprint))
			}
		case "ECDSA", "EdDSA":
			if curve, err := pub.Curve(); err != nil || policy.RejectCurve(curve) {
				return fault(KeyWeak, "The key's elliptic curve is not accepted.",
					"key", hexUpper(pub.Fingerprint), "curve", string(curve))
			}
		}
	}
	return nil
}

// checkRevocation refuses a key that is known to be revoked, whatever the reason and whenever the signature claims
// to have been made: who holds a stolen key writes the time too.
func (k ringKey) checkRevocation(fingerprint string) error {
	s, ok := k.certificate.revocation(fingerprint)
	if !ok {
		return nil
	}
	f := fault(KeyRevoked, "The key that signed is revoked.", "reason", s.reason())
	if at, err := s.created(); err == nil && s.version >= versionFour {
		f = f.with("revoked-at", stamp(at))
	}
	return f
}

// usableAt refuses a key that may not sign at that moment, or whose primary key may not vouch for it then.
func (k ringKey) usableAt(fingerprint string, at time.Time) error {
	if err := k.checkRevocation(fingerprint); err != nil {
		return err
	}
	if err := k.primaryAt(fingerprint, at); err != nil {
		return err
	}
	return k.subkeyAt(fingerprint, at)
}

// signs reports whether Verify would accept a signature made by that key or subkey at that moment.
func (k ringKey) signs(fingerprint string, at time.Time) bool {
	m, err := k.member(fingerprint)
	return err == nil && m.checkStrength() == nil && k.usableAt(fingerprint, at) == nil
}

// primaryAt asks about the primary key, and whether it may sign when it is the one that did.
func (k ringKey) primaryAt(fingerprint string, at time.Time) error {
	m, err := k.member(fingerprint)
	if err != nil {
		return err
	}
	self, err := m.entity.VerifyPrimaryKey(at, policy)
	if err != nil {
		return k.explainPrimary(fingerprint, at, err)
	}
	// The library reads the expiration from one user id. Another may carry the newer word.
	for _, id := range m.entity.Identities {
		other, err := id.Verify(at, policy)
		if err == nil && other.CreationTime.After(self.CreationTime) && m.entity.PrimaryKey.KeyExpired(other, at) {
			return expired(m.entity.PrimaryKey, at, other)
		}
	}
	if m.sub == nil {
		return maySign(m.entity.PrimaryKey, self)
	}
	return nil
}

// subkeyAt asks about the subkey that signed; the primary key has been asked before.
func (k ringKey) subkeyAt(fingerprint string, at time.Time) error {
	m, err := k.member(fingerprint)
	if err != nil || m.sub == nil {
		return err
	}
	binding, err := m.sub.Verify(at, policy)
	if err != nil {
		return k.explainSubkey(fingerprint, at, err)
	}
	if err := maySign(m.sub.PublicKey, binding); err != nil {
		return err
	}
	return checkBack(m, binding)
}

// maySign wants the signing flag in writing. GnuPG takes silence for consent.
func maySign(pub *packet.PublicKey, self *packet.Signature) error {
	if self.FlagsValid && self.FlagSign {
		return nil
	}
	return fault(KeyCannotSign, "The key that signed is not marked for signing.", "key", hexUpper(pub.Fingerprint))
}

func notYet(pub *packet.PublicKey, at time.Time) *Fault {
	return fault(KeyNotYetValid, "The key was not valid yet.",
		"key", hexUpper(pub.Fingerprint), "created", stamp(pub.CreationTime), "at", stamp(at))
}

func expired(pub *packet.PublicKey, at time.Time, self *packet.Signature) *Fault {
	f := fault(KeyExpired, "The key had expired.", "key", hexUpper(pub.Fingerprint), "at", stamp(at))
	if self != nil {
		if end := keyExpiry(pub, self); !end.IsZero() {
			f = f.with("expired", stamp(end))
		}
	}
	return f
}

// keyExpiry is when a key ends by the word of that self-signature; zero when it does not.
func keyExpiry(pub *packet.PublicKey, self *packet.Signature) time.Time {
	if self == nil || self.KeyLifetimeSecs == nil || *self.KeyLifetimeSecs == 0 {
		return time.Time{}
	}
	return pub.CreationTime.Add(time.Duration(*self.KeyLifetimeSecs) * time.Second).UTC()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
