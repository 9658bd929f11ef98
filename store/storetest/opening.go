package storetest

import (
	"log/slog"
	"os"
	"strings"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

var opening = []promise{
	{"TwiceIsFine", func(w *world) {
		first := got(store.Open(w.Context(), w.url, slog.New(slog.DiscardHandler)))(w)
		w.must(first.UpsertRepos(w.Context(), []pull.Repo{{ID: repo, Owner: "acme", Name: "infra"}}))
		w.must(first.Close())
		second := w.open()
		w.must(second.Ping(w.Context()))
		if _, found, err := second.FindRepo(w.Context(), "acme", "infra"); err != nil || !found {
			w.Errorf("after opening again: found %v, error %v", found, err)
		}
	}},
	{"ReplicasMayStartTogether", func(w *world) {
		if !w.replicable() {
			w.secondProcessIsRefused()
			return
		}
		errs := make(chan error, 4)
		for range cap(errs) {
			go func() {
				s, err := store.Open(w.Context(), w.url, slog.New(slog.DiscardHandler))
				if err == nil {
					err = s.Close()
				}
				errs <- err
			}()
		}
		for range cap(errs) {
			w.must(<-errs)
		}
	}},
	{"UnknownSchemeIsRefused", func(w *world) {
		for _, url := range []string{"", "sqlite:", "mysql://root:hunter2@db/x", "sallyport.db"} {
			_, err := store.Open(w.Context(), url, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), "postgres://") {
				w.Errorf("opening %q: got %v, want an error that names the forms", url, err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				w.Errorf("the error shows the password: %v", err)
			}
		}
	}},
}

func (w *world) secondProcessIsRefused() {
	w.open()
	_, err := store.Open(w.Context(), w.url, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		w.Errorf("opening a file that is open: got %v, want in use by another process", err)
	}
	info, err := os.Stat(strings.TrimPrefix(w.url, "sqlite:"))
	w.must(err)
	if got, want := info.Mode().Perm(), os.FileMode(0o600); got != want {
		w.Errorf("the file's mode is %v, want %v", got, want)
	}
}
