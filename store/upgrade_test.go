package store

import (
	"database/sql"
	"io/fs"
	"log/slog"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // opens PostgreSQL for the first version's tables
	"github.com/pressly/goose/v3"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// firstVersion makes the tables of the first version, which knew no tree, with rows in its ledger.
func firstVersion(t *testing.T, dialect goose.Dialect, driver, source, folder string, rows int) {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithTableName("sallyport_migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= rows; id++ {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO ledger (id, kind, repo, pull, at, body) VALUES ($1, 'verdict', 1, 2, $2, '{"gate":"approval"}')`, id, 1000*id); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Rows of a version that knew no tree are leaves of it afterwards, and later ones follow them.
func TestALedgerOfTheFirstVersionIsProvedAfterTheUpgrade(t *testing.T) {
	const rows = 21
	for name, prepare := range map[string]func(*testing.T) string{
		"Postgres": func(t *testing.T) string {
			url := pgtest.Database(t)
			firstVersion(t, goose.DialectPostgres, "pgx", url, "postgres", rows)
			return url
		},
		"SQLite": func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "sallyport.db")
			firstVersion(t, goose.DialectSQLite3, "sqlite", path, "sqlite", rows)
			return "sqlite:" + path
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), prepare(t), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			if err := s.Append(t.Context(), pull.Entry{Kind: "verdict", Repo: 1, Pull: 2, Body: "after"}); err != nil {
				t.Fatal(err)
			}
			for id := int64(1); id <= rows+1; id++ {
				if err := proved(t, s, id); err != nil {
					t.Errorf("row %d: %v", id, err)
				}
			}
			if audit, err := s.Audit(t.Context(), nil, func(int64, int64) {}); err != nil || audit.Fault != nil || audit.Size != rows+1 {
				t.Errorf("audit: %+v, %v", audit, err)
			}
		})
	}
}

func proved(t *testing.T, s *Store, id int64) error {
	e, proof, err := s.Prove(t.Context(), id)
	if err != nil {
		return err
	}
	c, err := ledger.Parse(proof.Checkpoint)
	if err != nil {
		return err
	}
	leaf, err := ledger.Leaf(e)
	if err != nil {
		return err
	}
	return c.Includes(leaf, proof)
}
