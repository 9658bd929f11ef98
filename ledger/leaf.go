// Package ledger is the mathematics of the ledger: how a row becomes a leaf of a Merkle tree, and how proofs and signed
// checkpoints of that tree are made and verified. It holds values only; package store keeps the rows and the hashes.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/pull"
)

// Leaf is the canonical encoding of a row, the bytes under its leaf hash. It holds the digest of the body instead of the
// body, so that a row whose body was removed by age still proves what it was, when, and that a body shown later is its own.
func Leaf(e pull.Entry) ([]byte, error) {
	digest, err := BodyDigest(e)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "sallyport ledger row\nid %d\nkind %+q\nrepo %d\npull %d\nat %s\nbody sha256:%s\n",
		e.ID, e.Kind, e.Repo, e.Pull, moment(e.At), digest), nil
}

// moment is a time to the microsecond, as the tables hold it; every row has one.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// BodyDigest is the SHA-256 of the row's body in hexadecimal, also where the body itself is gone.
func BodyDigest(e pull.Entry) (string, error) {
	if e.Pruned != "" {
		raw, err := hex.DecodeString(e.Pruned)
		if err != nil || len(raw) != sha256.Size || strings.ToLower(e.Pruned) != e.Pruned {
			return "", errors.New("the digest of a removed body is not a SHA-256")
		}
		return e.Pruned, nil
	}
	body, err := json.Marshal(e.Body)
	if err != nil {
		return "", fmt.Errorf("encoding the body of a %s row: %w", e.Kind, err)
	}
	return Digest(body), nil
}

// Digest is the SHA-256 of a body as it is stored: JSON as encoding/json writes it, without white space.
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// LeafHash is the hash that stands for the row in the tree. Row 1 is the record with index 0.
func LeafHash(e pull.Entry) (tlog.Hash, error) {
	leaf, err := Leaf(e)
	if err != nil {
		return tlog.Hash{}, err
	}
	return tlog.RecordHash(leaf), nil
}
