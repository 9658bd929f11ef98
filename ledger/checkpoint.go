package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says how a ledger stood: Origin names the ledger and its epoch, Size counts its rows, Root is their hash.
type Checkpoint struct {
	Origin string    `json:"origin"`
	Size   int64     `json:"size"`
	Root   tlog.Hash `json:"root"`
}

// Text is the checkpoint's body as the signed-note world writes it: origin, size and root, a line each.
func (c Checkpoint) Text() string { return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root) }

// Sign makes a signed note of the checkpoint. Without a signer it is the bare text, which convinces nobody but its keeper.
func (c Checkpoint) Sign(signer note.Signer) (string, error) {
	if signer == nil {
		return c.Text(), nil
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signer)
	if err != nil {
		return "", fmt.Errorf("signing a checkpoint: %w", err)
	}
	return string(signed), nil
}

// ErrUnsigned says that a checkpoint carries no signature at all.
var ErrUnsigned = errors.New("the checkpoint is not signed")

// Open verifies a signed checkpoint. At least one signature must be good by a key of v; a bad one under a known key's name
// spoils the whole.
func Open(text string, v note.Verifier) (Checkpoint, error) {
	if !strings.Contains(text, "\n\n") {
		return Checkpoint{}, ErrUnsigned
	}
	if v == nil {
		return Checkpoint{}, errors.New("there is no public key to verify the checkpoint with")
	}
	n, err := note.Open([]byte(text), verifiers(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verifying a checkpoint: %w", err)
	}
	return Parse(n.Text)
}

// Parse reads a checkpoint's text without believing it: signatures below it are passed over. Lines behind the third are
// extensions, which nobody here knows.
func Parse(text string) (Checkpoint, error) {
	body, _, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, errors.New("a checkpoint has three lines: origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%q is no size of a ledger", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("%q is no root of a ledger", lines[2])
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}, nil
}
