package command

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// Anybody who reaches the server reads the metrics, so no name of a repository may be among them.
func TestThreat68MetricsNameNoRepository(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "metrics.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.UpsertRepos(t.Context(), []pull.Repo{{ID: 4711, Installation: 1, Owner: "acme", Name: "secret", DefaultBranch: "main"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.File(t.Context(), []pull.Scope{{Repo: 4711, Number: 1}}, true); err != nil {
		t.Fatal(err)
	}
	m := newMetrics()
	m.watch(s, log)
	told, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, family := range told {
		all.WriteString(family.String())
	}
	if strings.Contains(all.String(), "secret") || !strings.Contains(all.String(), `value:"4711"`) {
		t.Errorf("want the repository by its number alone: %s", all.String())
	}
}

// Its name is in the log, once it has waited for long.
func TestTheLogNamesWhoWaitsLong(t *testing.T) {
	var lines strings.Builder
	c := &storeCollector{log: slog.New(slog.NewTextHandler(&lines, nil))}
	c.name([]store.Waiting{{Repo: 1, Name: "acme/jobs", Oldest: longWait}, {Repo: 2, Name: "acme/quick", Oldest: time.Second}})
	if got := lines.String(); !strings.Contains(got, "repository=1 repo=acme/jobs") || strings.Contains(got, "quick") {
		t.Errorf("got %s", got)
	}
}
