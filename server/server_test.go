package server

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const secret = "a secret that only GitHub and we know"

// memory is an inbox and records in memory, with the promises of the real ones.
type memory struct {
	mu         sync.Mutex
	deliveries []pull.Delivery
	accept     func(ctx context.Context) error // runs before a delivery is stored

	repos    []pull.Repo
	records  []pull.Record
	turns    []pull.Turn
	timeline []pull.Entry
	raised   []pull.Alarm
	err      error
}

func (m *memory) Accept(ctx context.Context, d pull.Delivery) (bool, error) {
	if m.accept != nil {
		if err := m.accept(ctx); err != nil {
			return false, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, known := range m.deliveries {
		if known.ID == d.ID {
			return false, nil
		}
	}
	m.deliveries = append(m.deliveries, d)
	return true, nil
}

// replace puts newer results in the place of all others.
func (m *memory) replace(records ...pull.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = records
}

func (m *memory) Record(_ context.Context, k pull.Key) (pull.Record, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, rec := range m.records {
		if rec.Key == k {
			return rec, true, m.err
		}
	}
	return pull.Record{}, false, m.err
}

func (m *memory) OpenRecords(_ context.Context, repos []int64, skip int) ([]pull.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	open := slices.DeleteFunc(slices.Clone(m.records), func(r pull.Record) bool { return r.State != "open" || !slices.Contains(repos, r.Key.Repo) })
	return open[min(skip, len(open)):min(skip+500, len(open))], m.err
}

func (m *memory) OpenRepos(context.Context) ([]pull.OpenRepo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var repos []pull.OpenRepo
	for _, r := range m.records {
		at := slices.IndexFunc(repos, func(o pull.OpenRepo) bool { return o.Repo.ID == r.Key.Repo })
		switch {
		case r.State != "open":
		case at < 0:
			repos = append(repos, pull.OpenRepo{Repo: r.Request.Repo, Open: 1})
		default:
			repos[at].Open++
		}
	}
	return repos, m.err
}

func (m *memory) FindRepo(_ context.Context, owner, name string) (pull.Repo, bool, error) {
	for _, repo := range m.repos {
		if strings.EqualFold(repo.FullName(), owner+"/"+name) {
			return repo, true, m.err
		}
	}
	return pull.Repo{}, false, m.err
}

func (m *memory) Timeline(context.Context, pull.Key, int) ([]pull.Entry, error) {
	return m.timeline, m.err
}

func (m *memory) History(_ context.Context, repo, before int64, limit int) ([]pull.Entry, error) {
	var found []pull.Entry
	for _, e := range slices.Backward(m.timeline) {
		if e.Repo == repo && (before == 0 || e.ID < before) && len(found) < limit {
			found = append(found, e)
		}
	}
	return found, m.err
}

func (m *memory) Entry(_ context.Context, id int64) (pull.Entry, bool, error) {
	for _, e := range m.timeline {
		if e.ID == id {
			return e, true, m.err
		}
	}
	return pull.Entry{}, false, m.err
}

func (m *memory) Alarms(context.Context, time.Time) ([]pull.Alarm, error) { return m.raised, m.err }

func (m *memory) Repos(context.Context) ([]pull.Repo, error) { return m.repos, m.err }

func (m *memory) Turns(_ context.Context, repo int64) ([]pull.Turn, error) {
	turns := slices.DeleteFunc(slices.Clone(m.turns), func(t pull.Turn) bool { return repo != 0 && t.Repo != repo })
	slices.SortStableFunc(turns, func(a, b pull.Turn) int { return cmp.Compare(a.Since.UnixNano(), b.Since.UnixNano()) })
	return turns, m.err
}

func testTokens(token string) (pull.Holder, bool) {
	holders := map[string]pull.Holder{
		"reader":  {Name: "dashboard", Scopes: []string{"read"}},
		"pusher":  {Name: "pipeline", Scopes: []string{"push"}},
		"checker": {Name: "gate", Scopes: []string{"check"}},
		"boss":    {Name: "boss", Scopes: []string{"admin"}},
		"narrow":  {Name: "narrow", Scopes: []string{"read"}, Repositories: []string{"acme/other"}},
	}
	holder, ok := holders[token]
	return holder, ok
}

// config is a whole configuration over m, quiet in its log.
func config(m *memory) Config {
	return Config{
		PublicURL: "http://127.0.0.1:8080", WebhookSecrets: []string{secret}, AppID: 42,
		Inbox: m, Records: m, Tokens: testTokens,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

func newServer(t testing.TB, c Config) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return s
}

func serve(s *Server, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func get(s *Server, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = "127.0.0.1:8080"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return serve(s, r)
}

func TestNewRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no address", func(c *Config) { c.PublicURL = "" }, "public_url"},
		{"odd scheme", func(c *Config) { c.PublicURL = "ftp://host" }, "public_url"},
		{"no inbox", func(c *Config) { c.Inbox = nil }, "required"},
		{"no tokens", func(c *Config) { c.Tokens = nil }, "required"},
		{"open pages in public", func(c *Config) { c.OpenPages, c.PublicURL = true, "https://sallyport.example.com" }, "loopback"},
		{"open pages on a name that begins like one", func(c *Config) { c.OpenPages, c.PublicURL = true, "http://localhost.example.com" }, "loopback"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := config(&memory{})
			tc.change(&c)
			if _, err := New(c); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("New: got error %v, want one about %q", err, tc.want)
			}
		})
	}
}

// An empty secret must stop the program, since go-github then checks nothing at all.
func TestThreat2EmptySecret(t *testing.T) {
	for name, secrets := range map[string][]string{
		"none": nil, "empty": {""}, "blank": {"  "}, "one of two": {secret, ""},
	} {
		c := config(&memory{})
		c.WebhookSecrets = secrets
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), "SALLYPORT_GITHUB_APP_WEBHOOK_SECRET") {
			t.Errorf("%s: got error %v, want one that names the variable", name, err)
		}
	}
}

var testNow = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
