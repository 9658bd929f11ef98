package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNotPostgres says that only PostgreSQL has roles.
var ErrNotPostgres = errors.New("only PostgreSQL has roles: give a postgres:// URL")

// Prepare brings a PostgreSQL database's tables up to date as their owner, and lets a role serve with them that can add to
// the ledger and cannot change it. The role must exist. It may be run again at any time.
func Prepare(ctx context.Context, owner, role string, log *slog.Logger) error {
	if !strings.HasPrefix(owner, "postgres://") && !strings.HasPrefix(owner, "postgresql://") {
		return ErrNotPostgres
	}
	s, err := Open(ctx, owner, log)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, owner)
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	defer pool.Close()
	return pgx.BeginFunc(ctx, pool, func(t pgx.Tx) error { return grant(ctx, t, role) })
}

// appendOnly are the tables that a serving role may read and add to, and no more; readOnly it may only read.
var (
	appendOnly = []string{"ledger", "ledger_hashes"}
	readOnly   = []string{"ledger_epochs", "sallyport_migrations", "river_migration"}
)

func grant(ctx context.Context, t pgx.Tx, role string) error {
	var schema, owner string
	if err := t.QueryRow(ctx, `SELECT current_schema(), current_user`).Scan(&schema, &owner); err != nil {
		return fmt.Errorf("asking for the schema: %w", err)
	}
	if role == owner {
		return fmt.Errorf("%s owns the tables; the serving role must be another", role)
	}
	who, in := pgx.Identifier{role}.Sanitize(), pgx.Identifier{schema}.Sanitize()
	table := func(name string) string { return in + "." + pgx.Identifier{name}.Sanitize() }
	statements := []string{
		"GRANT USAGE ON SCHEMA " + in + " TO " + who,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + in + " TO " + who,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + in + " TO " + who,
		"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA " + in + " TO " + who,
	}
	for _, name := range appendOnly {
		statements = append(statements, "REVOKE ALL ON "+table(name)+" FROM "+who, "GRANT SELECT, INSERT ON "+table(name)+" TO "+who)
	}
	for _, name := range readOnly {
		statements = append(statements, "REVOKE ALL ON "+table(name)+" FROM "+who, "GRANT SELECT ON "+table(name)+" TO "+who)
	}
	for _, sql := range statements {
		if _, err := t.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// ErrRewritable says that the role that serves could change the ledger.
var ErrRewritable = errors.New("the role that serves could rewrite the ledger: see sallyport database prepare")

// rewritableSQL holds for whoever may change rows of the ledger or its hashes, or is in a position to allow it.
const rewritableSQL = `
SELECT 1 FROM pg_class c WHERE c.oid IN (to_regclass('ledger'), to_regclass('ledger_hashes'), to_regclass('ledger_epochs')) AND (
    has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE')
    OR has_any_column_privilege(c.oid, 'UPDATE') OR pg_has_role(c.relowner, 'MEMBER')) LIMIT 1`

// LedgerRights is [ErrRewritable] where the role that serves could change the ledger. A SQLite file's owner always can,
// so there is nothing to warn of; checkpoints outside are what notices.
func (s *Store) LedgerRights(ctx context.Context) error {
	if _, ok := s.db.(*postgresDB); !ok {
		return nil
	}
	var rewritable bool
	if err := s.db.run(ctx, do(rewritableSQL).rows(seen(&rewritable))); err != nil {
		return wrap("asking for the rights on the ledger", err)
	}
	if rewritable {
		return ErrRewritable
	}
	return nil
}
