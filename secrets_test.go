package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/sallyport/sallyport/internal/story"
)

// withPassword puts a password into the database's URL. The throwaway server does not ask for one, so any will do; what
// matters is that nobody ever sees it.
func withPassword(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), "a database password for stories")
	return u.String()
}

// keepSecrets visits every page as the story leaves it, stops the server, and then looks for every secret of the
// configuration, and every token, code and cookie that came up, in everything that the story has produced: log, database,
// pages, answers, metrics, check runs, comments, git objects, phones.
func keepSecrets(t *testing.T, w *story.World) {
	t.Helper()
	name := filepath.Base(w.Dir)
	if err := w.Visit(context.Background()); err != nil {
		t.Errorf("%s: visiting the pages: %v", name, err)
	}
	if w.Running() {
		if status, err := w.Stop(); err != nil || status != 0 {
			log := w.Log()
			t.Errorf("%s: stopping before the search for secrets: status %d, %v; its last words:\n%s", name, status, err, log[max(0, len(log)-2000):])
		}
		if !w.SignedIn() {
			t.Errorf("%s: nobody was signed in, so the pages were not searched", name)
		}
	}
	leaks, err := leaked(w)
	if err != nil {
		t.Errorf("%s: searching for secrets: %v", name, err)
	}
	for _, leak := range leaks {
		t.Errorf("%s: a secret is to be seen: %s", name, leak)
	}
}

// leaked says which secret stands where, without telling it.
func leaked(w *story.World) ([]string, error) {
	secrets, err := w.Secrets()
	if err != nil {
		return nil, err
	}
	evidence, err := w.Evidence()
	if err != nil {
		return nil, err
	}
	tables, err := databaseText(w)
	if err != nil {
		return nil, err
	}
	var leaks []string
	for _, texts := range []map[string]string{evidence, tables} {
		for where, text := range texts {
			for _, name := range story.Leaks(secrets, text) {
				leaks = append(leaks, name+" in the "+where)
			}
		}
	}
	slices.Sort(leaks)
	return leaks, nil
}

// databaseText is every row of every table, by table.
func databaseText(w *story.World) (map[string]string, error) {
	driver, source := "pgx", w.Database
	list := "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables " +
		"WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
	if source == "" {
		driver, source = "sqlite", filepath.Join(w.Dir, "sallyport.db")
		list = `SELECT '"' || name || '"' FROM sqlite_master WHERE type = 'table'`
		if _, err := os.Stat(source); errors.Is(err, fs.ErrNotExist) {
			return nil, nil // the story never started the server
		}
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	names, err := column(db, list)
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	tables := map[string]string{}
	for _, name := range names {
		if tables["table "+name], err = tableText(db, name); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return tables, nil
}

func column(db *sql.DB, query string) ([]string, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func tableText(db *sql.DB, name string) (string, error) {
	rows, err := db.Query("SELECT * FROM " + name)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		for _, cell := range cells {
			if raw, ok := cell.([]byte); ok {
				cell = string(raw)
			}
			fmt.Fprintln(&b, cell)
		}
	}
	return b.String(), rows.Err()
}

// TestLeaksAreFound holds the search itself to finding a secret in each form that it takes.
func TestLeaksAreFound(t *testing.T) {
	secrets := map[string]string{"secret": `tell "no/body" this`, "passcode": "123456"}
	for _, c := range []struct{ text, want string }{
		{`level=info secret=tell "no/body" this`, "secret"},
		{`{"error":"tell \"no/body\" this"}`, "secret"},
		{`?code=tell+%22no%2Fbody%22+this&x`, "secret"},
		{`passcode=123456.`, "passcode"},
		{`at=1234567 a123456 123456b`, ""},
		{`tell nobody`, ""},
	} {
		if got := strings.Join(story.Leaks(secrets, c.text), " "); got != c.want {
			t.Errorf("%s: found %q, want %q", c.text, got, c.want)
		}
	}
}
