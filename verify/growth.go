package verify

import (
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// growth is what attestations prove of how the ledger grew: each leads on from the one that was written before it.
type growth struct {
	keys   note.Verifier
	from   map[ledger.Checkpoint][]ledger.Checkpoint
	faults map[*Commit]error // the proofs that prove nothing
	wide   bool              // the attestations of other branches were read too
}

func growthOf(chain []*Commit, keys note.Verifier) growth {
	g := growth{keys: keys, from: map[ledger.Checkpoint][]ledger.Checkpoint{}, faults: map[*Commit]error{}}
	for _, c := range chain {
		if c.landing == nil {
			continue
		}
		if err := g.add(c.landing.Ledger); err != nil {
			g.faults[c] = err
		}
	}
	return g
}

// add takes one proof, which is mathematics between two checkpoints: whose landing carries it does not matter.
func (g *growth) add(in attest.Inclusion) error {
	if in.Since == nil {
		return nil
	}
	now, err := ledger.Parse(in.Proof.Checkpoint)
	if err != nil {
		return nil // it proves nothing of its own landing either, which is said there
	}
	old, err := ledger.Open(in.Since.Checkpoint, g.keys)
	if err != nil || old.Origin != now.Origin {
		return err
	}
	if err := now.Extends(old, in.Since.Hashes); err != nil {
		return err
	}
	if old.Size < now.Size && !slices.Contains(g.from[now], old) {
		g.from[now] = append(g.from[now], old)
	}
	return nil
}

// leads reports whether a ledger is proved to lead on from another, or is the same.
func (g *growth) leads(now, old ledger.Checkpoint) bool {
	seen := map[ledger.Checkpoint]bool{}
	for open := []ledger.Checkpoint{now}; len(open) > 0; {
		next := open[len(open)-1]
		open = open[:len(open)-1]
		switch {
		case next == old:
			return true
		case next.Size > old.Size && !seen[next]: // each is smaller than the one before
			seen[next] = true
			open = append(open, g.from[next]...)
		}
	}
	return false
}

// leads asks the attestations of this branch, and where they do not tell, those of all others: one note may lead on from
// another branch's.
func (v *run) leads(now, old ledger.Checkpoint) bool {
	if now.Size < old.Size || v.growth.leads(now, old) {
		return now.Size >= old.Size
	}
	if !v.growth.wide && v.notes.tree != "" {
		v.growth.wide = true
		v.everyNote(v.notes.tree, 0)
	}
	return v.growth.leads(now, old)
}

// everyNote takes the proofs of all notes. One that is not ours or cannot be read proves nothing.
func (v *run) everyNote(tree string, depth int) {
	list, err := v.git.Tree(tree)
	if err != nil || depth > 20 {
		return
	}
	for _, e := range list {
		if e.Mode == pull.Directory {
			v.everyNote(e.ID, depth+1)
			continue
		}
		text, err := v.git.Blob(e.ID)
		if err != nil {
			continue
		}
		sealed, err := attest.Open(text, v.bot)
		if err != nil {
			continue
		}
		if l, err := attest.Decode(sealed.Text); err == nil {
			_ = v.growth.add(l.Ledger) // one that proves nothing leads nowhere
		}
	}
}
