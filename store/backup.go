package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotSQLite says that a database has tools of its own for what was asked.
var ErrNotSQLite = errors.New("this is for SQLite; PostgreSQL has pg_dump and pg_restore")

// Backup writes the whole state of a SQLite database into a new file, at one moment, durable before it returns. The
// database must not be in use.
func Backup(ctx context.Context, url, file string) error {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return ErrNotSQLite
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("backing up: %w", err) // opening would create an empty one
	}
	db, err := holdSQLite(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	// Made here, so that nobody else can read it; SQLite takes an empty file.
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer f.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, file); err != nil {
		return errors.Join(fmt.Errorf("backing up %s: %w", path, err), os.Remove(file))
	}
	if err := errors.Join(f.Sync(), syncDir(filepath.Dir(file))); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	return nil
}

// Restore puts a backup in the place of a SQLite database, which must not be in use. What was there is kept beside it,
// under the name that is returned; "" when nothing was there.
func Restore(ctx context.Context, url, file string) (kept string, err error) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return "", ErrNotSQLite
	}
	if err := sound(ctx, file); err != nil {
		return "", fmt.Errorf("reading the backup %s: %w", file, err)
	}
	if _, err := os.Stat(path); err == nil {
		if kept, err = setAside(ctx, path); err != nil {
			return "", err
		}
	}
	// The copy is made beside its place and renamed: a crash leaves no half a database where the server looks.
	fresh := path + ".restoring"
	if err := Backup(ctx, "sqlite:"+file, fresh); err != nil {
		return kept, err
	}
	if err := errors.Join(os.Rename(fresh, path), syncDir(filepath.Dir(path))); err != nil {
		return kept, fmt.Errorf("putting the backup in place: %w", err)
	}
	return kept, nil
}

// setAside closes the database for good, with its write-ahead log folded in: a log left behind would be played into
// the file that comes next.
func setAside(ctx context.Context, path string) (string, error) {
	db, err := holdSQLite(ctx, path)
	if err != nil {
		return "", err
	}
	if err := db.Close(); err != nil {
		return "", fmt.Errorf("closing %s: %w", path, err)
	}
	kept := path + ".before-restore"
	if _, err := os.Stat(kept); err == nil {
		return "", fmt.Errorf("%s is there from an earlier restore; move it away first", kept)
	}
	if err := os.Rename(path, kept); err != nil {
		return "", fmt.Errorf("setting %s aside: %w", path, err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := ignoreAbsent(os.Remove(path + suffix)); err != nil {
			return kept, fmt.Errorf("removing %s: %w", path+suffix, err)
		}
	}
	return kept, nil
}

// sound refuses a file that is no whole Sallyport database.
func sound(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err != nil {
		return err
	}
	db, err := holdSQLite(ctx, file)
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return errors.New(verdict)
	}
	var rows int64
	return db.QueryRowContext(ctx, `SELECT count(*) FROM ledger_hashes`).Scan(&rows)
}

// holdSQLite opens the file as the server does, so that it cannot be in use by another, and changes nothing.
func holdSQLite(ctx context.Context, path string) (*sql.DB, error) {
	clockOnce()
	db, err := sql.Open("sqlite", sqliteDSN(path))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `BEGIN IMMEDIATE; COMMIT`); err != nil {
		return nil, errors.Join(occupied(path, err), db.Close())
	}
	return db, nil
}
