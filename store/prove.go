package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// newOrigin names a ledger unlike any other: a database that was begun anew must not pass for the old one.
func newOrigin() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return "sallyport/" + hex.EncodeToString(b[:])
}

// Checkpoint says how the ledger stands, as a signed note where there is a signer and as its bare text otherwise.
func (s *Store) Checkpoint(ctx context.Context) (ledger.Checkpoint, string, error) {
	c, err := checkpoint(ctx, s.db)
	if err != nil {
		return c, "", wrap("reading the ledger's state", err)
	}
	text, err := c.Sign(s.Signer)
	return c, text, err
}

func checkpoint(ctx context.Context, c conn) (ledger.Checkpoint, error) {
	at, err := readTip(ctx, c)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	size, whole := ledger.SizeOf(at.hashes)
	if !whole {
		return ledger.Checkpoint{}, fmt.Errorf("the ledger is damaged: no tree has %d hashes", at.hashes)
	}
	root, err := rootAt(ctx, c, size)
	return ledger.Checkpoint{Origin: at.origin, Size: size, Root: root}, err
}

// rootAt is the root of the tree as it was at that size, by the stored hashes.
func rootAt(ctx context.Context, c conn, size int64) (tlog.Hash, error) {
	edge, err := readEdge(ctx, c, size)
	if err != nil {
		return tlog.Hash{}, err
	}
	return edge.Root()
}

// Prove gives a row with the proof that it is in the ledger as it now stands.
func (s *Store) Prove(ctx context.Context, id int64) (pull.Entry, ledger.Proof, error) {
	e, p, err := s.prove(ctx, id)
	return e, p, wrap(fmt.Sprintf("proving row %d of the ledger", id), err)
}

func (s *Store) prove(ctx context.Context, id int64) (pull.Entry, ledger.Proof, error) {
	c, text, err := s.Checkpoint(ctx)
	if err != nil {
		return pull.Entry{}, ledger.Proof{}, err
	}
	p := ledger.Proof{Index: id - 1, Size: c.Size, Checkpoint: text}
	if id < 1 || id > c.Size {
		return pull.Entry{}, p, fmt.Errorf("there is no such row")
	}
	rows, err := s.entries(ctx, do(`SELECT `+entryColumns+` FROM ledger WHERE id = $1`, id))
	if err != nil {
		return pull.Entry{}, p, err
	}
	if len(rows) != 1 {
		return pull.Entry{}, p, fmt.Errorf("the ledger is damaged: row %d is missing", id)
	}
	p.Hashes, err = tlog.ProveRecord(c.Size, p.Index, s.hashes(ctx))
	return rows[0], p, err
}

// ProveConsistency gives the hashes by which a newer state of the ledger proves to extend an older one.
func (s *Store) ProveConsistency(ctx context.Context, older, newer int64) ([]tlog.Hash, error) {
	proof, err := tlog.ProveTree(newer, older, s.hashes(ctx))
	return proof, wrap("proving the ledger consistent", err)
}

func (s *Store) hashes(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return readHashes(ctx, s.db, indexes) })
}
