package githubtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// scene is a small repository with one pull request, and a client that speaks GraphQL to it.
type scene struct {
	t       *testing.T
	s       *Server
	org     *Account
	ann     *Account // admin, owner of the organization
	bob     *Account // writes; author of the pull request
	eve     *Account // no role
	team    *Team
	app     *App
	install *Installation
	repo    *Repo
	pull    *Pull
}

// must stops the test at an error that is none of its business.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newScene(t *testing.T, opts Options) *scene {
	t.Helper()
	s := must[*Server](t)(New(opts))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	sc := &scene{t: t, s: s, ann: s.User("ann"), bob: s.User("bob"), eve: s.User("eve")}
	sc.org = s.Organization("acme", sc.ann)
	sc.team = sc.org.Team("ops")
	sc.team.Add(sc.bob)
	sc.repo = must[*Repo](t)(s.Repo(sc.org, "prod"))
	sc.repo.GrantTeam(sc.team, pull.Write)
	sc.app = must[*App](t)(s.App(AppOptions{Slug: "sallyport"}))
	sc.install = sc.app.Install(sc.org)
	sc.commit("main", map[string]string{".sallyport.yml": "version: 1\n", "prod/job.hcl": "one\n", "README.md": "hello\n"}, sc.ann)
	sc.commit("topic", map[string]string{"prod/job.hcl": "two\n"}, sc.bob, CoAuthor(sc.eve))
	sc.pull = must[*Pull](t)(sc.repo.OpenPull(sc.bob, "Raise the count", "topic", "main", Body("Because.")))
	return sc
}

func (sc *scene) commit(branch string, files map[string]string, by *Account, opts ...CommitOption) string {
	sc.t.Helper()
	return must[string](sc.t)(sc.repo.Commit(branch, files, by, opts...))
}

// as mints a token for the installation, or for a person when one is given.
func (sc *scene) as(person *Account) string {
	sc.s.mu.Lock()
	defer sc.s.mu.Unlock()
	token := "token-" + randomHex(8)
	p := &principal{App: sc.app, Install: sc.install, Expires: sc.s.now().Add(time.Hour)}
	if person != nil {
		p = &principal{User: person, Expires: sc.s.now().Add(time.Hour)}
	}
	sc.s.tokens[token] = p
	return token
}

// reply is a GraphQL answer. Data is read with at.
type reply struct {
	Data   map[string]any
	Errors []struct {
		Type    string
		Message string
		Path    []any
	}
}

// post sends a document through the server's HTTP handler as the installation.
func (sc *scene) post(query string, vars map[string]any) reply {
	sc.t.Helper()
	return sc.postAs(nil, query, vars)
}

func (sc *scene) postAs(person *Account, query string, vars map[string]any) reply {
	sc.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		sc.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/api/graphql", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+sc.as(person))
	w := httptest.NewRecorder()
	sc.s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		sc.t.Fatalf("got status %d: %s", w.Code, w.Body)
	}
	var out reply
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		sc.t.Fatalf("%v in %s", err, w.Body)
	}
	return out
}

// ask is post for documents that must succeed without a single error or violation.
func (sc *scene) ask(query string, vars map[string]any) map[string]any {
	sc.t.Helper()
	out := sc.post(query, vars)
	if len(out.Errors) > 0 {
		sc.t.Fatalf("got errors %+v", out.Errors)
	}
	sc.clean()
	return out.Data
}

func (sc *scene) clean() {
	sc.t.Helper()
	if v := sc.s.Violations(); len(v) > 0 {
		sc.t.Fatalf("violations: %s", strings.Join(v, "\n"))
	}
}

// at walks into an answer by keys and positions: "repository", "pullRequest", "commits", "nodes", 0.
func at(v any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

func (sc *scene) snapshot() map[string]any {
	sc.t.Helper()
	query := must[[]byte](sc.t)(os.ReadFile("testdata/graphql/snapshot.graphql"))
	return sc.ask(string(query), map[string]any{"owner": "acme", "name": "prod", "number": sc.pull.Number,
		"policy": "main:.sallyport.yml", "login": "bob", "org": "acme", "team": "ops"})
}
