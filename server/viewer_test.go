package server

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// What a viewer may not see looks exactly like what does not exist.
func TestThreat68OnlyWhatGitHubShows(t *testing.T) {
	g := newFakeGitHub(t)
	g.repos["acme/infra"] = 7
	g.repos["acme/unguarded"] = 9
	secretRepo := pull.Repo{ID: 8, Owner: "acme", Name: "secret"}
	hidden := waitingRecord()
	hidden.Key.Repo, hidden.Request.Repo, hidden.Request.Title = 8, secretRepo, "Hidden plans"
	m := guarded(waitingRecord(), hidden)
	m.repos = append(m.repos, secretRepo)
	m.turns = []pull.Turn{{Repo: 8, Branch: "main", Number: 3, Holds: true}}
	b := newBrowser(t, site(t, g, m, nil))
	b.signIn(g)

	if res, text := b.open("/acme/infra/pull/3"); res.StatusCode != 200 {
		t.Errorf("their own: got %d %s, want 200", res.StatusCode, text)
	}
	_, absent := b.open("/acme/nothing/pull/3")
	for _, path := range []string{"/acme/secret/pull/3", "/acme/secret/pull/99", "/acme/unguarded/pull/3", "/acme/infra/pull/99"} {
		if res, text := b.open(path); res.StatusCode != 404 || text != absent {
			t.Errorf("%s: got %d, want the same 404 as for what does not exist", path, res.StatusCode)
		}
	}
	if !strings.Contains(absent, "Signed in as </span>ana") {
		t.Errorf("%s does not say which account looked in vain", absent)
	}
	_, text := b.open("/")
	if strings.Contains(text, "Hidden plans") || strings.Contains(text, "acme/secret") || !strings.Contains(text, "Raise the web count") {
		t.Errorf("overview: got %s, want infra alone", text)
	}
}

// Our own records are not even asked about what the viewer may not see, so no trouble with them can tell either.
func TestThreat68RecordsAreAskedLast(t *testing.T) {
	g := newFakeGitHub(t)
	m := guarded(waitingRecord())
	m.err = errors.New("the database is away")
	b := newBrowser(t, site(t, g, m, nil))
	b.signIn(g)
	if res, _ := b.open("/acme/infra/pull/3"); res.StatusCode != 404 {
		t.Errorf("not theirs to see: got %d, want 404", res.StatusCode)
	}
}

// A repository that was deleted and made anew, or another that took its name, is not the one on record.
func TestThreat68NameTakenByAnother(t *testing.T) {
	g := newFakeGitHub(t)
	g.repos["acme/infra"] = 1007
	b := newBrowser(t, site(t, g, guarded(waitingRecord()), nil))
	b.signIn(g)
	if res, _ := b.open("/acme/infra/pull/3"); res.StatusCode != 404 {
		t.Errorf("page: got %d, want 404", res.StatusCode)
	}
	if _, text := b.open("/"); strings.Contains(text, "Raise the web count") {
		t.Error("the overview shows it")
	}
}

func TestThreat68CannotAskIsNo(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		header http.Header
		page   int
	}{
		"github down":    {502, nil, 503},
		"rate limited":   {403, http.Header{"X-Ratelimit-Remaining": {"0"}}, 503},
		"slow down":      {429, nil, 503},
		"single sign-on": {403, nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			g := newFakeGitHub(t)
			g.header = tc.header
			b := newBrowser(t, site(t, g, guarded(waitingRecord()), nil))
			b.signIn(g)
			g.status.Store(int64(tc.status))
			for _, path := range []string{"/acme/infra/pull/3", "/acme/nothing/pull/3"} {
				if res, _ := b.open(path); res.StatusCode != tc.page {
					t.Errorf("%s: got %d, want %d", path, res.StatusCode, tc.page)
				}
			}
			if _, text := b.open("/"); strings.Contains(text, "Raise the web count") {
				t.Error("the overview shows it")
			}
		})
	}
}

