package store

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// Audit is what recomputing the ledger from its rows came to.
type Audit struct {
	ledger.Checkpoint
	Pruned  int64 `json:"pruned"`  // rows whose bodies were removed by age
	Checked int   `json:"checked"` // checkpoints from outside that the ledger extends
	Past    int   `json:"past"`    // checkpoints of epochs that an accepted restore has ended
	// Fault is the first thing that is wrong; nil when all holds.
	Fault *Fault `json:"fault,omitempty"`
}

// Fault is where the ledger is not what it should be. Row is 0 where no single row can be named.
type Fault struct {
	Row     int64  `json:"row,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Audit recomputes the whole tree from the rows and compares it with the stored hashes and with checkpoints that were
// kept outside. It is told how many rows are done as it goes.
func (s *Store) Audit(ctx context.Context, outside []ledger.Checkpoint, done func(rows, of int64)) (Audit, error) {
	at, err := readTip(ctx, s.db)
	if err != nil {
		return Audit{}, wrap("reading the ledger", err)
	}
	a := &auditor{s: s, at: at, wanted: map[int64][]ledger.Checkpoint{}}
	a.Origin = at.origin
	if err := a.sort(ctx, outside); err != nil {
		return a.Audit, err
	}
	for a.Fault == nil && a.edge.Size < at.rows {
		if err := a.step(ctx); err != nil {
			return a.Audit, wrap("verifying the ledger", err)
		}
		done(a.edge.Size, at.rows)
	}
	return a.finish()
}

type auditor struct {
	Audit
	s      *Store
	at     tip
	edge   ledger.Edge
	wanted map[int64][]ledger.Checkpoint // by size
}

// sort says of each checkpoint from outside where in the walk it is to be compared.
func (a *auditor) sort(ctx context.Context, outside []ledger.Checkpoint) error {
	for _, c := range outside {
		wrong, err := a.s.differs(ctx, a.at, ledger.Checkpoint{Origin: c.Origin, Size: 0, Root: emptyRoot})
		switch {
		case err != nil:
			return wrap("comparing the ledger with a checkpoint", err)
		case wrong != "":
			a.fault(0, "other-ledger", fmt.Sprintf("a checkpoint is of %s, and this is %s", c.Origin, a.at.origin))
		case c.Origin != a.at.origin:
			a.Past++
		case c.Size > a.at.rows:
			a.fault(0, "rolled-back", fmt.Sprintf("the ledger has %d rows, and a checkpoint says it had %d", a.at.rows, c.Size))
		default:
			a.wanted[c.Size] = append(a.wanted[c.Size], c)
		}
	}
	a.compare()
	return nil
}

var emptyRoot, _ = ledger.Edge{}.Root()

// fault keeps the first one.
func (a *auditor) fault(row int64, code, message string) {
	if a.Fault == nil {
		a.Fault = &Fault{row, code, message}
	}
}

// step walks over the next rows and the hashes that they stored.
func (a *auditor) step(ctx context.Context) error {
	rows, err := a.s.Entries(ctx, a.edge.Size, overtakeStep)
	if err != nil {
		return err
	}
	stored, err := a.stored(ctx, int64(len(rows)))
	if err != nil {
		return err
	}
	for _, e := range rows {
		if e.ID > a.at.rows || a.Fault != nil {
			break // written meanwhile
		}
		a.row(e, stored)
	}
	if len(rows) == 0 {
		a.fault(a.edge.Size+1, "row-missing", "the row is missing")
	}
	return nil
}

func (a *auditor) stored(ctx context.Context, rows int64) (map[int64]tlog.Hash, error) {
	out := map[int64]tlog.Hash{}
	from, to := tlog.StoredHashCount(a.edge.Size), tlog.StoredHashCount(a.edge.Size+rows)
	err := a.s.db.run(ctx, do(`SELECT id, hash FROM ledger_hashes WHERE id >= $1 AND id < $2`, from, to).rows(func(r row) error {
		var id int64
		var hash []byte
		if err := r.Scan(&id, &hash); err != nil {
			return err
		}
		if len(hash) == tlog.HashSize {
			out[id] = tlog.Hash(hash)
		}
		return nil
	}))
	return out, err
}

func (a *auditor) row(e pull.Entry, stored map[int64]tlog.Hash) {
	if e.ID != a.edge.Size+1 {
		a.fault(a.edge.Size+1, "row-missing", "the row is missing")
		return
	}
	if body, ok := e.Body.(json.RawMessage); ok && !json.Valid(body) {
		a.fault(e.ID, "row-changed", "the row's body is not what was written")
		return
	}
	leaf, err := ledger.LeafHash(e)
	if err != nil {
		a.fault(e.ID, "row-changed", err.Error())
		return
	}
	grown, added, err := a.edge.Append([]tlog.Hash{leaf})
	if err != nil {
		a.fault(e.ID, "row-changed", err.Error())
		return
	}
	for i, h := range added {
		have, ok := stored[tlog.StoredHashCount(a.edge.Size)+int64(i)]
		switch {
		case !ok:
			a.fault(e.ID, "hash-missing", "a hash that the row stored is missing")
		case have != h && i == 0:
			a.fault(e.ID, "row-changed", "the row is not what was written: its hash does not fit")
		case have != h:
			a.fault(e.ID, "hash-changed", "a hash over this row and others before it was changed")
		}
	}
	if e.Pruned != "" {
		a.Pruned++
	}
	a.edge = grown
	a.compare()
}

// compare holds the tree, as far as it has been walked, to the checkpoints of that size.
func (a *auditor) compare() {
	for _, c := range a.wanted[a.edge.Size] {
		root, err := a.edge.Root()
		if err != nil || root != c.Root {
			a.fault(0, "rewritten", fmt.Sprintf("the first %d rows are not what they were when a checkpoint of them was made", c.Size))
			return
		}
		a.Checked++
	}
}

func (a *auditor) finish() (Audit, error) {
	if a.Fault == nil && !a.at.ok() {
		a.fault(0, "hash-surplus", fmt.Sprintf("there are %d hashes for %d rows", a.at.hashes, a.at.rows))
	}
	var err error
	a.Size = a.edge.Size
	a.Root, err = a.edge.Root()
	return a.Audit, err
}
