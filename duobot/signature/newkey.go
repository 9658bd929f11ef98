package signature

import (
	"bytes"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// NewKey makes an Ed25519 key for the bot, armored for its file. It has no passphrase, which a server could not type, no
// end, since a key that lapsed over a weekend stops every landing, and no subkey for encryption, which nobody needs of it.
func NewKey(name, email string, at time.Time) (private []byte, err error) {
	e, err := openpgp.NewEntity(name, "", email, &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519,
		Time: func() time.Time { return at }})
	if err != nil {
		return nil, fmt.Errorf("making a signing key for %s <%s>: %w", name, email, err)
	}
	e.Subkeys = nil
	var b bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&b, privateBlock, nil, true)
	if err != nil {
		return nil, fmt.Errorf("writing a signing key: %w", err)
	}
	if err := e.SerializePrivateWithoutSigning(w, nil); err != nil {
		return nil, fmt.Errorf("writing a signing key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing a signing key: %w", err)
	}
	return append(b.Bytes(), '\n'), nil
}

// Usable says why nothing that the key or one of its subkeys signs at that moment would be accepted; nil when it would.
func (r *Ring) Usable(fingerprint string, at time.Time) error {
	k, known := r.keys[fingerprint]
	if !known {
		return fault(UnknownKey, "The key is not in the keyring.")
	}
	for _, s := range k.about.Subkeys {
		if k.signs(s.Fingerprint, at) {
			return nil
		}
	}
	m, err := k.member(fingerprint)
	if err != nil {
		return err
	}
	if err := m.checkStrength(); err != nil {
		return err
	}
	return k.usableAt(fingerprint, at)
}

// PublicOf is the public half of an armored private key, whether or not it may sign.
func PublicOf(private []byte) ([]byte, error) {
	e, err := readPrivateKey(private)
	if err != nil {
		return nil, err
	}
	return armorPublic(e)
}
