package store_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/store"
	"github.com/sallyport/sallyport/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.Child()
	os.Exit(m.Run())
}

func TestPostgres(t *testing.T) {
	empty := pgtest.Database(t)
	s, err := store.Open(t.Context(), empty, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t testing.TB) string { return pgtest.Copy(t, empty) })
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "sally port.db") })
}
