package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows that a row is in the ledger of a checkpoint. Index counts from 0: it is the row's id less one.
type Proof struct {
	Index      int64       `json:"index"`
	Size       int64       `json:"size"`
	Hashes     []tlog.Hash `json:"hashes"`
	Checkpoint string      `json:"checkpoint"` // a signed note
}

// VerifyInclusion verifies the checkpoint's signature, and that the leaf is in its tree where the proof says.
func VerifyInclusion(leaf []byte, p Proof, v note.Verifier) error {
	c, err := Open(p.Checkpoint, v)
	if err != nil {
		return err
	}
	if c.Size != p.Size {
		return fmt.Errorf("the proof is for a ledger of %d rows, its checkpoint for one of %d", p.Size, c.Size)
	}
	return c.Includes(leaf, p)
}

// Includes verifies the proof against a checkpoint that is believed already.
func (c Checkpoint) Includes(leaf []byte, p Proof) error {
	if p.Index < 0 || p.Index >= c.Size {
		return fmt.Errorf("row %d cannot be in a ledger of %d rows", p.Index+1, c.Size)
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, tlog.RecordHash(leaf)); err != nil {
		return fmt.Errorf("row %d is not in the ledger of the checkpoint: %w", p.Index+1, err)
	}
	return nil
}

// Extends verifies that this checkpoint's ledger begins with all rows of the older one's, unchanged.
func (c Checkpoint) Extends(older Checkpoint, proof []tlog.Hash) error {
	switch {
	case c.Origin != older.Origin:
		return fmt.Errorf("%s and %s are different ledgers", older.Origin, c.Origin)
	case older.Size > c.Size:
		return fmt.Errorf("the ledger has %d rows and had %d", c.Size, older.Size)
	case older.Size == 0:
		return nil // every ledger extends the empty one
	}
	if err := tlog.CheckTree(proof, c.Size, c.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("the first %d rows are not what they were: %w", older.Size, err)
	}
	return nil
}
