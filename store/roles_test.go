package store_test

import (
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// TestTheServingRoleCannotRewriteTheLedger serves with the rights that prepare gives, and tries what it must not do.
func TestTheServingRoleCannotRewriteTheLedger(t *testing.T) {
	ctx, owner, log := t.Context(), pgtest.Database(t), slog.New(slog.DiscardHandler)
	admin, err := pgx.Connect(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, `DROP ROLE IF EXISTS serving; CREATE ROLE serving LOGIN`); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("serving")
	if _, err := store.Open(ctx, u.String(), log); err == nil {
		t.Error("a role without rights opened a database that is not prepared")
	}
	for range 2 { // it may be run again
		if err := store.Prepare(ctx, owner, "serving", log); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Prepare(ctx, owner, "sallyport", log); err == nil || !strings.Contains(err.Error(), "owns the tables") {
		t.Errorf("the owner as the serving role: %v", err)
	}
	s, err := store.Open(ctx, u.String(), log)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.LedgerRights(ctx); err != nil {
		t.Errorf("rights: %v", err)
	}
	b := pull.Binding{Repo: 1, Number: 2, Branch: "main", Method: pull.MethodMerge}
	turn, err := s.TakeTurn(ctx, b.Key(), b.Branch, time.Minute, false)
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.BeginLanding(ctx, turn, pull.Intent{Binding: b})
	if err != nil {
		t.Fatalf("landing with the rights of the serving role: %v", err)
	}
	i.State = pull.IntentDone
	if err := s.EndLanding(ctx, i); err != nil {
		t.Fatal(err)
	}
	if err := s.Freeze(ctx, pull.Freeze{Repo: 1, Branch: "main", Code: pull.FrozenBranch, Reason: "no landing, so its row may be pruned"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PruneLedger(ctx, time.Now().Add(time.Hour)); err == nil {
		t.Error("the serving role pruned the ledger")
	}
	serving, err := pgx.Connect(ctx, u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer serving.Close(ctx)
	for _, sql := range []string{
		`UPDATE ledger SET kind = 'x'`, `DELETE FROM ledger`, `TRUNCATE ledger`, `DROP TABLE ledger`, `UPDATE ledger_hashes SET id = -id`,
		`DELETE FROM ledger_hashes`, `INSERT INTO ledger_epochs VALUES (9, 'x', 0, 0, '')`, `UPDATE ledger_epochs SET size = 0`,
		`ALTER TABLE ledger DISABLE TRIGGER ALL`, `DROP TRIGGER ledger_append_only ON ledger`, `DELETE FROM sallyport_migrations`,
		`SET session_replication_role = replica`,
	} {
		if _, err := serving.Exec(ctx, sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: got %v, want insufficient privilege", sql, err)
		}
	}
	if _, err := admin.Exec(ctx, `GRANT UPDATE (kind) ON ledger TO serving`); err != nil {
		t.Fatal(err)
	}
	if err := s.LedgerRights(ctx); !errors.Is(err, store.ErrRewritable) {
		t.Errorf("with a right to update one column: %v, want %v", err, store.ErrRewritable)
	}
	own, err := store.Open(ctx, owner, log)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if err := own.LedgerRights(ctx); !errors.Is(err, store.ErrRewritable) {
		t.Errorf("serving as the owner: %v, want %v", err, store.ErrRewritable)
	}
}

func TestBackupAndRestore(t *testing.T) {
	ctx, dir, log := t.Context(), t.TempDir(), slog.New(slog.DiscardHandler)
	url, file := "sqlite:"+filepath.Join(dir, "sallyport.db"), filepath.Join(dir, "backup.db")
	open := func() *store.Store {
		s, err := store.Open(ctx, url, log)
		if err != nil {
			t.Fatal(err)
		}
		s.CheckpointFile = filepath.Join(dir, "sallyport.checkpoint")
		return s
	}
	add := func(s *store.Store, n int) {
		for range n {
			if err := s.Append(ctx, pull.Entry{Kind: "k"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.CheckLedger(ctx); err != nil {
			t.Fatal(err)
		}
	}
	s := open()
	add(s, 3)
	if err := store.Backup(ctx, url, file); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("backing up what is in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(ctx, url, file); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(ctx, url, file); err == nil {
		t.Error("a backup was overwritten")
	}
	s = open()
	add(s, 2)
	if _, err := store.Restore(ctx, url, file); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("restoring over what is in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err := store.Restore(ctx, url, file)
	if err != nil || kept == "" {
		t.Fatalf("restoring: %q, %v", kept, err)
	}
	s = open()
	defer s.Close()
	if rows, err := s.Entries(ctx, 0, 10); err != nil || len(rows) != 3 {
		t.Errorf("%d rows after the restore (%v), want 3", len(rows), err)
	}
	if err := s.CheckLedger(ctx); !errors.Is(err, pull.ErrRolledBack) {
		t.Errorf("an older restore: got %v, want %v", err, pull.ErrRolledBack)
	}
	if _, err := store.Restore(ctx, "sqlite:"+filepath.Join(dir, "new.db"), filepath.Join(dir, "sallyport.checkpoint")); err == nil {
		t.Error("a file that is no database was restored")
	}
}
