package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // opens PostgreSQL as an earlier version would
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// earlier is a database as one version left it.
type earlier struct {
	t      *testing.T
	url    string
	db     *sql.DB
	dollar bool // PostgreSQL
}

// ledgerRows are enough for the tree to have more than one level of tiles' edges.
const ledgerRows = 21

// TestEveryEarlierVersionIsBroughtUpToDate lets this version start on a database of every earlier one, with rows in all of its
// tables: they are as they were, the ledger is proved and goes on, and a program of that version could write on meanwhile.
func TestEveryEarlierVersionIsBroughtUpToDate(t *testing.T) {
	for _, kind := range []string{"Postgres", "SQLite"} {
		versions := versionsOf(t, strings.ToLower(kind))
		if len(versions) < 2 {
			t.Fatalf("%s has no earlier version", kind)
		}
		for _, version := range versions[:len(versions)-1] {
			t.Run(fmt.Sprintf("%s/%d", kind, version), func(t *testing.T) {
				e := &earlier{t: t, url: "sqlite:" + filepath.Join(t.TempDir(), "sallyport.db")}
				if kind == "Postgres" {
					e.url, e.dollar = pgtest.Database(t), true
				}
				e.upgrade(version)
			})
		}
	}
}

func (e *earlier) upgrade(version int64) {
	e.make(version)
	tables := e.tables()
	for _, table := range tables {
		e.fill(table, 1)
	}
	before := e.contents(tables)
	e.close()
	s, err := Open(e.t.Context(), e.url, slog.New(slog.DiscardHandler))
	if err != nil {
		e.t.Fatal(err)
	}
	e.proved(s)
	if err := s.Close(); err != nil {
		e.t.Fatal(err)
	}
	e.open()
	defer e.close()
	if diff := cmp.Diff(before, e.contents(tables)); diff != "" {
		e.t.Errorf("what was there is otherwise (-before +after):\n%s", diff)
	}
	for _, table := range tables { // and a program of that version, which knows these columns, is still running
		e.fill(table, 1000)
	}
}

// proved holds the ledger to be whole, each of its rows to be provable, and it to go on.
func (e *earlier) proved(s *Store) {
	if err := s.Append(e.t.Context(), pull.Entry{Kind: "verdict", Repo: 1, Pull: 2, Body: "after"}); err != nil {
		e.t.Fatal(err)
	}
	for id := int64(1); id <= ledgerRows+1; id++ {
		if err := proved(e.t, s, id); err != nil {
			e.t.Errorf("row %d: %v", id, err)
		}
	}
	if audit, err := s.Audit(e.t.Context(), nil, func(int64, int64) {}); err != nil || audit.Fault != nil || audit.Size != ledgerRows+1 {
		e.t.Errorf("audit: %+v, %v", audit, err)
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

func versionsOf(t *testing.T, folder string) (versions []int64) {
	t.Helper()
	for _, source := range provider(t, goose.DialectSQLite3, nil, folder).ListSources() {
		versions = append(versions, source.Version)
	}
	return versions
}

func provider(t *testing.T, dialect goose.Dialect, db *sql.DB, folder string) *goose.Provider {
	t.Helper()
	if db == nil {
		var err error
		if db, err = sql.Open("sqlite", ":memory:"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
	}
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithTableName("sallyport_migrations"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// make has the tables of a version made, and rows written to its ledger: by the statements of the first version, which knew no
// tree, or by those of the later ones.
func (e *earlier) make(version int64) {
	e.t.Helper()
	e.open()
	quietly := slog.New(slog.DiscardHandler)
	dialect, folder := goose.DialectSQLite3, "sqlite"
	var db backend = &sqliteDB{db: e.db, bell: newBell()}
	queue := func() error { return migrateRiver[*sql.Tx](e.t.Context(), riversqlite.New(e.db), quietly) }
	if e.dollar {
		pool, err := pgxpool.New(e.t.Context(), e.url)
		if err != nil {
			e.t.Fatal(err)
		}
		defer pool.Close()
		dialect, folder, db = goose.DialectPostgres, "postgres", &postgresDB{pool: pool, bell: newBell(), news: newSpreader(pool, "", quietly), log: quietly}
		queue = func() error { return migrateRiver[pgx.Tx](e.t.Context(), riverpgxv5.New(pool), quietly) }
	}
	if err := queue(); err != nil {
		e.t.Fatal(err)
	}
	if _, err := provider(e.t, dialect, e.db, folder).UpTo(e.t.Context(), version); err != nil {
		e.t.Fatal(err)
	}
	if version == 1 {
		for id := 1; id <= ledgerRows; id++ {
			e.exec(`INSERT INTO ledger (id, kind, repo, pull, at, body) VALUES ($1, 'verdict', 1, 2, $2, '{"gate":"approval"}')`, id, 1000*id)
		}
		return
	}
	s := &Store{db: db, audience: newAudience(), log: quietly}
	if err := s.plant(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
	for i := range ledgerRows {
		if err := s.Append(e.t.Context(), pull.Entry{Kind: "verdict", Repo: 1, Body: i}); err != nil {
			e.t.Fatal(err)
		}
	}
}

func (e *earlier) open() {
	e.t.Helper()
	driver, source := "pgx", e.url
	if path, ok := strings.CutPrefix(e.url, "sqlite:"); ok {
		clockOnce()
		driver, source = "sqlite", path
	}
	var err error
	if e.db, err = sql.Open(driver, source); err != nil {
		e.t.Fatal(err)
	}
	e.db.SetMaxOpenConns(1)
}

func (e *earlier) close() {
	e.t.Helper()
	if err := e.db.Close(); err != nil {
		e.t.Fatal(err)
	}
}

func (e *earlier) exec(text string, args ...any) {
	e.t.Helper()
	if _, err := e.db.ExecContext(context.Background(), text, args...); err != nil {
		e.t.Errorf("%s: %v", text, err)
	}
}
