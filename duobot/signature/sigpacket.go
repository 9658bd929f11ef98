package signature

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// The signature types, subpacket types and public key algorithms of RFC 9580 that are told apart here.
const (
	typeBinary              = 0x00
	typeText                = 0x01
	typeCertification       = 0x10 // to 0x13
	typeKeyRevocation       = 0x20
	typeSubkeyRevocation    = 0x28
	subCreation             = 2
	subExpiration           = 3
	subIssuer               = 16
	subNotation             = 20
	subReason               = 29
	subIssuerFingerprint    = 33
	algoRSA, algoRSASign    = 1, 3
	algoDSA                 = 17
	algoECDSA, algoEdDSA    = 19, 22
	algoEd25519, algoEd448  = 27, 28
	versionFour, versionSix = 4, 6
)

// subpacket is one piece of signed (hashed) or merely attached (unhashed) information of a signature.
type subpacket struct {
	kind     byte
	critical bool
	hashed   bool
	body     []byte
}

// sigPacket is a signature packet, taken apart as far as a decision needs it: the library that verifies it hides
// what is critical, what is signed and what is there twice.
type sigPacket struct {
	version, kind, algorithm, hash byte
	subpackets                     []subpacket
	tail                           []byte // hash tag, salt (version 6) and the signature's numbers
}

// parseSigPacket reads a signature packet's body. Of versions other than 4 and 6 only version and type are read.
func parseSigPacket(body []byte) (sigPacket, error) {
	if len(body) < 6 {
		return sigPacket{}, errors.New("the signature packet is cut short")
	}
	p := sigPacket{version: body[0], kind: body[1], algorithm: body[2], hash: body[3]}
	octets := 2
	switch p.version {
	case versionFour:
	case versionSix:
		octets = 4
	case 2, 3:
		p.kind = body[2] // behind the length of the hashed part
		return p, nil
	default:
		return p, nil
	}
	rest, err := p.takeArea(body[4:], octets, true)
	if err != nil {
		return sigPacket{}, err
	}
	p.tail, err = p.takeArea(rest, octets, false)
	return p, err
}

// takeArea reads one length-prefixed list of subpackets.
func (p *sigPacket) takeArea(b []byte, octets int, hashed bool) (rest []byte, err error) {
	size, b, err := readUint(b, octets)
	if err != nil || size > uint64(len(b)) {
		return nil, errors.New("the signature's subpackets are cut short")
	}
	area, rest := b[:size], b[size:]
	for len(area) > 0 {
		length, after, err := readLength(area, true)
		if err != nil {
			return nil, fmt.Errorf("reading a subpacket: %w", err)
		}
		if length == 0 || length > uint64(len(after)) {
			return nil, errors.New("a subpacket is empty or cut short")
		}
		p.subpackets = append(p.subpackets, subpacket{
			kind: after[0] & 0x7f, critical: after[0]&0x80 != 0, hashed: hashed, body: after[1:length]})
		area = after[length:]
	}
	return rest, nil
}

// find lists the subpackets of that kind in the hashed or unhashed area.
func (p sigPacket) find(kind byte, hashed bool) []subpacket {
	var list []subpacket
	for _, s := range p.subpackets {
		if s.kind == kind && s.hashed == hashed {
			list = append(list, s)
		}
	}
	return list
}

// seconds reads a signed subpacket that holds a four-octet number. ok is false when there is none.
func (p sigPacket) seconds(kind byte) (n uint32, ok bool, err error) {
	list := p.find(kind, true)
	switch {
	case len(list) == 0:
		return 0, false, nil
	case len(list) > 1:
		return 0, false, fmt.Errorf("subpacket %d is there %d times", kind, len(list))
	case len(list[0].body) != 4:
		return 0, false, fmt.Errorf("subpacket %d is not four octets long", kind)
	}
	return binary.BigEndian.Uint32(list[0].body), true, nil
}

// created is the signature's creation time.
func (p sigPacket) created() (time.Time, error) {
	n, ok, err := p.seconds(subCreation)
	if err == nil && !ok {
		err = errors.New("the signature does not say when it was made")
	}
	return time.Unix(int64(n), 0).UTC(), err
}

// expires is when the signature ends by its own word; zero when it does not.
func (p sigPacket) expires() (time.Time, error) {
	made, err := p.created()
	if err != nil {
		return time.Time{}, err
	}
	n, _, err := p.seconds(subExpiration)
	if err != nil || n == 0 {
		return time.Time{}, err
	}
	return made.Add(time.Duration(n) * time.Second), nil
}

// issuers lists every fingerprint and key id by which the signature names its maker, signed or not, in upper-case
// hexadecimal.
func (p sigPacket) issuers() []string {
	var names []string
	for _, s := range p.subpackets {
		switch {
		case s.kind == subIssuer:
			names = append(names, hexUpper(s.body))
		case s.kind == subIssuerFingerprint && len(s.body) > 1:
			names = append(names, hexUpper(s.body[1:]))
		}
	}
	return names
}

// numbersEndHere reports whether the signature's numbers fill the packet: bytes behind them would be read by nobody
// and signed by nobody.
func (p sigPacket) numbersEndHere() bool {
	b := p.tail
	if len(b) < 2 {
		return false
	}
	b = b[2:]
	if p.version == versionSix {
		if len(b) == 0 || int(b[0]) >= len(b) {
			return false
		}
		b = b[1+int(b[0]):]
	}
	switch p.algorithm {
	case algoRSA, algoRSASign:
		return areMPIs(b, 1)
	case algoECDSA, algoEdDSA:
		return areMPIs(b, 2)
	case algoEd25519:
		return len(b) == 64
	case algoEd448:
		return len(b) == 114
	}
	return false
}

func areMPIs(b []byte, count int) bool {
	for range count {
		bits, rest, err := readUint(b, 2)
		size := (bits + 7) / 8
		if err != nil || size > uint64(len(rest)) {
			return false
		}
		b = rest[size:]
	}
	return len(b) == 0
}
