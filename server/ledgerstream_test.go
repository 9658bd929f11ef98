package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// rows is a ledger that grows.
type rows struct {
	mu  sync.Mutex
	all []pull.Entry
	err error
}

func (r *rows) add(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range n {
		r.all = append(r.all, pull.Entry{ID: int64(len(r.all) + 1), Kind: "verdict"})
	}
}

func (r *rows) Entries(_ context.Context, after int64, limit int) ([]pull.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.all[min(int(after), len(r.all)):]
	return out[:min(limit, len(out))], r.err
}

func auditor(t *testing.T, ledger Ledger) (*Server, *httptest.Server) {
	t.Helper()
	c := config(&memory{})
	c.Ledger = ledger
	c.Tokens = func(token string) (pull.Holder, bool) {
		scope, repository, _ := strings.Cut(token, "@")
		holder := pull.Holder{Name: "siem", Scopes: []string{scope}}
		if repository != "" {
			holder.Repositories = []string{repository}
		}
		return holder, true
	}
	s := newServer(t, c)
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return s, web
}

func stream(t *testing.T, web *httptest.Server, query, token string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+"/api/v1/ledger"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := web.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func TestTheLedgerIsToldInOrderAndGoesOn(t *testing.T) {
	r := &rows{}
	r.add(2*streamStep + 3)
	s, web := auditor(t, r)
	resp := stream(t, web, "?after=2&follow=1", scopeAudit)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%s %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(resp.Body)
	want := int64(2)
	read := func(until int64) {
		for want < until && lines.Scan() {
			var e pull.Entry
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			if want++; e.ID != want {
				t.Fatalf("row %d came, want %d", e.ID, want)
			}
		}
	}
	read(2*streamStep + 3)
	r.add(2)
	read(2*streamStep + 5) // comes although the first answer had ended
	s.Stop()
	if lines.Scan() || lines.Err() != nil {
		t.Errorf("at the server's end: %q %v, want a clean end", lines.Text(), lines.Err())
	}
	if want != 2*streamStep+5 {
		t.Errorf("%d rows, want %d", want, 2*streamStep+5)
	}
}

func TestTheLedgerIsForAuditors(t *testing.T) {
	_, web := auditor(t, &rows{})
	for _, tc := range []struct {
		query, scope string
		want         int
	}{
		{"", scopeAudit, 200}, {"", "read", 403}, {"", "admin", 403}, {"", scopeAudit + "@acme/jobs", 403},
		{"?after=-1", scopeAudit, 400}, {"?after=x", scopeAudit, 400},
	} {
		if resp := stream(t, web, tc.query, tc.scope); resp.StatusCode != tc.want {
			t.Errorf("%q as %s: %d, want %d", tc.query, tc.scope, resp.StatusCode, tc.want)
		}
	}
	_, broken := auditor(t, &rows{err: errors.New("secret detail")})
	resp := stream(t, broken, "", scopeAudit)
	text, _ := bufio.NewReader(resp.Body).ReadString(0)
	if resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(text, "secret") {
		t.Errorf("a ledger that cannot be read: %d %s", resp.StatusCode, text)
	}
}

// breaking is a ledger whose database goes away after the first step.
type breaking struct{ rows }

func (b *breaking) Entries(ctx context.Context, after int64, limit int) ([]pull.Entry, error) {
	if after > 0 {
		return nil, errors.New("the database went away")
	}
	return b.rows.Entries(ctx, after, limit)
}

// Whoever keeps the ledger must not take what came before the break for all of it.
func TestALedgerThatBreaksOffDoesNotEndWell(t *testing.T) {
	r := &breaking{}
	r.add(streamStep)
	_, web := auditor(t, r)
	resp := stream(t, web, "", scopeAudit)
	if text, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("%d bytes and a clean end (status %d), want the connection cut", len(text), resp.StatusCode)
	}
}
