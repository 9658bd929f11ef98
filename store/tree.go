package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// tip is how far rows and hashes reach, at one moment.
type tip struct {
	rows, hashes int64
	last         tlog.Hash // the newest stored hash, which covers the newest row
	now          time.Time
	origin       string
}

func (t tip) ok() bool { return t.hashes == tlog.StoredHashCount(t.rows) }

// read is the statement that fills the tip.
func (t *tip) read() stmt {
	return do(`
SELECT (SELECT coalesce(max(id), 0) FROM ledger), (SELECT coalesce(max(id) + 1, 0) FROM ledger_hashes),
    (SELECT hash FROM ledger_hashes ORDER BY id DESC LIMIT 1), sallyport_now(),
    coalesce((SELECT origin FROM ledger_epochs ORDER BY epoch DESC LIMIT 1), '')`).rows(func(r row) error {
		var now int64
		var last []byte
		err := r.Scan(&t.rows, &t.hashes, &last, &now, &t.origin)
		copy(t.last[:], last)
		t.now = moment(now)
		return err
	})
}

func readTip(ctx context.Context, c conn) (tip, error) {
	var out tip
	err := c.run(ctx, out.read())
	return out, err
}

// grown is what this process remembers of the tree, so that appending need not read it.
type grown struct {
	ledger.Edge
	last tlog.Hash
}

// edge is the tree's growing side. The tip was read with the ledger locked. Rows that came without their hashes, from
// versions that knew no tree, get them first.
func (t *tx) edge(ctx context.Context, at tip) (ledger.Edge, error) {
	if g := t.s.grown.Load(); g != nil && at.ok() && g.Size == at.rows && g.last == at.last {
		return g.Edge, nil
	}
	size, whole := ledger.SizeOf(at.hashes)
	if !whole || size > at.rows {
		return ledger.Edge{}, fmt.Errorf("the ledger is damaged: %d rows and %d hashes; see sallyport ledger verify", at.rows, at.hashes)
	}
	edge, err := readEdge(ctx, t, size)
	if err == nil && size < at.rows {
		edge, err = t.overtake(ctx, edge, at.rows)
	}
	return edge, err
}

// remember keeps the edge for the next writer of this process. Others may have written meanwhile; then it does not fit.
func (t *tx) remember() {
	if t.grown == nil {
		return
	}
	// The newest stored hash is the root of the smallest complete subtree, the last of the edge.
	indexes := ledger.EdgeIndexes(t.grown.Size)
	t.s.grown.Store(&grown{*t.grown, t.grown.Hashes[indexes[len(indexes)-1]]})
}

// overtakeStep bounds how many rows are in memory at once.
const overtakeStep = 1000

// overtake hashes rows that have no hashes yet.
func (t *tx) overtake(ctx context.Context, edge ledger.Edge, rows int64) (ledger.Edge, error) {
	for edge.Size < rows {
		var leaves []tlog.Hash
		from := edge.Size
		err := t.run(ctx, do(`SELECT `+entryColumns+` FROM ledger WHERE id > $1 ORDER BY id LIMIT $2`, from, overtakeStep).rows(func(r row) error {
			var e pull.Entry
			if err := scanEntry(r, &e); err != nil {
				return err
			}
			if e.ID != from+int64(len(leaves))+1 {
				return fmt.Errorf("the ledger is damaged: row %d is missing", from+int64(len(leaves))+1)
			}
			leaf, err := ledger.LeafHash(e)
			leaves = append(leaves, leaf)
			return err
		}))
		if err != nil {
			return edge, err
		}
		next, stored, err := edge.Append(leaves)
		if err != nil {
			return edge, err
		}
		if err := t.run(ctx, storing(edge.Size, stored)...); err != nil {
			return edge, err
		}
		edge = next
	}
	return edge, nil
}

// storing writes the hashes by which a tree of that size grew.
func storing(size int64, hashes []tlog.Hash) []stmt {
	next := tlog.StoredHashCount(size)
	rows := make([][]any, len(hashes))
	for i, h := range hashes {
		rows[i] = []any{next + int64(i), h[:]}
	}
	return inserting("INSERT INTO ledger_hashes (id, hash) VALUES ", rows)
}

// mostRows bounds a statement's length.
const mostRows = 128

// inserting writes rows in few statements. Each takes a power of two of rows, so that there are few texts of them, which
// the database has seen before.
func inserting(into string, rows [][]any) []stmt {
	var out []stmt
	for n := mostRows; n > 0; n /= 2 {
		for len(rows) >= n {
			out = append(out, do(into+places(n, len(rows[0])), slices.Concat(rows[:n]...)...))
			rows = rows[n:]
		}
	}
	return out
}

// places is "($1, $2), ($3, $4)" for two rows of two values.
func places(rows, values int) string {
	var text strings.Builder
	for i := range rows * values {
		switch {
		case i == 0:
			text.WriteString("(")
		case i%values == 0:
			text.WriteString("), (")
		default:
			text.WriteString(", ")
		}
		text.WriteString("$" + strconv.Itoa(i+1))
	}
	return text.String() + ")"
}

func readEdge(ctx context.Context, c conn, size int64) (ledger.Edge, error) {
	edge := ledger.Edge{Size: size, Hashes: map[int64]tlog.Hash{}}
	indexes := ledger.EdgeIndexes(size)
	hashes, err := readHashes(ctx, c, indexes)
	for i := range hashes {
		edge.Hashes[indexes[i]] = hashes[i]
	}
	return edge, err
}

// readHashes reads stored hashes by their indexes, in that order; each must be there.
func readHashes(ctx context.Context, c conn, indexes []int64) ([]tlog.Hash, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	var places strings.Builder
	var args []any
	for i, index := range indexes {
		fmt.Fprintf(&places, ", $%d", i+1)
		args = append(args, index)
	}
	found := map[int64]tlog.Hash{}
	err := c.run(ctx, do(`SELECT id, hash FROM ledger_hashes WHERE id IN (`+places.String()[2:]+`)`, args...).rows(func(r row) error {
		var id int64
		var hash []byte
		if err := r.Scan(&id, &hash); err != nil {
			return err
		}
		if len(hash) != tlog.HashSize {
			return fmt.Errorf("the ledger is damaged: hash %d has %d bytes", id, len(hash))
		}
		found[id] = tlog.Hash(hash)
		return nil
	}))
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := found[index]
		if !ok {
			return nil, fmt.Errorf("the ledger is damaged: hash %d is missing", index)
		}
		out[i] = h
	}
	return out, nil
}

// plant makes sure that the ledger has an origin, and hashes the rows that have none.
func (s *Store) plant(ctx context.Context) error {
	at, err := readTip(ctx, s.db)
	if err != nil || at.origin != "" && at.ok() {
		return err
	}
	return s.inTx(ctx, func(t *tx) error {
		if err := t.lock(ctx, ledgerLock, at.read()); err != nil {
			return err
		}
		if _, err := t.edge(ctx, at); err != nil {
			return err
		}
		return t.run(ctx, do(`
INSERT INTO ledger_epochs (epoch, origin, size, at, replaces) VALUES (1, $1, 0, sallyport_now(), '') ON CONFLICT (epoch) DO NOTHING`, newOrigin()))
	})
}
