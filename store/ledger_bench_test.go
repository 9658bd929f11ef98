package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

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

// writer is a transaction of so many rows.
type writer func(ctx context.Context, each int) error

// plainly writes the same bytes under the same lock as rows of a table that is nobody's ledger.
func plainly(b *testing.B, s *Store) writer {
	if err := s.db.run(b.Context(), do(`CREATE TABLE plain (id bigint PRIMARY KEY, kind text, repo bigint, pull integer, at bigint, body text)`)); err != nil {
		b.Fatal(err)
	}
	n := int64(0)
	return func(ctx context.Context, each int) error {
		return s.inTx(ctx, func(t *tx) error {
			if err := t.lock(ctx, ledgerLock); err != nil {
				return err
			}
			var batch []stmt
			for range each {
				e := benchEntry()
				body, err := encode(e.Body)
				if err != nil {
					return err
				}
				n++
				batch = append(batch, do(`INSERT INTO plain (id, kind, repo, pull, at, body) VALUES ($1, $2, $3, $4, $5, $6)`, n, e.Kind, e.Repo, e.Pull, 0, body))
			}
			return t.run(ctx, batch...)
		})
	}
}

func noting(s *Store) writer {
	return func(ctx context.Context, each int) error {
		return s.inTx(ctx, func(t *tx) error {
			for range each {
				t.note(benchEntry())
			}
			return nil
		})
	}
}

// appending writes to the ledger and to a plain table in turn, so that whatever else the machine does slows both.
func appending(b *testing.B, url string, each int) {
	s, err := Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	writers := []writer{noting(s), plainly(b, s)}
	took := make([]time.Duration, len(writers))
	for b.Loop() {
		for i, write := range writers {
			began := time.Now()
			if err := write(b.Context(), each); err != nil {
				b.Fatal(err)
			}
			took[i] += time.Since(began)
		}
	}
	rows := float64(b.N * each)
	b.ReportMetric(rows/took[0].Seconds(), "tree-rows/s")
	b.ReportMetric(rows/took[1].Seconds(), "plain-rows/s")
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
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
			b.Run(name+"/"+size.name, func(b *testing.B) { appending(b, database(b), size.each) })
		}
	}
}
