package signature

import (
	"errors"
	"fmt"
	"strings"
)

const (
	publicBlock = "PGP PUBLIC KEY BLOCK"
	// maxKeyFile bounds one file of the keyring.
	maxKeyFile = 4 << 20
)

// keyBlocks gives the packets of every armored public key block of a text. Other text around the blocks is a
// comment; a line that looks like armor and is not where armor belongs is an error, since a key may hide behind it.
func keyBlocks(text string) ([]rawPacket, error) {
	if len(text) > maxKeyFile {
		return nil, errors.New("it is larger than 4 MiB")
	}
	var all []rawPacket
	lines := strings.Split(text, "\n")
	for len(lines) > 0 {
		if !strings.HasPrefix(lines[0], dashes) {
			lines = lines[1:]
			continue
		}
		packets, rest, err := keyBlock(lines)
		if err != nil {
			return nil, err
		}
		all, lines = append(all, packets...), rest
	}
	if len(all) == 0 {
		return nil, errors.New("it holds no armored public key")
	}
	return all, nil
}

func keyBlock(lines []string) (packets []rawPacket, rest []string, err error) {
	kind, body, rest, err := decodeBlock(lines)
	if err != nil {
		return nil, nil, err
	}
	if kind != publicBlock {
		return nil, nil, fmt.Errorf("it holds a block %q, and only public keys belong in a keyring", kind)
	}
	packets, err = splitPackets(body)
	return packets, rest, err
}
