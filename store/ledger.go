package store

import (
	"context"
	"encoding/json"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// noted is a row to be written at the end of the transaction, and what to write knowing its id.
type noted struct {
	entry pull.Entry
	then  func(id int64) stmt
}

// note has the entry written at the end of the transaction.
func (t *tx) note(e pull.Entry) { t.noteThen(e, nil) }

// noteThen does so too, and has a statement made of the row's id run after it.
func (t *tx) noteThen(e pull.Entry, then func(id int64) stmt) {
	t.entries = append(t.entries, noted{e, then})
	t.changed(pull.Key{Repo: e.Repo, Number: e.Pull})
}

// writeEntries numbers the entries without gaps and in the order in which they become visible, which needs one writer
// at a time, and grows the tree over them in the same transaction.
func (t *tx) writeEntries(ctx context.Context) error {
	if len(t.entries) == 0 {
		return nil
	}
	var at tip
	if err := t.lock(ctx, ledgerLock, at.read()); err != nil {
		return wrap("writing the ledger", err)
	}
	return wrap("writing the ledger", t.append(ctx, at))
}

const ledgerLock = "sallyport ledger"

func (t *tx) append(ctx context.Context, at tip) error {
	edge, err := t.edge(ctx, at)
	if err != nil {
		return err
	}
	var after []stmt
	var rows [][]any
	var leaves []tlog.Hash
	for i, n := range t.entries {
		e := n.entry
		e.ID = edge.Size + int64(i) + 1
		if e.At.IsZero() {
			e.At = at.now
		}
		body, err := encode(e.Body)
		if err != nil {
			return err
		}
		// The leaf is made of the digest, so that the body is encoded and hashed once.
		e.At, e.Body, e.Pruned = moment(micros(e.At)), nil, ledger.Digest([]byte(body))
		leaf, err := ledger.LeafHash(e)
		if err != nil {
			return err
		}
		leaves = append(leaves, leaf)
		rows = append(rows, []any{e.ID, e.Kind, e.Repo, e.Pull, micros(e.At), body, e.Pruned})
		if n.then != nil {
			after = append(after, n.then(e.ID))
		}
	}
	grown, stored, err := edge.Append(leaves)
	if err != nil {
		return err
	}
	t.grown = &grown
	batch := inserting("INSERT INTO ledger (id, kind, repo, pull, at, body, digest) VALUES ", rows)
	return t.run(ctx, append(append(batch, storing(edge.Size, stored)...), after...)...)
}

// Append adds an entry to the ledger. ID is given by the ledger, and At too where it is zero.
func (s *Store) Append(ctx context.Context, e pull.Entry) error {
	return s.inTx(ctx, func(t *tx) error { t.note(e); return nil })
}

// Entries lists ledger rows with an id above after, in order, at most limit. Bodies are json.RawMessage, or nil
// where they were removed by age.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]pull.Entry, error) {
	return s.entries(ctx, do(`SELECT `+entryColumns+` FROM ledger WHERE id > $1 ORDER BY id LIMIT $2`, after, limit))
}

// Timeline lists the latest limit ledger rows of one pull request, oldest first. Bodies are json.RawMessage, or nil
// where they were removed by age.
func (s *Store) Timeline(ctx context.Context, k pull.Key, limit int) ([]pull.Entry, error) {
	out, err := s.entries(ctx, do(`
SELECT `+entryColumns+` FROM ledger WHERE repo = $1 AND pull = $2 ORDER BY id DESC LIMIT $3`, k.Repo, k.Number, limit))
	slices.Reverse(out)
	return out, err
}

// History lists a repository's ledger rows with an id below before (0 means all), newest first, at most limit. Bodies are
// json.RawMessage.
func (s *Store) History(ctx context.Context, repo, before int64, limit int) ([]pull.Entry, error) {
	return s.entries(ctx, do(`
SELECT `+entryColumns+` FROM ledger WHERE repo = $1 AND (id < $2 OR CAST($2 AS bigint) = 0) ORDER BY id DESC LIMIT $3`,
		repo, before, limit))
}

// Entry is one row of the ledger; false when there is none of this id. The body is a json.RawMessage.
func (s *Store) Entry(ctx context.Context, id int64) (pull.Entry, bool, error) {
	found, err := s.entries(ctx, do(`SELECT `+entryColumns+` FROM ledger WHERE id = $1`, id))
	if err != nil || len(found) == 0 {
		return pull.Entry{}, false, err
	}
	return found[0], true, nil
}

func (s *Store) entries(ctx context.Context, st stmt) ([]pull.Entry, error) {
	var out []pull.Entry
	err := s.db.run(ctx, st.rows(collect(&out, scanEntry)))
	return out, wrap("reading the ledger", err)
}

const entryColumns = "id, kind, repo, pull, at, body, digest"

func scanEntry(r row, e *pull.Entry) error {
	var at int64
	var body, digest string
	if err := r.Scan(&e.ID, &e.Kind, &e.Repo, &e.Pull, &at, &body, &digest); err != nil {
		return err
	}
	e.At = moment(at)
	if body == "" {
		e.Pruned = digest
		return nil
	}
	e.Body = json.RawMessage(body)
	return nil
}
