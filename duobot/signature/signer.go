package signature

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/sallyport/sallyport/pull"
)

const privateBlock = "PGP PRIVATE KEY BLOCK"

// signing makes signatures that depend on key, bytes and time alone (with RSA and EdDSA keys): a landing that is
// made twice is one commit.
var signing = &packet.Config{NonDeterministicSignaturesViaNotation: packet.BoolPointer(false)}

// Signer signs with the bot's own key. It may be shared.
type Signer struct {
	key    *packet.PrivateKey
	public []byte
	ring   *Ring
}

// LoadSigner reads one armored private key that no passphrase protects, and proves by a trial that Verify accepts
// what it signs at that moment. A signing subkey is preferred to the primary key.
func LoadSigner(armored []byte, at time.Time) (*Signer, error) {
	s, err := readSigner(armored, at)
	if err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	if err := s.prove(at); err != nil {
		return nil, fmt.Errorf("trying the signing key: %w", err)
	}
	return s, nil
}

func readSigner(armored []byte, at time.Time) (*Signer, error) {
	e, err := readPrivateKey(armored)
	if err != nil {
		return nil, err
	}
	key, ok := e.SigningKey(at, policy)
	switch {
	case !ok:
		return nil, errors.New("no key in it may sign now")
	case key.PrivateKey == nil || key.PrivateKey.Dummy():
		return nil, errors.New("its signing key is only a stub; export the secret part too")
	case key.PrivateKey.Encrypted:
		return nil, errors.New("it is protected by a passphrase, which a server cannot type")
	}
	public, err := armorPublic(e)
	if err != nil {
		return nil, err
	}
	packets, err := keyBlocks(string(public))
	if err != nil {
		return nil, err
	}
	ring, err := ringOf(packets, at)
	return &Signer{key: key.PrivateKey, public: public, ring: ring}, err
}

func readPrivateKey(armored []byte) (*openpgp.Entity, error) {
	if len(armored) > maxKeyFile {
		return nil, errors.New("it is larger than 4 MiB")
	}
	kind, body, rest, err := decodeBlock(strings.Split(strings.Trim(string(armored), " \t\r\n"), "\n"))
	switch {
	case err != nil:
		return nil, err
	case kind != privateBlock:
		return nil, fmt.Errorf("it holds a block %q instead of a private key", kind)
	case len(rest) > 0:
		return nil, errors.New("it holds more than one block")
	}
	list, err := openpgp.ReadKeyRing(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(list) != 1 || list[0].PrivateKey == nil {
		return nil, errors.New("it does not hold exactly one private key")
	}
	return list[0], nil
}

func armorPublic(e *openpgp.Entity) ([]byte, error) {
	var b bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&b, publicBlock, nil, true)
	if err != nil {
		return nil, err
	}
	if err := e.Serialize(w); err != nil {
		return nil, err
	}
	err = w.Close()
	return append(b.Bytes(), '\n'), err
}

func ringOf(packets []rawPacket, at time.Time) (*Ring, error) {
	list, _, err := readCertificates(packets)
	if err != nil {
		return nil, err
	}
	all := map[string]*certificate{}
	for _, c := range list {
		all[c.fingerprint] = c
	}
	return newRing(all, at, 0)
}

// prove signs an empty commit and verifies it as anybody else's.
func (s *Signer) prove(at time.Time) error {
	nobody := fmt.Sprintf("nobody <nobody@invalid> %d +0000", at.Unix())
	trial := Object{Headers: []Header{{"tree", strings.Repeat("0", sha1Hex)}, {"author", nobody}, {"committer", nobody}}}
	raw, sha, err := s.SignCommit(trial, at)
	if err != nil {
		return err
	}
	o, err := ParseCommit(raw)
	if err != nil {
		return err
	}
	payload, armored, _, err := o.Signed()
	if err != nil {
		return err
	}
	r := Verify(pull.Commit{SHA: sha, Payload: string(payload), Signature: string(armored)}, s.ring, at)
	if !r.OK() {
		return fmt.Errorf("%s: %s", r.Code, r.Message)
	}
	return nil
}

// Fingerprint is the primary key's, as in Result.
func (s *Signer) Fingerprint() string { return s.ring.Fingerprints()[0] }

// Identity is the name and address of the key's first user id, for the commits that it signs.
func (s *Signer) Identity() (name, email string) {
	id := s.ring.Keys()[0].UserIDs
	if len(id) == 0 {
		return "Sallyport", "sallyport@localhost"
	}
	name, rest, _ := strings.Cut(id[0], "<")
	email, _, _ = strings.Cut(rest, ">")
	name, _, _ = strings.Cut(name, "(")
	return strings.TrimSpace(name), strings.TrimSpace(email)
}

// PublicKey is the armored public key, for keyrings.
func (s *Signer) PublicKey() []byte { return bytes.Clone(s.public) }

// Sign makes an armored detached signature over payload that says it was made at that moment (whole seconds). The
// armor carries a checksum, without which GnuPG 2.2 does not read it, and ends in a newline.
func (s *Signer) Sign(payload []byte, at time.Time) ([]byte, error) {
	sig := &packet.Signature{
		Version: s.key.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: s.key.PubKeyAlgo, Hash: crypto.SHA512,
		CreationTime: at, IssuerKeyId: &s.key.KeyId}
	h, err := sig.PrepareSign(signing)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	h.Write(payload)
	if err := sig.Sign(h, s.key, signing); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return armorSignature(sig)
}

func armorSignature(sig *packet.Signature) ([]byte, error) {
	var b bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&b, signatureBlock, nil, true)
	if err != nil {
		return nil, fmt.Errorf("armoring a signature: %w", err)
	}
	if err := sig.Serialize(w); err != nil {
		return nil, fmt.Errorf("armoring a signature: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("armoring a signature: %w", err)
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n'), nil
}

// SignCommit signs the object, which must be well-formed and unsigned, and gives the raw signed object with its
// name. The signature header stands last, where git writes it.
func (s *Signer) SignCommit(o Object, at time.Time) (raw []byte, sha string, err error) {
	payload := o.Bytes()
	o, err = ParseCommit(payload)
	if err != nil {
		return nil, "", fmt.Errorf("signing a commit: %w", err)
	}
	if _, _, signed, err := o.Signed(); signed || err != nil {
		return nil, "", errors.Join(errors.New("signing a commit: it is signed already"), err)
	}
	armored, err := s.Sign(payload, at)
	if err != nil {
		return nil, "", err
	}
	header := Header{signatureHeader(o.Tree()), strings.TrimRight(string(armored), "\n")}
	raw = o.insert(len(o.Headers), header).Bytes()
	return raw, ObjectID(raw, o.Tree()), nil
}
