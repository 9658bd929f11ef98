package signature

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// claim is what a signature packet says of itself: all of it unproven until the key has been asked.
type claim struct {
	sig       *packet.Signature
	issuer    string // fingerprint of the key or subkey, upper-case hexadecimal
	hash      string
	algorithm string
	at        time.Time
	expires   time.Time // zero: never
}

var strongHashes = map[byte]string{8: "SHA-256", 9: "SHA-384", 10: "SHA-512", 12: "SHA3-256", 14: "SHA3-512"}

var algorithms = map[byte]string{
	algoRSA: "RSA", algoRSASign: "RSA", algoECDSA: "ECDSA", algoEdDSA: "EdDSA", algoEd25519: "Ed25519", algoEd448: "Ed448"}

// readClaim takes the packets of a commit's signature and refuses everything that is not exactly one plain, modern
// signature over bytes as they are. Each check is made on the bytes, before the library sees them.
func readClaim(packets []byte) (claim, error) {
	only, err := onlySignature(packets)
	if err != nil {
		return claim{}, err
	}
	p, err := parseSigPacket(only.body)
	if err != nil {
		return claim{}, unreadable(err)
	}
	for _, check := range []func(sigPacket) error{
		checkVersion, checkType, checkHash, checkAlgorithm, checkCritical, checkNumbers} {
		if err := check(p); err != nil {
			return claim{}, err
		}
	}
	return p.claim(only)
}

func unreadable(err error) *Fault {
	return fault(Malformed, "The signature packet cannot be read.").because(err)
}

func onlySignature(b []byte) (rawPacket, error) {
	list, err := splitPackets(b)
	switch {
	case err != nil:
		return rawPacket{}, unreadable(err)
	case len(list) == 0:
		return rawPacket{}, fault(Malformed, "The signature is empty.")
	case len(list) > 1:
		return rawPacket{}, fault(Many, "The commit carries more than one signature packet.",
			"packets", strconv.Itoa(len(list)))
	case list[0].tag != tagSignature:
		return rawPacket{}, fault(Malformed, "The commit's signature is another kind of OpenPGP packet.",
			"tag", strconv.Itoa(int(list[0].tag)))
	}
	return list[0], nil
}

func checkVersion(p sigPacket) error {
	if p.version == versionFour || p.version == versionSix {
		return nil
	}
	return fault(WrongVersion, "The signature has a version of OpenPGP that is not accepted.",
		"version", strconv.Itoa(int(p.version)))
}

func checkType(p sigPacket) error {
	switch p.kind {
	case typeBinary:
		return nil
	case typeText:
		return fault(WrongType, "The signature was made in text mode, under which line endings can be changed unseen.", "type", "0x01")
	}
	return fault(WrongType, "The signature is of a type that does not sign a document.", "type", "0x"+hex.EncodeToString([]byte{p.kind}))
}

func checkHash(p sigPacket) error {
	if strongHashes[p.hash] != "" {
		return nil
	}
	name := "number " + strconv.Itoa(int(p.hash))
	if known := map[byte]string{1: "MD5", 2: "SHA-1", 3: "RIPEMD-160", 11: "SHA-224"}[p.hash]; known != "" {
		name = known
	}
	return fault(WeakHash, "The signature rests on the hash "+name+", which is not accepted.", "hash", name)
}

func checkAlgorithm(p sigPacket) error {
	if algorithms[p.algorithm] != "" {
		return nil
	}
	return fault(KeyWeak, "The signature's public key algorithm is not accepted; RSA, ECDSA and EdDSA are.",
		"algorithm", algorithmName(p.algorithm))
}

func algorithmName(id byte) string {
	switch name := algorithms[id]; {
	case name != "":
		return name
	case id == algoDSA:
		return "DSA"
	case id == 16 || id == 20:
		return "Elgamal"
	}
	return "number " + strconv.Itoa(int(id))
}

// checkCritical refuses what the signer marked as must-understand and we do not. No notation is known here.
func checkCritical(p sigPacket) error {
	for _, s := range p.subpackets {
		switch {
		case !s.critical:
		case s.kind == subCreation, s.kind == subExpiration, s.kind == subIssuer, s.kind == subIssuerFingerprint:
		case s.kind == subNotation:
			return fault(CriticalUnknown, "The signature carries a critical notation that is not understood here.",
				"notation", notationName(s.body))
		default:
			return fault(CriticalUnknown, "The signature carries a critical extension that is not understood here.",
				"subpacket", strconv.Itoa(int(s.kind)))
		}
	}
	return nil
}

func notationName(body []byte) string {
	if len(body) < 8 {
		return ""
	}
	size := int(body[4])<<8 | int(body[5])
	return strconv.QuoteToASCII(string(body[8:min(8+size, len(body))]))
}

func checkNumbers(p sigPacket) error {
	if p.numbersEndHere() {
		return nil
	}
	return fault(Malformed, "The signature packet is cut short or carries bytes behind its end.")
}

// claim reads the rest: who, when, and the library's own form of the packet.
func (p sigPacket) claim(raw rawPacket) (claim, error) {
	c := claim{hash: strongHashes[p.hash], algorithm: algorithms[p.algorithm]}
	var err error
	if c.at, err = p.created(); err != nil {
		return claim{}, unreadable(err)
	}
	if c.expires, err = p.expires(); err != nil {
		return claim{}, unreadable(err)
	}
	if c.issuer, err = p.issuer(); err != nil {
		return claim{}, err
	}
	parsed, err := packet.Read(bytes.NewReader(raw.framed()))
	if err != nil {
		return claim{}, unreadable(err)
	}
	sig, ok := parsed.(*packet.Signature)
	if !ok {
		return claim{}, fault(Malformed, "The signature packet is read as something else.")
	}
	c.sig = sig
	return c, nil
}

// issuer is the full fingerprint under the signature. Key ids can be made to collide, and what is not signed can be
// changed by anybody, so neither may lead to a key; but they must not contradict the fingerprint either.
func (p sigPacket) issuer() (string, error) {
	signed := p.find(subIssuerFingerprint, true)
	if len(signed) == 0 {
		return "", fault(NoIssuer, "The signature does not name its key by full fingerprint.")
	}
	body := signed[0].body
	want := map[byte]int{versionFour: 20, versionSix: 32}[p.version]
	if len(body) != 1+want || body[0] != p.version {
		return "", fault(Malformed, "The signature names a key of another version than its own.")
	}
	fingerprint := hexUpper(body[1:])
	for _, name := range p.issuers() {
		if name != fingerprint && name != keyID(fingerprint) {
			return "", fault(Malformed, "The signature names two different keys as its maker.",
				"issuer", fingerprint, "other", name)
		}
	}
	return fingerprint, nil
}

// keyID is the short name that goes with a fingerprint: its last eight octets in version 4, its first in version 6.
func keyID(fingerprint string) string {
	if len(fingerprint) == 64 {
		return fingerprint[:16]
	}
	return fingerprint[len(fingerprint)-16:]
}

func hexUpper(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
