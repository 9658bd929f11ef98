package hub

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestLimitedAnswers(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	reset := "1795348890" // 90 s after now
	for name, c := range map[string]struct {
		status  int
		header  http.Header
		message string
		want    time.Duration
		limited bool
	}{
		"fine":                  {200, header("X-RateLimit-Remaining", "0"), "", 0, false},
		"forbidden":             {403, header("X-RateLimit-Remaining", "17"), "Resource not accessible by integration", 0, false},
		"primary":               {403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset), "", 90 * time.Second, true},
		"primary as 429":        {429, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset), "", 90 * time.Second, true},
		"their clock, not ours": {403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset, "Date", "Sun, 22 Nov 2026 12:01:20 GMT"), "", 10 * time.Second, true},
		"reset is past":         {403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"), "", time.Second, true},
		"no reset":              {403, header("X-RateLimit-Remaining", "0"), "", time.Minute, true},
		"retry after seconds":   {403, header("Retry-After", "7", "X-RateLimit-Remaining", "0"), "", 7 * time.Second, true},
		"retry after a date":    {429, header("Retry-After", "Sun, 22 Nov 2026 12:00:30 GMT"), "", 30 * time.Second, true},
		"retry after nonsense":  {429, header("Retry-After", "soon"), "", time.Minute, true},
		"secondary by message":  {403, header(), "You have exceeded a secondary rate limit.", time.Minute, true},
		"bare 429":              {429, header(), "", time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, limited := limited(c.status, c.header, c.message, now)
			if got != c.want || limited != c.limited {
				t.Errorf("got %s, %v; want %s, %v", got, limited, c.want, c.limited)
			}
		})
	}
}

func TestRateLimitsAreTransientAndRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		fault    githubtest.Fault
		min, max time.Duration
	}{
		"secondary": {githubtest.SecondaryLimit(40 * time.Second), 40 * time.Second, 40 * time.Second},
		"primary":   {githubtest.PrimaryLimit(time.Now().Add(10 * time.Minute)), 9 * time.Minute, 11 * time.Minute},
		"graphql":   {githubtest.GraphQLLimit(time.Now().Add(10 * time.Minute)), 9 * time.Minute, 11 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			f := c.fault
			f.Path = "/graphql"
			active := w.gh.Fault(f)
			for range 3 {
				failure := wantFailure(t, w.snapshotError(p), pull.Transient, "github-rate-limit")
				if failure.After < c.min-5*time.Second || failure.After > c.max {
					t.Errorf("after %s, want between %s and %s", failure.After, c.min, c.max)
				}
			}
			if got := active.Strikes(); got != 1 {
				t.Errorf("GitHub was asked %d times, want once: it asked to be left alone", got)
			}
			if err := w.hub.Comment(context.Background(), w.asRepo(), p.Number, "other budget"); err != nil {
				t.Errorf("REST has a budget of its own: %v", err)
			}
		})
	}
}

func TestRESTLimitsAreTransientAndEnd(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	now := time.Now()
	h := w.connect(w.start(), func(c *Config) { c.Now = func() time.Time { return now } })
	comment := func() error { return h.Comment(context.Background(), w.asRepo(), p.Number, "hello") }
	active := w.gh.Fault(githubtest.Fault{Path: "/repos/**", Status: 429, Times: 1, Header: map[string]string{"Retry-After": "30"}, Body: `{"message":"slow down"}`})
	if f := wantFailure(t, comment(), pull.Transient, "github-rate-limit"); f.After != 30*time.Second {
		t.Errorf("after %s, want 30s", f.After)
	}
	now = now.Add(29 * time.Second)
	wantFailure(t, comment(), pull.Transient, "github-rate-limit")
	now = now.Add(2 * time.Second)
	if err := comment(); err != nil || active.Strikes() != 1 {
		t.Errorf("after the pause: %v, strikes %d", err, active.Strikes())
	}
}

// start lets the simulator listen by itself, without the proxy.
func (w *world) start() string {
	w.t.Helper()
	if err := w.gh.Start(); err != nil {
		w.t.Fatal(err)
	}
	return w.gh.URL()
}

func TestErrorsInASuccessfulAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		class pull.Class
		code  string
	}{
		"anything":     {`{"data":null,"errors":[{"message":"Something went wrong while executing your query."}]}`, pull.Transient, "github-error"},
		"not found":    {`{"data":{"repository":{"pullRequest":null}},"errors":[{"type":"NOT_FOUND","path":["repository","pullRequest"],"message":"Could not resolve"}]}`, pull.Permanent, "not-found"},
		"forbidden":    {`{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","path":["repository","pullRequest","reviews"],"message":"Resource not accessible by integration"}]}`, pull.Permanent, "no-permission"},
		"rate limit":   {`{"errors":[{"message":"API rate limit exceeded for installation ID 1."}]}`, pull.Transient, "github-rate-limit"},
		"no data":      {`{}`, pull.Permanent, "not-found"},
		"null data":    {`{"data":null}`, pull.Transient, "github-error"},
		"not JSON":     {`<html>502</html>`, pull.Transient, "github-error"},
		"cut short":    {`{"data":{"repository":{"databaseId":`, pull.Transient, "github-error"},
		"wrong shapes": {`{"data":{"repository":[1,2]}}`, pull.Transient, "github-error"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			w.gh.Fault(githubtest.Fault{Path: "/graphql", Status: 200, Body: c.body})
			wantFailure(t, w.snapshotError(p), c.class, c.code)
		})
	}
}

func TestReadsThatFailAreTransient(t *testing.T) {
	for name, f := range map[string]githubtest.Fault{
		"500": githubtest.Refuse(500), "502": githubtest.Refuse(502), "503": githubtest.Refuse(503), "lost": {LoseAnswer: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			w.gh.Fault(f)
			if err := w.snapshotError(p); pull.ClassOf(err) != pull.Transient {
				t.Errorf("class %v of %v, want transient", pull.ClassOf(err), err)
			}
		})
	}
}

func TestEndlessAnswerIsCutOff(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	flood := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/graphql" {
			w.gh.Handler().ServeHTTP(rw, r)
			return
		}
		_, _ = rw.Write([]byte(`{"data":{"repository":{"name":"`))
		block := []byte(strings.Repeat("x", 1<<20))
		for range 40 {
			if _, err := rw.Write(block); err != nil {
				return
			}
		}
		_, _ = rw.Write([]byte(`"}}}`))
	}))
	defer flood.Close()
	_, err := w.connect(flood.URL).Snapshot(context.Background(), w.asRepo(), p.Number, pull.Question{})
	f := wantFailure(t, err, pull.Transient, "github-unreachable")
	if !strings.Contains(f.Error(), "32 MiB") {
		t.Errorf("error is %v, want the limit named", f)
	}
}
