package attest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/sallyport/sallyport/duobot/signature"
)

// key makes DSSE signatures with an OpenPGP key: the signature is the bare packet over the pre-authentication encoding,
// the key id the primary key's full fingerprint.
type key struct {
	*signature.Signer
	at time.Time
}

// Sign is called by the envelope with the bytes that are to be signed.
func (k key) Sign(_ context.Context, encoded []byte) ([]byte, error) {
	return k.SignBare(encoded, k.at)
}

// KeyID names the key.
func (k key) KeyID() (string, error) { return k.Fingerprint(), nil }

// Seal signs a statement and gives the envelope as text, one line and a newline.
func Seal(text []byte, signer *signature.Signer, at time.Time) ([]byte, error) {
	sealer, err := dsse.NewEnvelopeSigner(key{signer, at})
	if err != nil {
		return nil, fmt.Errorf("sealing an attestation: %w", err)
	}
	envelope, err := sealer.SignPayload(context.Background(), PayloadType, text)
	if err != nil {
		return nil, fmt.Errorf("sealing an attestation: %w", err)
	}
	sealed, err := json.Marshal(envelope)
	return append(sealed, '\n'), err
}

// Sealed is an envelope whose signature was verified.
type Sealed struct {
	Text   []byte // the statement
	Signer string // the primary key's fingerprint
	At     time.Time
}

// Fault is why an envelope is not believed: a stable code and a sentence.
type Fault struct {
	Code    string
	Message string
}

func (f *Fault) Error() string { return f.Message }

// The codes of a Fault; a signature by a key that is given but not good carries the signature's own code.
const (
	Unreadable    = "attestation-unreadable"
	Unsigned      = "attestation-unsigned"
	UnknownSigner = "attestation-signer-unknown"
	Forged        = "attestation-forged"
)

// Open verifies an envelope by the keys of a ring. It must carry exactly one signature, by a key of the ring that might
// sign at that moment, under its own name. The error is a *Fault.
func Open(envelope []byte, ring *signature.Ring) (Sealed, error) {
	var e dsse.Envelope
	if len(envelope) > MaxSize {
		return Sealed{}, &Fault{Unreadable, "the note is larger than any attestation"}
	}
	if err := json.Unmarshal(envelope, &e); err != nil {
		return Sealed{}, &Fault{Unreadable, "the note is no DSSE envelope: " + err.Error()}
	}
	text, err := e.DecodeB64Payload()
	if err != nil || e.PayloadType != PayloadType {
		return Sealed{}, &Fault{Unreadable, fmt.Sprintf("the envelope holds no in-toto statement but %q", e.PayloadType)}
	}
	if len(e.Signatures) != 1 {
		return Sealed{}, &Fault{Unsigned, fmt.Sprintf("the envelope carries %d signatures and should carry one", len(e.Signatures))}
	}
	v := &verifier{ring: ring, id: e.Signatures[0].KeyID}
	check, err := dsse.NewEnvelopeVerifier(v)
	if err != nil {
		return Sealed{}, &Fault{Unsigned, err.Error()}
	}
	if _, err := check.Verify(context.Background(), &e); err != nil {
		return Sealed{}, v.fault(err)
	}
	return Sealed{Text: text, Signer: v.result.Fingerprint, At: v.result.SignedAt}, nil
}
