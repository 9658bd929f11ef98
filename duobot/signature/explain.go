package signature

import (
	"errors"
	"slices"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The library says of most defects only that nothing valid was found. What follows asks again under weaker terms to
// learn which defect it was; the answer is a no in every case, and only its reason differs.

// question asks about a key at a moment (zero: at no moment in particular) under a policy, on a fresh parse.
type question func(at time.Time, config *packet.Config) error

func (k ringKey) explainPrimary(fingerprint string, at time.Time, cause error) error {
	m, err := k.member(fingerprint)
	if err != nil {
		return err
	}
	pub := m.entity.PrimaryKey
	sigs := slices.Clone(m.entity.DirectSignatures)
	revokedIDs := 0
	for _, id := range m.entity.Identities {
		sigs = append(sigs, id.SelfCertifications...)
		revokedIDs += len(id.Revocations)
	}
	ask := func(at time.Time, config *packet.Config) error {
		m, err := k.member(fingerprint)
		if err == nil {
			_, err = m.entity.VerifyPrimaryKey(at, config)
		}
		return err
	}
	f := explain(pub, sigs, at, cause, ask)
	if f.Code == KeyCannotSign && revokedIDs > 0 {
		return fault(KeyRevoked, "Every user id of the key is revoked.", "key", hexUpper(pub.Fingerprint))
	}
	return f
}

func (k ringKey) explainSubkey(fingerprint string, at time.Time, cause error) error {
	m, err := k.member(fingerprint)
	if err != nil {
		return err
	}
	for _, binding := range m.sub.Bindings {
		sig := binding.Packet
		if sig.FlagSign && overBoth(m, sig, m.entity.PrimaryKey) && (sig.EmbeddedSignature == nil || !genuineBack(m, sig.EmbeddedSignature)) {
			return noBack(m)
		}
	}
	ask := func(at time.Time, config *packet.Config) error {
		m, err := k.member(fingerprint)
		if err == nil {
			_, err = m.sub.Verify(at, config)
		}
		return err
	}
	return explain(m.sub.PublicKey, m.sub.Bindings, at, cause, ask)
}

func explain(pub *packet.PublicKey, sigs []*packet.VerifiableSignature, at time.Time, cause error, ask question) *Fault {
	name := hexUpper(pub.Fingerprint)
	newer := func(s *packet.VerifiableSignature) bool { return s.Packet.CreationTime.After(at) }
	switch {
	case errors.Is(cause, pgperrors.ErrKeyRevoked):
		return fault(KeyRevoked, "The key that signed is revoked.", "key", name)
	case errors.Is(cause, pgperrors.ErrKeyExpired):
		return expired(pub, at, newestOf(sigs))
	case len(sigs) > 0 && !slices.ContainsFunc(sigs, not(newer)):
		return notYet(pub, at)
	case ask(at, anyHash) == nil:
		return fault(KeyWeak, "The key's own signature on itself rests on a hash that is not accepted.", "key", name)
	case ask(time.Time{}, anyHash) == nil:
		return expired(pub, at, nil)
	}
	return fault(KeyCannotSign, "The key carries no valid signature that makes it a signing key.", "key", name)
}

func not[T any](f func(T) bool) func(T) bool { return func(v T) bool { return !f(v) } }

func newestOf(sigs []*packet.VerifiableSignature) *packet.Signature {
	var newest *packet.Signature
	for _, s := range sigs {
		if newest == nil || s.Packet.CreationTime.After(newest.CreationTime) {
			newest = s.Packet
		}
	}
	return newest
}
