package ledger

import (
	"fmt"
	"maps"

	"golang.org/x/mod/sumdb/tlog"
)

// Edge is the growing side of a tree: the roots of its complete subtrees, by storage index. It is all that appending
// and the tree's root need, however many rows lie behind it.
type Edge struct {
	Size   int64
	Hashes map[int64]tlog.Hash
}

// EdgeIndexes lists the storage indexes that the edge of a tree of that size holds.
func EdgeIndexes(size int64) []int64 {
	var out []int64
	for level := 62; level >= 0; level-- {
		if size>>level&1 == 1 {
			out = append(out, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	return out
}

// Append adds leaves and returns the grown edge, with the hashes to be stored, in order, from storage index
// [tlog.StoredHashCount] of the old size on. The old edge stays as it was.
func (e Edge) Append(leaves []tlog.Hash) (Edge, []tlog.Hash, error) {
	known := maps.Clone(e.Hashes)
	if known == nil {
		known = map[int64]tlog.Hash{}
	}
	var stored []tlog.Hash
	next := tlog.StoredHashCount(e.Size)
	for i, leaf := range leaves {
		added, err := tlog.StoredHashesForRecordHash(e.Size+int64(i), leaf, among(known))
		if err != nil {
			return e, nil, fmt.Errorf("growing the tree: %w", err)
		}
		for _, h := range added {
			known[next] = h
			next++
		}
		stored = append(stored, added...)
	}
	grown := Edge{Size: e.Size + int64(len(leaves)), Hashes: map[int64]tlog.Hash{}}
	for _, i := range EdgeIndexes(grown.Size) {
		grown.Hashes[i] = known[i]
	}
	return grown, stored, nil
}

// Root is the hash of the whole tree.
func (e Edge) Root() (tlog.Hash, error) {
	root, err := tlog.TreeHash(e.Size, among(e.Hashes))
	if err != nil {
		return root, fmt.Errorf("computing the root: %w", err)
	}
	return root, nil
}

func among(known map[int64]tlog.Hash) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			h, ok := known[index]
			if !ok {
				return nil, fmt.Errorf("hash %d is missing", index)
			}
			out[i] = h
		}
		return out, nil
	})
}

// SizeOf is the size of the tree that has stored so many hashes; false when no tree has.
func SizeOf(stored int64) (int64, bool) {
	if stored == 0 {
		return 0, true
	}
	level, n := tlog.SplitStoredHashIndex(stored - 1)
	size := (n + 1) << level
	return size, tlog.StoredHashCount(size) == stored
}
