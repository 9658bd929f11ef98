// Package signature verifies OpenPGP signatures on git commits over the raw commit object, against a keyring of
// its own, and signs the bot's own commits. GitHub's word on a signature is never part of the answer.
package signature

import (
	"errors"
	"maps"
	"time"
)

// The reason codes: one for each way in which a signature can be wrong. The empty code is the only good one.
const (
	Good            = ""
	Missing         = "signature-missing"
	RawMismatch     = "signature-raw-mismatch"
	UnsupportedSSH  = "signature-unsupported-ssh"
	UnsupportedMIME = "signature-unsupported-smime"
	Malformed       = "signature-malformed"
	Many            = "signature-many"
	WrongVersion    = "signature-version"
	WrongType       = "signature-type"
	WeakHash        = "signature-weak-hash"
	NoIssuer        = "signature-no-issuer"
	UnknownKey      = "signature-unknown-key"
	KeyRevoked      = "signature-key-revoked"
	KeyExpired      = "signature-key-expired"
	KeyNotYetValid  = "signature-key-not-yet-valid"
	KeyCannotSign   = "signature-key-cannot-sign"
	KeyWeak         = "signature-key-weak"
	NoBackSignature = "signature-no-back-signature"
	Expired         = "signature-expired"
	FromFuture      = "signature-from-future"
	CriticalUnknown = "signature-critical-unknown"
	Bad             = "signature-bad"
	KeyringStale    = "keyring-stale"
)

// next is the smallest step that resolves each code; people read it under the message.
var next = map[string]string{
	Missing:         "Sign the commit (git rebase --exec 'git commit --amend --no-edit -S') and push again.",
	RawMismatch:     "Ask an admin to compare the commit with git cat-file; amend and sign it again if nothing explains the difference.",
	UnsupportedSSH:  "Sign with an OpenPGP key from the keyring: git config gpg.format openpgp, then amend with -S.",
	UnsupportedMIME: "Sign with an OpenPGP key from the keyring: git config gpg.format openpgp, then amend with -S.",
	Malformed:       "Amend the commit with git commit --amend -S and push again.",
	Many:            "Amend the commit so that it carries one signature by one key.",
	WrongVersion:    "Sign with a version 4 (or 6) OpenPGP key; GnuPG 2.2 makes version 4 by default.",
	WrongType:       "Sign without text mode: remove textmode from gpg.conf and amend with -S.",
	WeakHash:        "Set personal-digest-preferences SHA512 SHA256 in gpg.conf and amend with -S.",
	NoIssuer:        "Sign with GnuPG 2.2 or newer, which names the key's full fingerprint in every signature.",
	UnknownKey:      "Ask an admin to add the public key to the keyring and its fingerprint to the people file, or sign with a key that is there.",
	KeyRevoked:      "Sign again with a key that is not revoked.",
	KeyExpired:      "Extend the key, have it replaced in the keyring, and sign again.",
	KeyNotYetValid:  "Check the clock of the machine that signed or made the key, then sign again.",
	KeyCannotSign:   "Sign with a key or subkey that is marked for signing.",
	KeyWeak:         "Make a new key (gpg --quick-generate-key NAME ed25519 sign), have it added to the keyring, and sign again.",
	NoBackSignature: "Run gpg --edit-key KEY cross-certify, have the key replaced in the keyring, and sign again.",
	Expired:         "Sign again, without an expiration on the signature.",
	FromFuture:      "Set the clock of the signing machine and sign again.",
	CriticalUnknown: "Sign without critical notations or other critical extensions.",
	Bad:             "Amend the commit with git commit --amend -S and push again; if nobody rewrote it, tell an admin.",
	KeyringStale:    "Ask an operator to fetch the keys anew (gpg --refresh-keys, gpg --armor --export), and then to touch .fresh in the keyring directory.",
}

// Result is what Verify found. Code is empty for a good signature and only then.
type Result struct {
	Code    string // one of the codes above
	Message string // a sentence for people
	Next    string // the smallest step that helps; empty when good
	// Fingerprint is the primary key's, in upper-case hexadecimal without spaces; it is what the people file pins.
	// On a result that is not good it is the key that was claimed, and empty when none could be named.
	Fingerprint string
	// SubkeyFingerprint is the key that made the signature, when that is not the primary key.
	SubkeyFingerprint string
	Hash              string    // "SHA-256", …
	Algorithm         string    // "RSA", "ECDSA", "EdDSA", …
	SignedAt          time.Time // as the signer claims it, under the signature
	Evidence          map[string]string
}

// OK reports whether the signature is good.
func (r Result) OK() bool { return r.Code == Good && r.Fingerprint != "" }

// Fault is why something is refused: an error that carries its reason code.
type Fault struct {
	Code     string
	Message  string // a sentence for people
	Evidence map[string]string
	Err      error // what lies behind it, if anything
}

func (f *Fault) Error() string {
	if f.Err != nil {
		return f.Message + " " + f.Err.Error()
	}
	return f.Message
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

func fault(code, message string, evidence ...string) *Fault {
	f := &Fault{Code: code, Message: message}
	for i := 0; i+1 < len(evidence); i += 2 {
		f = f.with(evidence[i], evidence[i+1])
	}
	return f
}

func (f *Fault) with(name, value string) *Fault {
	if f.Evidence == nil {
		f.Evidence = map[string]string{}
	}
	f.Evidence[name] = value
	return f
}

func (f *Fault) because(err error) *Fault {
	f.Err = err
	return f
}

// refuse turns the result into a no. An error without a code is a defect of the bytes, not a reason to trust them.
func (r Result) refuse(err error) Result {
	var f *Fault
	if !errors.As(err, &f) {
		f = fault(Malformed, "The signature cannot be read.").because(err)
	}
	r.Code, r.Message, r.Next = f.Code, f.Message, next[f.Code]
	maps.Copy(r.Evidence, f.Evidence)
	if f.Err != nil {
		r.Evidence["cause"] = f.Err.Error()
	}
	return r
}
