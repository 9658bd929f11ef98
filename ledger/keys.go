package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport/duobot/signature"
)

// algorithm is the signed-note byte for a kind of signature that has no number of its own; what follows it names the kind.
const algorithm = 0xff

const kind = "openpgp:"

// keyName stands on a note's signature line. It holds the whole fingerprint, so that a reader finds the key.
func keyName(fingerprint string) string { return "sallyport/" + fingerprint }

// keyHash binds the line's short hash to the fingerprint.
func keyHash(fingerprint string) uint32 {
	text := append([]byte(keyName(fingerprint)+"\n"), algorithm)
	sum := sha256.Sum256(append(text, kind+fingerprint...))
	return binary.BigEndian.Uint32(sum[:4])
}

// signer signs notes with the bot's OpenPGP key: the signature is the bare OpenPGP packet over the note's text.
type signer struct{ key *signature.Signer }

// NewSigner makes notes that the bot's public key verifies, the same that verifies its commits; nil for no key.
func NewSigner(key *signature.Signer) note.Signer {
	if key == nil {
		return nil
	}
	return signer{key}
}

func (s signer) Name() string                    { return keyName(s.key.Fingerprint()) }
func (s signer) KeyHash() uint32                 { return keyHash(s.key.Fingerprint()) }
func (s signer) Sign(msg []byte) ([]byte, error) { return s.key.SignBare(msg, time.Now()) }

// verifier verifies by one key of a ring.
type verifier struct {
	ring        *signature.Ring
	fingerprint string
}

func (v verifier) Name() string    { return keyName(v.fingerprint) }
func (v verifier) KeyHash() uint32 { return keyHash(v.fingerprint) }

// Verify holds the signature to the key that its line names, whichever else of the ring might have made it.
func (v verifier) Verify(msg, sig []byte) bool {
	r := signature.VerifyDetached(msg, sig, v.ring)
	return r.OK() && r.Fingerprint == v.fingerprint
}

// Keys verifies by any of several keys. It is a [note.Verifier] by its first one, and [note.Verifiers] by all.
type Keys struct {
	verifier
	ring *signature.Ring
}

// NewVerifier reads armored public keys: the bot's, and those it had before, which keep verifying what they signed.
func NewVerifier(keys ...[]byte) (note.Verifier, error) {
	ring, err := signature.ReadKeys(time.Now(), keys...)
	if err != nil {
		return nil, err
	}
	return VerifierOf(ring)
}

// VerifierOf verifies by the keys of a ring.
func VerifierOf(ring *signature.Ring) (note.Verifier, error) {
	all := ring.Fingerprints()
	if len(all) == 0 {
		return nil, errors.New("there is no public key to verify checkpoints with")
	}
	return &Keys{verifier{ring, all[0]}, ring}, nil
}

// Verifier finds the key that a note's signature line names.
func (k *Keys) Verifier(name string, hash uint32) (note.Verifier, error) {
	for _, fingerprint := range k.ring.Fingerprints() {
		if name == keyName(fingerprint) && hash == keyHash(fingerprint) {
			return verifier{k.ring, fingerprint}, nil
		}
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

func verifiers(v note.Verifier) note.Verifiers {
	if many, ok := v.(note.Verifiers); ok {
		return many
	}
	return note.VerifierList(v)
}
