package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// benchEntry is a verdict's row as passes write them: some 2 kB of reasons.
func benchEntry() pull.Entry {
	reasons := make([]pull.Reason, 8)
	for i := range reasons {
		reasons[i] = pull.Reason{Code: "approved", State: pull.Pass, Message: "The rule that governs prod/** has the approval of an admin, who reviewed this head.",
			Evidence: map[string]string{"rule": "production needs an admin", "by": "ana", "commit": "0123456789012345678901234567890123456789"}}
	}
	return pull.Entry{Kind: "verdict", Repo: 1, Pull: 2, Body: pull.Verdict{Gate: pull.GateApproval, State: pull.Pass, Reasons: reasons}}
}

// appending writes rows in transactions of so many, with their hashes or as plain rows of the same bytes.
func appending(b *testing.B, url string, each int, plain bool) {
	s, err := Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.db.run(b.Context(), do(`CREATE TABLE plain (id bigint PRIMARY KEY, kind text, repo bigint, pull integer, at bigint, body text)`)); err != nil {
		b.Fatal(err)
	}
	n := int64(0)
	ctx := context.Background()
	for b.Loop() {
		err := s.inTx(ctx, func(t *tx) error {
			if plain {
				if err := t.lock(ctx, ledgerLock); err != nil {
					return err
				}
			}
			var batch []stmt
			for range each {
				e := benchEntry()
				if !plain {
					t.note(e)
					continue
				}
				body, err := encode(e.Body)
				if err != nil {
					return err
				}
				n++
				batch = append(batch, do(`INSERT INTO plain (id, kind, repo, pull, at, body) VALUES ($1, $2, $3, $4, $5, $6)`, n, e.Kind, e.Repo, e.Pull, 0, body))
			}
			return t.run(ctx, batch...)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkLedgerAppend compares appending to the ledger, tree and all, with inserting the same bytes as plain rows under
// the same lock: one row a transaction, as most are, and a hundred.
func BenchmarkLedgerAppend(b *testing.B) {
	databases := map[string]func(*testing.B) string{
		"Postgres": durable,
		"SQLite":   func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "sallyport.db") },
	}
	for name, database := range databases {
		for _, size := range []struct {
			name string
			each int
		}{{"One", 1}, {"Hundred", 100}} {
			b.Run(name+"/"+size.name+"/Tree", func(b *testing.B) { appending(b, database(b), size.each, false) })
			b.Run(name+"/"+size.name+"/Plain", func(b *testing.B) { appending(b, database(b), size.each, true) })
		}
	}
}
