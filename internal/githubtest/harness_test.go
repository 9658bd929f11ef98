package githubtest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// world is a GitHub with an organization, its people, one repository and the app under test.
type world struct {
	t            *testing.T
	hub          *Server
	alice, bob   *Account // alice owns the organization, bob may write
	org          *Account
	repo         *Repo
	app, ci      *App
	installation *Installation
	token        string
	events       *listener
}

func newWorld(t *testing.T, opts Options) *world {
	t.Helper()
	opts.Validate = true
	hub, err := New(opts)
	check(t, err)
	check(t, hub.Start())
	w := &world{t: t, hub: hub, events: newListener(t)}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		for _, v := range hub.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	w.alice, w.bob = hub.User("alice"), hub.User("bob")
	w.org = hub.Organization("acme", w.alice)
	w.repo, err = hub.Repo(w.org, "infra")
	check(t, err)
	w.repo.Grant(w.bob, pull.Write)
	w.commit("main", "README.md", "hello\n", w.alice)
	w.app, err = hub.App(AppOptions{Slug: "sallyport", Key: testKey(), WebhookURL: w.events.URL, WebhookSecret: "secret", ClientID: "cid", ClientSecret: "cs"})
	check(t, err)
	w.ci, err = hub.App(AppOptions{Slug: "ci"})
	check(t, err)
	w.installation = w.app.Install(w.org)
	w.token = w.installation.InstallationToken()
	return w
}

// testKey is made once: making one takes longer than most tests.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) commit(branch, path, text string, by *Account, opts ...CommitOption) string {
	w.t.Helper()
	sha, err := w.repo.Commit(branch, map[string]string{path: text}, by, opts...)
	check(w.t, err)
	return sha
}

// pull opens a pull request of bob's that changes one file.
func (w *world) pull(branch, path, text string) *Pull {
	w.t.Helper()
	w.commit(branch, path, text, w.bob)
	p, err := w.repo.OpenPull(w.bob, "Change "+path, branch, "main")
	check(w.t, err)
	return p
}

func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	check(w.t, w.hub.Settle(ctx))
}

// call makes an API call with the installation's token and decodes the answer.
func (w *world) call(method, path string, body any, into any) *http.Response {
	w.t.Helper()
	return w.callAs(w.token, method, path, body, into)
}

func (w *world) callAs(token, method, path string, body any, into any) *http.Response {
	w.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		check(w.t, err)
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, w.hub.URL()+path, in)
	check(w.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	check(w.t, err)
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			w.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, raw)
		}
	}
	return res
}

// want makes a call and checks its status.
func (w *world) want(status int, method, path string, body any, into any) *http.Response {
	w.t.Helper()
	res := w.call(method, path, body, into)
	if res.StatusCode != status {
		w.t.Fatalf("%s %s: got %d want %d", method, path, res.StatusCode, status)
	}
	return res
}

// jwt is the app's token with the claims changed.
func jwt(t *testing.T, key *rsa.PrivateKey, alg string, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		raw, err := json.Marshal(v)
		check(t, err)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	signed := part(map[string]any{"alg": alg, "typ": "JWT"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	check(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (w *world) jwt() string {
	now := time.Now().Unix()
	return jwt(w.t, w.app.opts.Key, "RS256", map[string]any{"iss": fmt.Sprint(w.app.ID), "iat": now, "exp": now + 540})
}

// event is a webhook as it arrived.
type event struct {
	Name, GUID, Signature string
	Body                  []byte
}

func (e event) json(t *testing.T) object {
	t.Helper()
	var o object
	check(t, json.Unmarshal(e.Body, &o))
	return o
}

// listener collects webhooks.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	got    []event
	status int
}

func newListener(t *testing.T) *listener {
	l := &listener{status: http.StatusAccepted}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.got = append(l.got, event{r.Header.Get("X-GitHub-Event"), r.Header.Get("X-GitHub-Delivery"), r.Header.Get("X-Hub-Signature-256"), body})
		w.WriteHeader(l.status)
	}))
	t.Cleanup(l.Close)
	return l
}

// names lists what arrived since the last call, as "event action".
func (l *listener) names(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, e := range l.take() {
		name := e.Name
		if action, ok := e.json(t)["action"].(string); ok {
			name += " " + action
		}
		names = append(names, name)
	}
	return names
}

func (l *listener) take() []event {
	l.mu.Lock()
	defer l.mu.Unlock()
	got := l.got
	l.got = nil
	return got
}
