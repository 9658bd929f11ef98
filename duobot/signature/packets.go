package signature

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The packet tags of RFC 9580, section 5, that a keyring or a signature may hold.
const (
	tagSignature     = 2
	tagSecretKey     = 5
	tagPublicKey     = 6
	tagSecretSubkey  = 7
	tagMarker        = 10
	tagTrust         = 12
	tagUserID        = 13
	tagPublicSubkey  = 14
	tagUserAttribute = 17
	tagPadding       = 21
)

// rawPacket is an OpenPGP packet without its framing.
type rawPacket struct {
	tag  byte
	body []byte
}

// splitPackets reads the framing of b, old and new, to its last byte. Lengths that depend on where the data ends
// are refused: keys and signatures never need them, and readers differ on them.
func splitPackets(b []byte) ([]rawPacket, error) {
	var list []rawPacket
	for len(b) > 0 {
		tag, size, rest, err := readFrame(b)
		if err != nil {
			return nil, fmt.Errorf("packet %d: %w", len(list)+1, err)
		}
		if size > uint64(len(rest)) {
			return nil, fmt.Errorf("packet %d is cut short", len(list)+1)
		}
		list = append(list, rawPacket{tag, rest[:size]})
		b = rest[size:]
	}
	return list, nil
}

func readFrame(b []byte) (tag byte, size uint64, rest []byte, err error) {
	switch {
	case b[0]&0x80 == 0:
		return 0, 0, nil, errors.New("no packet begins here")
	case b[0]&0x40 != 0:
		size, rest, err = readLength(b[1:], false)
		return b[0] & 0x3f, size, rest, err
	case b[0]&3 == 3:
		return 0, 0, nil, errors.New("the length is not given")
	}
	size, rest, err = readUint(b[1:], 1<<(b[0]&3))
	return b[0] & 0x3f >> 2, size, rest, err
}

// readLength reads a new-format length. Subpackets use the same form, except that they know no partial lengths.
func readLength(b []byte, subpacket bool) (size uint64, rest []byte, err error) {
	switch {
	case len(b) == 0:
		return 0, nil, errors.New("the length is missing")
	case b[0] < 192:
		return uint64(b[0]), b[1:], nil
	case b[0] == 255:
		return readUint(b[1:], 4)
	case b[0] >= 224 && !subpacket:
		return 0, nil, errors.New("the length is given in parts")
	case len(b) < 2:
		return 0, nil, errors.New("the length is cut short")
	}
	return uint64(b[0]-192)<<8 + uint64(b[1]) + 192, b[2:], nil
}

func readUint(b []byte, octets int) (n uint64, rest []byte, err error) {
	if len(b) < octets {
		return 0, nil, errors.New("a number is cut short")
	}
	for _, octet := range b[:octets] {
		n = n<<8 | uint64(octet)
	}
	return n, b[octets:], nil
}

// framed is the packet with a new-format, five-octet length.
func (p rawPacket) framed() []byte {
	head := binary.BigEndian.AppendUint32([]byte{0xC0 | p.tag, 255}, uint32(len(p.body)))
	return append(head, p.body...)
}
