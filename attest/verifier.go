package attest

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/duobot/signature"
)

// verifier is one key of a ring as a DSSE envelope asks for it.
type verifier struct {
	ring   *signature.Ring
	id     string // the fingerprint that the envelope names
	result signature.Result
}

// Verify judges a signature over the pre-authentication encoding.
func (v *verifier) Verify(_ context.Context, encoded, sig []byte) error {
	v.result = signature.VerifyDetached(encoded, sig, v.ring)
	switch {
	case !v.result.OK():
		return errors.New(v.result.Message)
	case v.result.Fingerprint != v.id:
		return fmt.Errorf("the envelope names key %s, and %s signed", v.id, v.result.Fingerprint)
	}
	return nil
}

// KeyID names the key that is wanted.
func (v *verifier) KeyID() (string, error) { return v.id, nil }

// Public would be the bare key; an OpenPGP key is more than that.
func (v *verifier) Public() crypto.PublicKey { return nil }

func (v *verifier) fault(err error) *Fault {
	switch v.result.Code {
	case signature.Good:
		return &Fault{Forged, "the attestation's signature does not hold: " + err.Error()}
	case signature.UnknownKey:
		return &Fault{UnknownSigner, fmt.Sprintf("the attestation is signed by key %s, which was not given with --key", v.result.Evidence["issuer"])}
	case signature.Bad:
		return &Fault{Forged, "the attestation was changed after it was signed, or another one's signature was put under it"}
	}
	return &Fault{v.result.Code, "the attestation's signature is not good: " + v.result.Message}
}
