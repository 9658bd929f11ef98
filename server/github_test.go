package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// fakeGitHub signs people in and tells what they may read.
type fakeGitHub struct {
	*httptest.Server
	challenge string           // of the sign-in under way
	repos     map[string]int64 // what the viewer may read, by name
	status    atomic.Int64     // when set, the answer to every question about a repository
	asked     atomic.Int64     // questions about repositories
	header    http.Header      // added to those answers
	admin     atomic.Bool      // the viewer administers what they may read
	later     atomic.Int64     // by how much the server's clock is ahead
	mu        sync.Mutex
	servers   map[string]*Server // by where they answer
}

// set lets the viewer read the repository of this name, or, with 0, no longer.
func (g *fakeGitHub) set(name string, id int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.repos[name] = id; id == 0 {
		delete(g.repos, name)
	}
}

const viewerToken = "gho_of_the_viewer"

func newFakeGitHub(t *testing.T) *fakeGitHub {
	g := &fakeGitHub{repos: map[string]int64{}, header: http.Header{}, servers: map[string]*Server{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login/oauth/access_token", g.token)
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"login":"ana","id":11}`) })
	mux.HandleFunc("GET /repos/{owner}/{repo}", g.repo)
	mux.HandleFunc("DELETE /applications/client/token", g.revoke)
	g.Server = httptest.NewServer(mux)
	t.Cleanup(g.Close)
	return g
}

// token answers only to the client, the code and the verifier that belong together.
func (g *fakeGitHub) token(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.FormValue("client_id") != "client" || r.FormValue("client_secret") != "client secret":
		fmt.Fprint(w, `{"error":"incorrect_client_credentials"}`)
	case r.FormValue("code") != "good" || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge:
		fmt.Fprint(w, `{"error":"bad_verification_code"}`)
	default:
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer"}`, viewerToken)
	}
}

// revoke ends the viewer's token: from then on GitHub knows them no more.
func (g *fakeGitHub) revoke(w http.ResponseWriter, r *http.Request) {
	var in map[string]string
	client, secret, _ := r.BasicAuth()
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || client != "client" || secret != "client secret" || in["access_token"] != viewerToken {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	g.status.Store(http.StatusUnauthorized)
	w.WriteHeader(http.StatusNoContent)
}

func (g *fakeGitHub) repo(w http.ResponseWriter, r *http.Request) {
	g.asked.Add(1)
	for name, values := range g.header {
		w.Header()[name] = values
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	id, ok := g.repos[strings.ToLower(r.PathValue("owner")+"/"+r.PathValue("repo"))]
	switch {
	case g.status.Load() != 0:
		w.WriteHeader(int(g.status.Load()))
	case r.Header.Get("Authorization") != "Bearer "+viewerToken:
		w.WriteHeader(http.StatusUnauthorized)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	default:
		fmt.Fprintf(w, `{"id":%d,"permissions":{"admin":%v,"pull":true}}`, id, g.admin.Load())
	}
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	t      *testing.T
	client *http.Client
	site   string
}

// site runs a server that signs people in at g.
func site(t *testing.T, g *fakeGitHub, m *memory, change func(*Config)) *httptest.Server {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	c := config(m)
	c.PublicURL = "http://" + front.Listener.Addr().String()
	c.GitHub = GitHub{WebURL: g.URL, APIURL: g.URL}
	c.OAuth = OAuth{ClientID: "client", ClientSecret: "client secret"}
	if change != nil {
		change(&c)
	}
	s := newServer(t, c)
	g.servers[c.PublicURL] = s
	front.Config.Handler = s.Handler()
	front.Start()
	t.Cleanup(front.Close)
	return front
}

func newBrowser(t *testing.T, front *httptest.Server) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &browser{t, client, front.URL}
}

func (b *browser) open(path string) (*http.Response, string) {
	b.t.Helper()
	res, err := b.client.Get(b.site + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, string(text)
}

// begin starts a sign-in and returns what GitHub was asked for.
func (b *browser) begin(g *fakeGitHub, to string) url.Values {
	b.t.Helper()
	res, _ := b.open("/login?to=" + url.QueryEscape(to))
	at, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at.String(), g.URL+"/login/oauth/authorize?") {
		b.t.Fatalf("sign-in: got %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	g.challenge = at.Query().Get("code_challenge")
	return at.Query()
}

func (b *browser) callback(state, code string) (*http.Response, string) {
	b.t.Helper()
	return b.open(CallbackRoute + "?" + url.Values{"state": {state}, "code": {code}}.Encode())
}

func (b *browser) signIn(g *fakeGitHub) {
	b.t.Helper()
	if res, text := b.callback(b.begin(g, "/").Get("state"), "good"); res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("sign-in: got %d %s", res.StatusCode, text)
	}
}

func (b *browser) cookie(name string) string {
	at, _ := url.Parse(b.site)
	for _, c := range b.client.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
