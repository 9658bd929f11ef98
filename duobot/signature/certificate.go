package signature

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the fingerprint of version 4 keys
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// certificate is one public key as found in the keyring: the primary key and all that hangs on it. Copies of one
// key found in several files are joined, so that an old copy cannot hide a revocation or an expiration that a newer
// one brings.
type certificate struct {
	fingerprint string
	primary     rawPacket
	direct      []sigBody // signatures on the key itself
	parts       []part    // user ids and subkeys
	files       []string
}

// part is a user id or a subkey with the signatures on it.
type part struct {
	rawPacket
	sigs []sigBody
}

// sigBody is a signature packet and what can be read of it. An unreadable one is kept: it may be a revocation.
type sigBody struct {
	rawPacket
	sigPacket
}

func newSigBody(p rawPacket) sigBody {
	parsed, err := parseSigPacket(p.body)
	if err != nil && len(p.body) > 1 {
		parsed = sigPacket{version: p.body[0], kind: p.body[1]}
	}
	return sigBody{p, parsed}
}

// readCertificates takes a file's packets apart. loose are key revocations that stand before any key, the form in
// which GnuPG writes a revocation certificate.
func readCertificates(packets []rawPacket) (list []*certificate, loose []sigBody, err error) {
	for i, p := range packets {
		switch p.tag {
		case tagMarker, tagTrust, tagPadding:
		case tagSecretKey, tagSecretSubkey:
			return nil, nil, errors.New("it holds a private key, which has no place in a keyring")
		case tagPublicKey:
			fingerprint, err := fingerprintOf(p.body)
			if err != nil {
				return nil, nil, fmt.Errorf("packet %d: %w", i+1, err)
			}
			list = append(list, &certificate{fingerprint: fingerprint, primary: p})
		case tagSignature:
			if len(list) > 0 {
				list[len(list)-1].addSignature(newSigBody(p))
				continue
			}
			s := newSigBody(p)
			if s.kind != typeKeyRevocation {
				return nil, nil, fmt.Errorf("packet %d is a signature without a key", i+1)
			}
			loose = append(loose, s)
		case tagUserID, tagUserAttribute, tagPublicSubkey:
			if len(list) == 0 {
				return nil, nil, fmt.Errorf("packet %d belongs to no key", i+1)
			}
			last := list[len(list)-1]
			last.parts = append(last.parts, part{rawPacket: p})
		default:
			return nil, nil, fmt.Errorf("packet %d (tag %d) has no place in a keyring", i+1, p.tag)
		}
	}
	return list, loose, nil
}

func (c *certificate) addSignature(s sigBody) {
	if len(c.parts) == 0 {
		c.direct = append(c.direct, s)
		return
	}
	last := &c.parts[len(c.parts)-1]
	last.sigs = append(last.sigs, s)
}

// join adds what another copy of the same key carries.
func (c *certificate) join(other *certificate) {
	c.direct = joinSignatures(c.direct, other.direct)
	for _, p := range other.parts {
		at := slices.IndexFunc(c.parts, func(mine part) bool {
			return mine.tag == p.tag && bytes.Equal(mine.body, p.body)
		})
		if at < 0 {
			c.parts = append(c.parts, p)
			continue
		}
		c.parts[at].sigs = joinSignatures(c.parts[at].sigs, p.sigs)
	}
	c.files = append(c.files, other.files...)
}

func joinSignatures(a, b []sigBody) []sigBody {
	for _, s := range b {
		same := func(mine sigBody) bool { return bytes.Equal(mine.body, s.body) }
		if !slices.ContainsFunc(a, same) {
			a = append(a, s)
		}
	}
	return a
}

// bytes is the certificate as a transferable public key. What others certify, and pictures, are left out: a key
// with thousands of them would cost every verification.
func (c *certificate) bytes() []byte {
	b := c.primary.framed()
	for _, s := range c.direct {
		b = append(b, s.framed()...)
	}
	for _, p := range c.parts {
		if p.tag == tagUserAttribute {
			continue
		}
		b = append(b, p.framed()...)
		for _, s := range p.sigs {
			if !c.foreign(s) {
				b = append(b, s.framed()...)
			}
		}
	}
	return b
}

// foreign reports whether somebody else certified a user id.
func (c *certificate) foreign(s sigBody) bool {
	if s.kind&^0x03 != typeCertification {
		return false
	}
	return !slices.ContainsFunc(s.issuers(), c.isNamed)
}

func (c *certificate) isNamed(issuer string) bool {
	return issuer == c.fingerprint || issuer == keyID(c.fingerprint)
}

// revocation finds a revocation of the primary key or, by another fingerprint, of a subkey. It need not verify: a
// revocation by a designated revoker, with an old hash, or with an extension from the future cannot be verified
// here and is meant all the same. Who can write to the keyring can do worse than revoke.
func (c *certificate) revocation(fingerprint string) (sigBody, bool) {
	if s, ok := findKind(c.direct, typeKeyRevocation); ok {
		return s, true
	}
	for _, p := range c.parts {
		if s, ok := findKind(p.sigs, typeKeyRevocation); ok {
			return s, true
		}
		if s, ok := findKind(p.sigs, typeSubkeyRevocation); ok && p.tag == tagPublicSubkey {
			if name, err := fingerprintOf(p.body); err != nil || name == fingerprint {
				return s, true
			}
		}
	}
	return sigBody{}, false
}

func findKind(list []sigBody, kind byte) (sigBody, bool) {
	at := slices.IndexFunc(list, func(s sigBody) bool { return s.kind == kind })
	if at < 0 {
		return sigBody{}, false
	}
	return list[at], true
}

// reason says why a key was revoked, in words.
func (s sigBody) reason() string {
	words := map[byte]string{1: "superseded", 2: "compromised", 3: "retired"}
	for _, sub := range s.find(subReason, true) {
		if len(sub.body) > 0 && words[sub.body[0]] != "" {
			return words[sub.body[0]]
		}
	}
	return "not given"
}

// fingerprintOf computes a public key packet's fingerprint, upper-case hexadecimal.
func fingerprintOf(body []byte) (string, error) {
	if len(body) < 6 {
		return "", errors.New("a key is cut short")
	}
	switch body[0] {
	case versionFour:
		sum := sha1.Sum(append(binary.BigEndian.AppendUint16([]byte{0x99}, uint16(len(body))), body...)) //nolint:gosec
		return hexUpper(sum[:]), nil
	case versionSix:
		sum := sha256.Sum256(append(binary.BigEndian.AppendUint32([]byte{0x9B}, uint32(len(body))), body...))
		return hexUpper(sum[:]), nil
	}
	return "", fmt.Errorf("a key of version %d is not supported", body[0])
}