func TestThreat68RevokedTokenSignsOut(t *testing.T) {
	g := newFakeGitHub(t)
	b := newBrowser(t, site(t, g, guarded(waitingRecord()), nil))
	for _, path := range []string{"/acme/infra/pull/3", "/"} {
		g.status.Store(0)
		b.signIn(g)
		g.status.Store(401)
		if res, _ := b.open(path); res.StatusCode != 303 || b.cookie("sallyport-session") != "" {
			t.Errorf("%s: got %d, want 303 to the sign-in and no session", path, res.StatusCode)
		}
	}
}

// A form sent after the sign-in has ended is answered here: the page's own form-action 'self' has browsers drop a
// redirect to GitHub without a word.
func TestAFormWithoutASessionIsAnsweredHere(t *testing.T) {
	b, wishes := confirming(t, "ana")
	b.client.Jar, _ = cookiejar.New(nil)
	for path, page := range map[string]string{
		"/acme/infra/pull/3/confirm": "/acme/infra/pull/3", "/acme/infra/freezes": "/acme/infra/freezes",
	} {
		res, err := b.client.PostForm(b.site+path, url.Values{"factor": {"push"}, "merge": {shownMerge}})
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized || res.Header.Get("Location") != "" ||
			!strings.Contains(string(text), "Nothing was done") || !strings.Contains(string(text), `href="/login?to=`+url.QueryEscape(page)+`"`) {
			t.Errorf("%s: got %d to %q: %s", path, res.StatusCode, res.Header.Get("Location"), text)
		}
	}
	if len(*wishes) != 0 {
		t.Errorf("asked: %+v", *wishes)
	}
}

// Rights are asked for again after a minute at most.
func TestThreat68RightsAreNotRememberedForLong(t *testing.T) {
	g := newFakeGitHub(t)
	g.repos["acme/infra"] = 7
	now := time.Now() // the browser, too, looks at when cookies end
	b := newBrowser(t, site(t, g, guarded(waitingRecord()), func(c *Config) { c.Now = func() time.Time { return now } }))
	b.signIn(g)
	for range 3 {
		b.open("/acme/infra/pull/3")
	}
	if got := g.asked.Load(); got != 1 {
		t.Errorf("within the minute: GitHub was asked %d times, want once", got)
	}
	delete(g.repos, "acme/infra")
	now = now.Add(time.Minute)
	if res, _ := b.open("/acme/infra/pull/3"); res.StatusCode != 404 {
		t.Errorf("a minute after: got %d, want 404", res.StatusCode)
	}
}

func TestThreat68PagesWithoutSignInShowNothing(t *testing.T) {
	s := newServer(t, config(guarded(waitingRecord())))
	for _, path := range []string{"/", "/acme/infra/pull/3", "/acme/nothing/pull/3", "/login", CallbackRoute} {
		w := get(s, path)
		if w.Code != 404 || !strings.Contains(w.Body.String(), "SALLYPORT_GITHUB_OAUTH_CLIENT_ID") || strings.Contains(w.Body.String(), "Raise") {
			t.Errorf("%s: got %d, want a 404 that says how to switch pages on", path, w.Code)
		}
	}
}

// Open pages are for whoever sits at this machine; a web page that points its own name here is not.
func TestThreat68OpenPagesByLoopbackNameOnly(t *testing.T) {
	c := config(guarded(waitingRecord()))
	c.OpenPages = true
	s := newServer(t, c)
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost:8080": 200, "[::1]:8080": 200, "localhost": 200,
		"evil.example:8080": 404, "127.0.0.1.evil.example": 404, "": 404,
	} {
		r, err := http.NewRequest("GET", "/acme/infra/pull/3", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		if w := serve(s, r); w.Code != want {
			t.Errorf("%q: got %d, want %d", host, w.Code, want)
		}
	}
}
