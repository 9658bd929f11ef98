package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// explain is how the database would run a statement, in its own words.
func explain(t *testing.T, s *Store, sql string, args ...any) string {
	t.Helper()
	var plan []string
	how, columns := "EXPLAIN (COSTS OFF) ", 1
	if _, ok := s.db.(*sqliteDB); ok {
		how, columns = "EXPLAIN QUERY PLAN ", 4
	}
	err := s.db.run(t.Context(), do(how+sql, args...).rows(func(r row) error {
		var line string
		dest := make([]any, columns)
		for i := range dest {
			dest[i] = new(any)
		}
		dest[columns-1] = &line
		err := r.Scan(dest...)
		plan = append(plan, line)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

// elsewhere is how plans speak of ways to jobs that pass by all that wait.
var elsewhere = regexp.MustCompile(`Seq Scan on river_job|SCAN river_job|prioritized_fetching`)

// TestFairnessCostsWhatTheRepositoriesDo holds that nobody looks at all jobs where there are thousands, neither who files one
// nor who takes one.
func TestFairnessCostsWhatTheRepositoriesDo(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		one := s.newTx(nil).jobs(touch{id: "x"}, pull.Scope{Repo: 1, Number: 1})
		plans := []string{explain(t, s, one.sql, one.args...)} // PostgreSQL keeps whichever it made first
		var scopes []pull.Scope
		for i := range 4_000 {
			scopes = append(scopes, pull.Scope{Repo: int64(1 + i%20), Number: 1 + i/20})
		}
		for len(scopes) > 0 {
			if _, err := s.File(t.Context(), scopes[:500], false); err != nil {
				t.Fatal(err)
			}
			scopes, plans = scopes[500:], append(plans, explain(t, s, one.sql, one.args...))
		}
		if err := s.db.run(t.Context(), do(`ANALYZE`)); err != nil {
			t.Fatal(err)
		}
		for what, p := range map[string]struct{ index, plan string }{
			"looking": {"river_job_passes_by_repo", explain(t, s, s.db.headsSQL())},
			"taking":  {"river_job_passes_by_repo", explain(t, s, strings.NewReplacer("$1", "7", "$2", "3", "$3", "'me'").Replace(s.db.takeSQL()))},
			"filing":  {"river_job_unique_idx", strings.Join(slices.Compact(plans), "\n")},
		} {
			if !strings.Contains(p.plan, p.index) || elsewhere.MatchString(p.plan) {
				t.Errorf("%s does not go by %s alone:\n%s", what, p.index, p.plan)
			}
		}
		var heads []head
		if err := s.db.run(t.Context(), do(s.db.headsSQL()).rows(collect(&heads, scanHead))); err != nil || len(heads) != 20 {
			t.Errorf("%d repositories (%v), want 20", len(heads), err)
		}
	})
}

func TestFairnessForgetsWithoutStarvingAnybody(t *testing.T) {
	f := newFairness()
	const waits = 7
	f.serve(waits)
	for i := range int64(10 * rememberMost) { // strangers come and go, each served once
		if i%rememberMost == rememberMost-1 {
			if first := f.split([]head{{repo: waits, oldest: "1"}, {repo: 1_000_000 + i - 1, oldest: "0"}}, 1); first[0].repo != waits {
				t.Fatalf("after %d others, one that was served last goes before one that waited since the beginning", i)
			}
		}
		f.serve(1_000_000 + i)
		if len(f.served) > rememberMost {
			t.Fatalf("%d repositories are remembered, want at most %d", len(f.served), rememberMost)
		}
	}
}

func TestFairnessSplits(t *testing.T) {
	for _, c := range []struct {
		n     int
		heads []head
		want  string
	}{
		{3, nil, "[]"},
		{1, []head{{1, "b"}, {2, "a"}}, "[{2 1}]"},
		{2, []head{{1, "b"}, {2, "a"}, {3, "c"}}, "[{2 1} {1 1}]"},
		{8, []head{{1, "b"}, {2, "a"}, {3, "c"}}, "[{2 3} {1 3} {3 2}]"},
	} {
		if got := fmt.Sprint(newFairness().split(c.heads, c.n)); got != c.want {
			t.Errorf("%d among %v: got %s, want %s", c.n, c.heads, got, c.want)
		}
	}
}
