package reconcile

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// multitude is a repository with very many open pull requests, and the books about them.
type multitude struct {
	Directory
	Filing
	listed []pull.Listed
	heads  map[int]string
	asked  int // how many Stalest was asked for
	filed  []pull.Scope
	tips   int
}

func (m *multitude) Repos(context.Context) ([]pull.Repo, error) {
	return []pull.Repo{{ID: 1, Owner: "acme", Name: "infra", Installation: 5}}, nil
}

func (m *multitude) OpenPulls(context.Context, pull.Repo) (pull.Listing, error) {
	return pull.Listing{Open: m.listed, Gated: true}, nil
}

func (m *multitude) UpsertRepos(context.Context, []pull.Repo) error { return nil }

func (m *multitude) AuditTips(context.Context, int64, map[string]string) error {
	m.tips++
	return nil
}

func (m *multitude) SideLeaders(context.Context) ([]pull.Key, error)          { return nil, nil }
func (m *multitude) OpenHeads(context.Context, int64) (map[int]string, error) { return m.heads, nil }

func (m *multitude) Stalest(_ context.Context, installation int64, most int) ([]pull.Key, error) {
	m.asked += most
	var keys []pull.Key
	for i := range most {
		keys = append(keys, pull.Key{Repo: 1, Number: 5000 + i})
	}
	return keys, nil
}

func (m *multitude) File(_ context.Context, scopes []pull.Scope, fresh bool) (int, error) {
	m.filed = append(m.filed, scopes...)
	return len(scopes), nil
}

// TestThreat7SweepsAreBounded: with 10,000 open, a sweep has those read again that the listing shows otherwise than the books,
// and a bounded number of the others.
func TestThreat7SweepsAreBounded(t *testing.T) {
	m := &multitude{heads: map[int]string{}}
	for n := 1; n <= 10_000; n++ {
		m.listed = append(m.listed, pull.Listed{Number: n, Head: "h", Branch: "main"})
		m.heads[n] = "h"
	}
	m.heads[17] = "older"    // a push was not heard of
	delete(m.heads, 18)      // nor that this was opened
	m.heads[20_000] = "gone" // nor that this ended
	u := &Upkeep{GitHub: m, Store: m, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	if err := u.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	filed := map[int]bool{}
	for _, sc := range m.filed {
		if sc.Number == 0 {
			t.Errorf("a sweep filed all that is known of %d", sc.Repo)
		}
		filed[sc.Number] = true
	}
	if !filed[17] || !filed[18] || !filed[20_000] {
		t.Errorf("not filed: what changed unheard (17: %v), was opened (18: %v), ended (20,000: %v)", filed[17], filed[18], filed[20_000])
	}
	if want := 3 + rereadMost; len(filed) != want || m.asked != rereadMost || m.tips != 1 {
		t.Errorf("%d filed, %d asked for, tips looked at %d times; want %d, %d, 1", len(filed), m.asked, m.tips, want, rereadMost)
	}
}
