package signature

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const (
	// maxArmor bounds a commit's signature. The largest honest ones are a few KiB.
	maxArmor       = 64 << 10
	signatureBlock = "PGP SIGNATURE"
	begin, end     = "-----BEGIN ", "-----END "
	dashes         = "-----"
)

// ParseArmor gives the binary packets of an armored OpenPGP signature. The armor must be exactly one block, with
// nothing but white space around it; its checksum is verified when present. The error is a *Fault whose code tells
// other signature formats (signature-unsupported-ssh, signature-unsupported-smime) and several blocks
// (signature-many) from damage (signature-malformed).
func ParseArmor(b []byte) (packet []byte, err error) {
	if len(b) > maxArmor {
		return nil, fault(Malformed, "The signature is longer than 64 KiB.")
	}
	text := strings.Trim(string(b), " \t\r\n")
	if text == "" {
		return nil, fault(Missing, "The commit's signature is empty.")
	}
	if err := foreignFormat(text); err != nil {
		return nil, err
	}
	lines := strings.Split(text, "\n")
	kind, body, rest, err := decodeBlock(lines)
	if err != nil {
		return nil, fault(Malformed, "The signature's armor is damaged.").because(err)
	}
	if kind != signatureBlock {
		return nil, fault(Malformed, "The signature header holds something else than a signature.", "block", kind)
	}
	if len(rest) > 0 {
		return nil, trailing(rest)
	}
	return body, nil
}

func foreignFormat(text string) error {
	line, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.HasPrefix(line, begin+"SSH SIGNATURE"):
		return fault(UnsupportedSSH, "The commit is signed with an SSH key, which is not supported.")
	case strings.HasPrefix(line, begin+"SIGNED MESSAGE"), strings.HasPrefix(line, begin+"PKCS7"),
		strings.HasPrefix(line, begin+"CMS"):
		return fault(UnsupportedMIME, "The commit is signed with an S/MIME certificate, which is not supported.")
	}
	return nil
}

func trailing(rest []string) error {
	for _, line := range rest {
		if strings.HasPrefix(line, begin) {
			return fault(Many, "The commit's signature header holds more than one block.")
		}
	}
	return fault(Malformed, "Text follows the signature's armor.")
}

// decodeBlock reads the armor block that begins at the first line, and returns the lines behind it.
func decodeBlock(lines []string) (kind string, body []byte, rest []string, err error) {
	kind, err = label(lines[0], begin)
	if err != nil {
		return "", nil, nil, err
	}
	data := lines[1:]
	for i, line := range data {
		if !strings.HasPrefix(line, dashes) {
			continue
		}
		closing, err := label(line, end)
		if err != nil || closing != kind {
			return "", nil, nil, fmt.Errorf("the block %q does not end where it should", kind)
		}
		body, err = decodeBody(data[:i])
		return kind, body, data[i+1:], err
	}
	return "", nil, nil, fmt.Errorf("the block %q has no end", kind)
}

// label is the block's name in a first or last armor line.
func label(line, edge string) (string, error) {
	name, ok := strings.CutPrefix(strings.TrimRight(line, " \t\r"), edge)
	name, closed := strings.CutSuffix(name, dashes)
	if !ok || !closed || name == "" || strings.Contains(name, dashes) {
		return "", errors.New("no armor line where one belongs")
	}
	return name, nil
}

// decodeBody reads what stands between the first and the last line: armor headers, an empty line, base64, checksum.
func decodeBody(lines []string) ([]byte, error) {
	at := 0
	for ; at < len(lines) && strings.Trim(lines[at], " \t\r") != ""; at++ {
		if !strings.Contains(lines[at], ": ") {
			return nil, errors.New("the armor's headers are not followed by an empty line")
		}
	}
	if at == len(lines) {
		return nil, errors.New("the armor has no body")
	}
	var encoded strings.Builder
	var sum string
	for _, line := range lines[at+1:] {
		line = strings.TrimRight(line, " \t\r")
		switch {
		case sum != "":
			return nil, errors.New("data follows the armor's checksum")
		case strings.HasPrefix(line, "="):
			sum = line
		default:
			encoded.WriteString(line)
		}
	}
	return decodeChecked(encoded.String(), sum)
}

func decodeChecked(encoded, sum string) ([]byte, error) {
	strict := base64.StdEncoding.Strict()
	body, err := strict.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("decoding the armor: %w", err)
	}
	if len(body) == 0 {
		return nil, errors.New("the armor is empty")
	}
	if sum == "" {
		return body, nil
	}
	want, err := strict.DecodeString(sum[1:])
	if err != nil || !bytes.Equal(want, crc24(body)) {
		return nil, errors.New("the armor's checksum does not fit")
	}
	return body, nil
}

// crc24 is the checksum of RFC 9580, section 6.1. It finds accidents, not attacks.
func crc24(b []byte) []byte {
	crc := uint32(0xB704CE)
	for _, octet := range b {
		crc ^= uint32(octet) << 16
		for range 8 {
			crc <<= 1
			if crc&0x1000000 != 0 {
				crc ^= 0x1864CFB
			}
		}
	}
	return []byte{byte(crc >> 16), byte(crc >> 8), byte(crc)}
}
