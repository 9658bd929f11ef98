package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// note has the entry written at the end of the transaction.
func (t *tx) note(e pull.Entry) {
	t.entries = append(t.entries, e)
	t.changed(pull.Key{Repo: e.Repo, Number: e.Pull})
}

// writeEntries numbers the entries without gaps and in the order in which they become visible, which needs one writer
// at a time.
func (t *tx) writeEntries(ctx context.Context) error {
	if len(t.entries) == 0 {
		return nil
	}
	if err := t.lock(ctx, "sallyport ledger"); err != nil {
		return wrap("locking the ledger", err)
	}
	var batch []stmt
	for _, e := range t.entries {
		body, err := encode(e.Body)
		if err != nil {
			return err
		}
		batch = append(batch, do(`
INSERT INTO ledger (id, kind, repo, pull, at, body)
SELECT coalesce(max(id), 0) + 1, CAST($1 AS text), CAST($2 AS bigint), CAST($3 AS integer),
    CASE WHEN CAST($4 AS bigint) = 0 THEN sallyport_now() ELSE CAST($4 AS bigint) END, CAST($5 AS text) FROM ledger`,
			e.Kind, e.Repo, e.Pull, micros(e.At), body))
	}
	return wrap("writing the ledger", t.run(ctx, batch...))
}

// Append adds an entry to the ledger. ID is given by the ledger, and At too where it is zero.
func (s *Store) Append(ctx context.Context, e pull.Entry) error {
	return s.inTx(ctx, func(t *tx) error { t.note(e); return nil })
}

// Entries lists ledger rows with an id above after, in order, at most limit. Bodies are json.RawMessage.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]pull.Entry, error) {
	return s.entries(ctx, do(`SELECT id, kind, repo, pull, at, body FROM ledger WHERE id > $1 ORDER BY id LIMIT $2`, after, limit))
}

// Timeline lists the latest limit ledger rows of one pull request, oldest first. Bodies are json.RawMessage.
func (s *Store) Timeline(ctx context.Context, k pull.Key, limit int) ([]pull.Entry, error) {
	out, err := s.entries(ctx, do(`
SELECT id, kind, repo, pull, at, body FROM ledger WHERE repo = $1 AND pull = $2 ORDER BY id DESC LIMIT $3`, k.Repo, k.Number, limit))
	slices.Reverse(out)
	return out, err
}

// History lists a repository's ledger rows with an id below before (0 means all), newest first, at most limit. Bodies are
// json.RawMessage.
func (s *Store) History(ctx context.Context, repo, before int64, limit int) ([]pull.Entry, error) {
	return s.entries(ctx, do(`
SELECT id, kind, repo, pull, at, body FROM ledger WHERE repo = $1 AND (id < $2 OR CAST($2 AS bigint) = 0) ORDER BY id DESC LIMIT $3`,
		repo, before, limit))
}

// Entry is one row of the ledger; false when there is none of this id. The body is a json.RawMessage.
func (s *Store) Entry(ctx context.Context, id int64) (pull.Entry, bool, error) {
	found, err := s.entries(ctx, do(`SELECT id, kind, repo, pull, at, body FROM ledger WHERE id = $1`, id))
	if err != nil || len(found) == 0 {
		return pull.Entry{}, false, err
	}
	return found[0], true, nil
}

func (s *Store) entries(ctx context.Context, st stmt) ([]pull.Entry, error) {
	var out []pull.Entry
	err := s.db.run(ctx, st.rows(collect(&out, func(r row, e *pull.Entry) error {
		var at int64
		var body string
		if err := r.Scan(&e.ID, &e.Kind, &e.Repo, &e.Pull, &at, &body); err != nil {
			return err
		}
		e.At, e.Body = moment(at), json.RawMessage(body)
		return nil
	})))
	return out, wrap("reading the ledger", err)
}

// verdictEntry is the body of a ledger entry "verdict": what was judged, and how.
type verdictEntry struct {
	State    string         `json:"state"`
	Next     string         `json:"next"`
	Head     string         `json:"head"`
	Branch   string         `json:"branch"`
	Base     string         `json:"base"`
	Merge    string         `json:"merge"`
	Policy   string         `json:"policy"`
	Landed   string         `json:"landed,omitempty"`
	Verdicts []pull.Verdict `json:"verdicts"`
	// The rest of what was judged, so that the decision can be shown later as it was.
	Title      string        `json:"title,omitempty"`
	Author     pull.Account  `json:"author"`
	PolicyPath string        `json:"policy_path,omitempty"`
	Content    string        `json:"content,omitempty"`
	Reviews    []pull.Review `json:"reviews,omitempty"`
}

func verdictsOf(r pull.Record) verdictEntry {
	q := r.Request
	return verdictEntry{State: r.State, Next: r.Next, Head: q.Head.SHA, Branch: q.Base.Branch, Base: q.Base.SHA,
		Merge: cmp.Or(r.MergeSHA, q.Test.SHA), Policy: q.Policy.Blob, Landed: r.LandedSHA, Verdicts: r.Verdicts,
		Title: q.Title, Author: q.Author, PolicyPath: q.Policy.Path, Content: q.Content, Reviews: wordless(q.Reviews)}
}

// wordless leaves out what people wrote in their reviews: who said what of which commit is all that counts.
func wordless(reviews []pull.Review) []pull.Review {
	out := slices.Clone(reviews)
	for i := range out {
		out[i].Body = ""
	}
	return out
}
