package hub

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// world is a simulated GitHub with our app on one repository, seen through a proxy that can falsify answers.
type world struct {
	t       *testing.T
	gh      *githubtest.Server
	app     *githubtest.App
	install *githubtest.Installation
	org     *githubtest.Account
	repo    *githubtest.Repo
	alice   *githubtest.Account // writes
	bo      *githubtest.Account // administers
	hub     *Hub
	proxy   *proxy
	meter   *meter
	address string // where the hub finds it
}

// appKey is made once: keys are slow to make.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

const testPolicy = "version: 1\nrules:\n  - name: all\n    paths: [\"**\"]\n    require: {}\n"

func newWorld(t *testing.T, options ...func(*githubtest.Options)) *world {
	t.Helper()
	o := githubtest.Options{Validate: true, MergeabilityAsks: -1}
	for _, f := range options {
		f(&o)
	}
	gh := must(githubtest.New(o))(t)
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		for _, v := range gh.Violations() {
			t.Errorf("against GitHub's published shapes: %s", v)
		}
	})
	t.Cleanup(func() { _ = gh.Close() })
	w := &world{t: t, gh: gh, alice: gh.User("alice"), bo: gh.User("bo"), meter: new(meter)}
	w.org = gh.Organization("acme", w.bo)
	w.org.Join(w.alice)
	w.repo = must(gh.Repo(w.org, "infra"))(t)
	w.repo.Grant(w.alice, pull.Write)
	w.commit("main", map[string]string{".sallyport.yml": testPolicy, "prod/app.nomad": "one\n", "README.md": "hello\n"})
	w.app = must(gh.App(githubtest.AppOptions{Slug: "sallyport", Key: appKey()}))(t)
	w.install = w.app.Install(w.org)
	w.proxy = &proxy{next: gh.Handler()}
	server := httptest.NewServer(w.proxy)
	t.Cleanup(server.Close)
	w.address = server.URL
	w.hub = w.connect(w.address)
	return w
}

// connect makes a hub that finds GitHub at the address.
func (w *world) connect(url string, change ...func(*Config)) *Hub {
	w.t.Helper()
	c := Config{AppID: w.app.ID, PrivateKey: must(w.app.PrivateKey())(w.t), V3URL: url, V4URL: url + "/graphql",
		UserAgent: "sallyport-test", Meter: w.meter.add}
	for _, f := range change {
		f(&c)
	}
	return must(New(c))(w.t)
}

// must unwraps a result, or ends the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (w *world) commit(branch string, files map[string]string, options ...githubtest.CommitOption) string {
	w.t.Helper()
	return must(w.repo.Commit(branch, files, w.alice, options...))(w.t)
}

func (w *world) open(head string) *githubtest.Pull {
	w.t.Helper()
	return must(w.repo.OpenPull(w.alice, "Change "+head, head, "main"))(w.t)
}

// change opens a pull request that changes one file.
func (w *world) change() *githubtest.Pull {
	w.t.Helper()
	w.commit("change", map[string]string{"prod/app.nomad": "two\n"})
	return w.open("change")
}

// asRepo is the repository as the store would know it.
func (w *world) asRepo() pull.Repo {
	return pull.Repo{ID: w.repo.ID, Owner: "acme", Name: "infra", Installation: w.install.ID}
}

func (w *world) snapshot(p *githubtest.Pull, hint ...pull.Question) pull.Request {
	w.t.Helper()
	var q pull.Question
	if len(hint) > 0 {
		q = hint[0]
	}
	return must(w.hub.Snapshot(context.Background(), w.asRepo(), p.Number, q))(w.t)
}

// snapshotError is for reads that must fail.
func (w *world) snapshotError(p *githubtest.Pull) error {
	w.t.Helper()
	r, err := w.hub.Snapshot(context.Background(), w.asRepo(), p.Number, pull.Question{})
	if err == nil {
		w.t.Fatalf("reading succeeded with %+v", r)
	}
	return err
}

// operations lists the calls since the last reset by name, without the sign-in.
func (w *world) operations() []string {
	var names []string
	for _, c := range w.gh.Calls() {
		switch {
		case c.Operation != "":
			names = append(names, c.Operation)
		case c.Route != "POST /app/installations/{id}/access_tokens":
			names = append(names, c.Route)
		}
	}
	return names
}

type meter struct {
	mu    sync.Mutex
	calls []Call
}

func (m *meter) add(c Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, c)
}

func (m *meter) all() []Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Call(nil), m.calls...)
}

func (m *meter) count(operation string) (n int) {
	for _, c := range m.all() {
		if c.Operation == operation {
			n++
		}
	}
	return n
}

// proxy passes requests on, and lets a test falsify the answers to a GraphQL operation.
type proxy struct {
	next http.Handler
	mu   sync.Mutex
	lies map[string]func(data map[string]any)
	eyes func(*http.Request)
	errs map[string][]any
}

// complain adds errors to every answer to the operation.
func (p *proxy) complain(operation string, errors ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errs = map[string][]any{operation: errors}
}

// see shows every request to a test.
func (p *proxy) see(f func(*http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.eyes = f
}

// lie falsifies the data of every answer to the operation.
func (p *proxy) lie(operation string, f func(data map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lies == nil {
		p.lies = map[string]func(map[string]any){}
	}
	p.lies[operation] = f
}

func (p *proxy) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var q struct {
		Operation string `json:"operationName"`
	}
	_ = json.Unmarshal(body, &q)
	p.mu.Lock()
	lie, eyes, errs := p.lies[q.Operation], p.eyes, p.errs[q.Operation]
	p.mu.Unlock()
	if eyes != nil {
		eyes(r)
	}
	if lie == nil {
		p.next.ServeHTTP(rw, r)
		return
	}
	truth := httptest.NewRecorder()
	p.next.ServeHTTP(truth, r)
	var answer map[string]any
	if err := json.Unmarshal(truth.Body.Bytes(), &answer); err != nil {
		panic(err)
	}
	lie(answer["data"].(map[string]any))
	if len(errs) > 0 {
		answer["errors"] = errs
	}
	_ = json.NewEncoder(rw).Encode(answer)
}

// dig walks into decoded JSON.
func dig(v any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			v = v.(map[string]any)[s]
		case int:
			v = v.([]any)[s]
		}
	}
	return v
}

func object(v any, path ...any) map[string]any { return dig(v, path...).(map[string]any) }

// wantFailure checks an error's class and code.
func wantFailure(t *testing.T, err error, class pull.Class, code string) *pull.Failure {
	t.Helper()
	f, ok := asFailure(err)
	if !ok || f.Class != class || f.Code != code {
		t.Fatalf("error is %v (class %v, %+v), want class %v, code %s", err, pull.ClassOf(err), f, class, code)
	}
	return f
}
