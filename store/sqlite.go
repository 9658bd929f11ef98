package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"modernc.org/sqlite"

	"github.com/sallyport/sallyport/pull"
)

// sqliteDB is one SQLite file, held exclusively. A single connection carries everything: SQLite has one writer anyway,
// and River's maintainers advise it, since a second connection only adds "database is locked" errors.
type sqliteDB struct {
	db   *sql.DB
	bell *bell
}

// clockOnce registers sallyport_now, which is per program, not per file.
var clockOnce = sync.OnceFunc(func() {
	sqlite.MustRegisterScalarFunction("sallyport_now", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		return time.Now().UnixMicro(), nil
	})
})

func openSQLite(ctx context.Context, path string, log *slog.Logger) (backend, error) {
	clockOnce()
	if err := ownerOnly(path); err != nil {
		return nil, fmt.Errorf("preparing the database file: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteDSN(path))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := migrateSQLite(ctx, db, log); err != nil {
		return nil, errors.Join(occupied(path, err), db.Close())
	}
	return &sqliteDB{db: db, bell: newBell()}, nil
}

// ownerOnly creates the file before SQLite does, because SQLite would make it readable by all. The side files that
// SQLite adds copy its mode.
func ownerOnly(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// sqliteDSN asks for a database that survives loss of power (FULL) and that no other process can open (EXCLUSIVE):
// running jobs found at start are then known to be orphans.
func sqliteDSN(path string) string {
	pragmas := url.Values{"_pragma": {
		"busy_timeout(1000)", "locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
	}}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: pragmas.Encode()}).String()
}

func occupied(path string, err error) error {
	const busy = 5 // SQLITE_BUSY, in the low byte of the extended codes
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == busy {
		return fmt.Errorf("%s is in use by another process: %w", path, err)
	}
	return fmt.Errorf("bringing %s up to date: %w", path, err)
}

func (d *sqliteDB) close() error { return d.db.Close() }

func (d *sqliteDB) run(ctx context.Context, stmts ...stmt) error { return sqlRun(ctx, d.db, stmts) }

func (d *sqliteDB) inTx(ctx context.Context, fn func(session) error) error {
	t, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	if err := fn(sqliteTx{t}); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.Commit()
}

func (d *sqliteDB) atomic(ctx context.Context, stmts ...stmt) error {
	return d.inTx(ctx, func(t session) error { return t.run(ctx, stmts...) })
}

func (*sqliteDB) known(err error) bool {
	const primaryKey = 1555 // SQLITE_CONSTRAINT_PRIMARYKEY
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == primaryKey && strings.Contains(e.Error(), "inbox.id")
}

func (d *sqliteDB) ring(queue string) { d.bell.ring(queue) }

// spread has nobody to tell: there is only this process.
func (d *sqliteDB) spread([]pull.Key) {}

func (d *sqliteDB) newQueue(config *river.Config) (queue, error) {
	return river.NewClient(&sqliteDriver{riversqlite.New(d.db), d, newFairness()}, config)
}

// sqliteDriver is River's, except that news of jobs travels in memory, for there is only this process, and that passes are
// taken by turns.
type sqliteDriver struct {
	*riversqlite.Driver
	db   *sqliteDB
	fair *fairness
}

func (d *sqliteDriver) GetExecutor() riverdriver.Executor {
	return &fairExecutor{d.Driver.GetExecutor(), d.db, d.fair}
}

func (d *sqliteDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return &bellListener{bell: d.db.bell}
}

type sqliteTx struct{ *sql.Tx }

func (t sqliteTx) run(ctx context.Context, stmts ...stmt) error { return sqlRun(ctx, t.Tx, stmts) }

// lock has nothing to do: a SQLite transaction has the only connection.
func (t sqliteTx) lock(ctx context.Context, _ string, then ...stmt) error { return t.run(ctx, then...) }

func (t sqliteTx) complete(ctx context.Context, job *river.Job[passArgs]) error {
	_, err := river.JobCompleteTx[*sqliteDriver](ctx, t.Tx, job)
	return err
}

type sqlQuerier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

func sqlRun(ctx context.Context, q sqlQuerier, stmts []stmt) error {
	for _, s := range stmts {
		if err := sqlRunOne(ctx, q, s); err != nil {
			return err
		}
	}
	return nil
}

func sqlRunOne(ctx context.Context, q sqlQuerier, s stmt) error {
	// SQLite numbers $1 by order of appearance, but ?1 by its number.
	text := strings.ReplaceAll(s.sql, "$", "?")
	if s.each == nil {
		_, err := q.ExecContext(ctx, text, s.args...)
		return err
	}
	rows, err := q.QueryContext(ctx, text, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := s.each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
