package attest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"

	"github.com/sallyport/sallyport/duobot/signature"
)

// RotationType names a statement by which one of the bot's keys names its successor.
const RotationType = "https://github.com/sallyport/sallyport/attestation/key-rotation/v1"

// Rotation says which key follows which. Its subject is the new public key, by the SHA-256 of its file.
type Rotation struct {
	Old    string    `json:"old"` // primary keys' fingerprints
	New    string    `json:"new"`
	Public string    `json:"public"` // the new public key, armored
	At     time.Time `json:"at"`
}

type rotationStatement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Rotation  `json:"predicate"`
}

// SealRotation has the old key name the new one, in a DSSE envelope.
func SealRotation(old *signature.Signer, next *signature.Signer, at time.Time) ([]byte, error) {
	r := Rotation{Old: old.Fingerprint(), New: next.Fingerprint(), Public: string(next.PublicKey()), At: at.UTC()}
	text, err := json.Marshal(rotationStatement{Type: intoto.StatementTypeUri, PredicateType: RotationType, Predicate: r, Subject: keySubject(r)})
	if err != nil {
		return nil, fmt.Errorf("writing that the key is followed by another: %w", err)
	}
	if err := conform(text); err != nil {
		return nil, err
	}
	return Seal(text, old, at)
}

func keySubject(r Rotation) []subject {
	sum := sha256.Sum256([]byte(r.Public))
	return []subject{{r.New, map[string]string{"sha256": hex.EncodeToString(sum[:])}}}
}

// OpenRotation reads such an envelope and believes it when the old key, of the ring, signed it itself.
func OpenRotation(envelope []byte, ring *signature.Ring) (Rotation, error) {
	sealed, err := Open(envelope, ring)
	if err != nil {
		return Rotation{}, err
	}
	if err := conform(sealed.Text); err != nil {
		return Rotation{}, err
	}
	var s rotationStatement
	if err := json.Unmarshal(sealed.Text, &s); err != nil {
		return Rotation{}, fmt.Errorf("reading which key follows: %w", err)
	}
	r := s.Predicate
	named, err := signature.ReadKeys(r.At, []byte(r.Public))
	switch {
	case err != nil:
		return Rotation{}, err
	case s.PredicateType != RotationType:
		return Rotation{}, fmt.Errorf("reading which key follows: it is a statement of type %q", s.PredicateType)
	case r.Old != sealed.Signer:
		return Rotation{}, fmt.Errorf("reading which key follows: key %s speaks for key %s", sealed.Signer, r.Old)
	case len(named.Fingerprints()) != 1 || named.Fingerprints()[0] != r.New || !same(s.Subject, keySubject(r)):
		return Rotation{}, errors.New("reading which key follows: the key that it holds is not the one that it names")
	}
	return r, nil
}

func same(a, b []subject) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
