package verify

import (
	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport/ledger"
)

// growth is what attestations prove of how the ledger grew: each leads on from the one that was written before it.
type growth struct {
	from   map[ledger.Checkpoint]ledger.Checkpoint
	faults map[*Commit]error // the proofs that prove nothing
}

func growthOf(chain []*Commit, keys note.Verifier) growth {
	g := growth{from: map[ledger.Checkpoint]ledger.Checkpoint{}, faults: map[*Commit]error{}}
	for _, c := range chain {
		if c.landing == nil || c.landing.Ledger.Since == nil {
			continue
		}
		now, err := ledger.Parse(c.landing.Ledger.Proof.Checkpoint)
		if err != nil {
			continue // it proves nothing of its own landing either, which is said there
		}
		old, err := ledger.Open(c.landing.Ledger.Since.Checkpoint, keys)
		if err == nil && old.Origin == now.Origin {
			err = now.Extends(old, c.landing.Ledger.Since.Hashes)
		}
		switch {
		case err != nil:
			g.faults[c] = err
		case old.Origin == now.Origin && old.Size < now.Size:
			g.from[now] = old
		}
	}
	return g
}

// leads reports whether a ledger is proved to lead on from another, or is the same.
func (g growth) leads(now, old ledger.Checkpoint) bool {
	for now.Size > old.Size {
		next, ok := g.from[now]
		if !ok {
			return false
		}
		now = next // each is smaller than the one before
	}
	return now == old
}
