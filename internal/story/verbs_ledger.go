package story

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // opens PostgreSQL as its owner would
	_ "modernc.org/sqlite"             // opens the database file as an attacker would
)

// sqliteFile is where the town's server has its state when it is not in PostgreSQL.
func (w *World) sqliteFile() string { return filepath.Join(w.Dir, "sallyport.db") }

// dump keeps the state of the database, which no server may be using, by the tools that its operator has.
func dump(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("dump FILE")
	}
	file := filepath.Join(w.Dir, args[0])
	if w.Database != "" {
		return tool(ctx, "pg_dump", "--format=custom", "--no-owner", "--file="+file, w.Database)
	}
	return w.Command(ctx, "database", "backup", "--config", filepath.Join(w.Dir, "sallyport.yml"), file)
}

// undump puts it back, over what came after.
func undump(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("undump FILE")
	}
	file := filepath.Join(w.Dir, args[0])
	if w.Database != "" {
		return tool(ctx, "pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", "--single-transaction", "--dbname="+w.Database, file)
	}
	return w.Command(ctx, "database", "restore", "--config", filepath.Join(w.Dir, "sallyport.yml"), file)
}

func tool(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// tamper is an attacker who owns the database: the triggers go, a row of that kind is rewritten, the triggers stay gone.
func tamper(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("tamper KIND")
	}
	const rewrite = `UPDATE ledger SET body = replace(body, 'main', 'maim') WHERE kind = $1`
	if w.Database != "" {
		c, err := pgx.Connect(ctx, w.Database)
		if err != nil {
			return err
		}
		_, err = c.Exec(ctx, `ALTER TABLE ledger DISABLE TRIGGER ALL`)
		if err == nil {
			_, err = c.Exec(ctx, rewrite, args[0])
		}
		return errors.Join(err, c.Close(ctx))
	}
	db, err := sql.Open("sqlite", w.sqliteFile())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `DROP TRIGGER ledger_loses_bodies_only`)
	if err == nil {
		_, err = db.ExecContext(ctx, rewrite, args[0])
	}
	return errors.Join(err, db.Close())
}

// seal has the database refuse every row of the ledger, as a full disk would.
func seal(ctx context.Context, w *World, _ []string) error {
	if w.Database != "" {
		return w.sql(ctx, `CREATE FUNCTION sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the ledger takes nothing more'; END $$`,
			`CREATE TRIGGER sealed BEFORE INSERT ON ledger EXECUTE FUNCTION sealed()`)
	}
	return w.sql(ctx, `CREATE TRIGGER sealed BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger takes nothing more'); END`)
}

func unseal(ctx context.Context, w *World, _ []string) error {
	if w.Database != "" {
		return w.sql(ctx, `DROP TRIGGER sealed ON ledger`, `DROP FUNCTION sealed`)
	}
	return w.sql(ctx, `DROP TRIGGER sealed`)
}

// sql runs statements as the database's owner.
func (w *World) sql(ctx context.Context, statements ...string) error {
	driver, source := "sqlite", w.sqliteFile()
	if w.Database != "" {
		driver, source = "pgx", w.Database
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	for _, text := range statements {
		if _, e := db.ExecContext(ctx, text); e != nil {
			err = fmt.Errorf("%s: %w", text, e)
			break
		}
	}
	return errors.Join(err, db.Close())
}

// forget deletes a file of the server's.
func forget(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("forget FILE")
	}
	return os.Remove(filepath.Join(w.Dir, args[0]))
}
