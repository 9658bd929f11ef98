package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

func migrateSQLite(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	if err := migrateRiver[*sql.Tx](ctx, riversqlite.New(db), log); err != nil {
		return err
	}
	return migrateOwn(ctx, goose.DialectSQLite3, db, "sqlite")
}

// migratePostgres lets replicas that start together migrate one after the other.
func migratePostgres(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	return oneAtATime(ctx, pool, func(pgx.Tx) error {
		if err := migrateRiver[pgx.Tx](ctx, riverpgxv5.New(pool), log); err != nil {
			return err
		}
		db := stdlib.OpenDBFromPool(pool)
		defer db.Close()
		return migrateOwn(ctx, goose.DialectPostgres, db, "postgres")
	})
}

// migrationPatience is how long the transaction that keeps others from migrating may do nothing: other connections work
// meanwhile, and on large tables that takes its time. Elsewhere nobody may be idle inside a transaction for so long.
const migrationPatience = "1h"

func oneAtATime(ctx context.Context, pool *pgxpool.Pool, migrate func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, pool, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = '`+migrationPatience+`'`); err != nil {
			return err
		}
		if err := (postgresTx{t}).lock(ctx, "sallyport migrations"); err != nil {
			return err
		}
		return migrate(t)
	})
}

func migrateRiver[T any](ctx context.Context, driver riverdriver.Driver[T], log *slog.Logger) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return fmt.Errorf("preparing the queue's tables: %w", err)
	}
	if have, err := m.Validate(ctx, nil); err == nil && have.OK {
		return nil // a role that serves need not be able to make tables
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("creating the queue's tables: %w", err)
	}
	return nil
}

func migrateOwn(ctx context.Context, dialect goose.Dialect, db *sql.DB, folder string) error {
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithTableName("sallyport_migrations"))
	if err != nil {
		return fmt.Errorf("preparing the tables: %w", err)
	}
	if err := notNewer(ctx, p); err != nil {
		return err
	}
	if pending, err := p.HasPending(ctx); err == nil && !pending {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("creating the tables: %w", err)
	}
	return nil
}

// notNewer refuses a database that a newer program has brought up to date: what this one does not know, it could break.
// Migrations only ever add, so that older processes go on working until they are replaced.
func notNewer(ctx context.Context, p *goose.Provider) error {
	sources := p.ListSources()
	known := sources[len(sources)-1].Version
	if have, err := p.GetDBVersion(ctx); err == nil && have > known {
		return fmt.Errorf("the database is of version %d, which a newer Sallyport made; this one knows versions up to %d: start the newer one", have, known)
	}
	return nil
}
