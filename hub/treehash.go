package hub

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// prove rebuilds git's own bytes of the tree and checks that they hash to its id, so that a listing which GitHub cut
// short, or a name that lost bytes on the way, cannot pass for the whole.
func (t tree) prove(id string) error {
	raw, err := t.raw()
	if err == nil && hashObject("tree", raw, len(id)) == id {
		return nil
	}
	return permanent("tree-unverifiable", "the listing that GitHub gives of directory %s is not what that id stands for", id)
}

// raw is the tree object's content: mode, name and binary id of each entry, in git's order.
func (t tree) raw() ([]byte, error) {
	sorted := slices.Clone(t)
	slices.SortFunc(sorted, func(a, b entry) int { return cmp.Compare(a.key(), b.key()) })
	var b bytes.Buffer
	for _, e := range sorted {
		id, err := hex.DecodeString(e.id)
		if err != nil {
			return nil, fmt.Errorf("reading the id of an entry: %w", err)
		}
		fmt.Fprintf(&b, "%o %s\x00", uint32(e.mode), e.name)
		b.Write(id)
	}
	return b.Bytes(), nil
}

// key sorts as git does: a directory as if its name ended in a slash.
func (e entry) key() string {
	if e.mode == pull.Directory {
		return e.name + "/"
	}
	return e.name
}

// hashObject is the id of a git object, in the repository's hash: 40 digits are SHA-1, 64 are SHA-256.
func hashObject(kind string, content []byte, digits int) string {
	var h hash.Hash = sha1.New()
	if digits == 2*sha256.Size {
		h = sha256.New()
	}
	fmt.Fprintf(h, "%s %d\x00", kind, len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}
