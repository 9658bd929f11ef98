package hub

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func (w *world) tokens() (n int) {
	for _, c := range w.gh.Calls() {
		if strings.HasSuffix(c.Path, "/access_tokens") {
			n++
		}
	}
	return n
}

func TestOneTokenServesManyCalls(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	for range 3 {
		w.snapshot(p)
		if err := w.hub.Comment(context.Background(), w.asRepo(), p.Number, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.tokens(); got != 1 {
		t.Errorf("%d tokens were asked for, want 1", got)
	}
}

func TestRevokedTokenIsRenewedOnce(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.snapshot(p)
	w.gh.Fault(githubtest.Fault{Path: "/graphql", Status: 401, Times: 1, Body: `{"message":"Bad credentials"}`})
	w.snapshot(p)
	w.gh.Fault(githubtest.Fault{Path: "/repos/**", Status: 401, Times: 1, Body: `{"message":"Bad credentials"}`})
	if err := w.hub.Comment(context.Background(), w.asRepo(), p.Number, "hello"); err != nil {
		t.Error(err)
	}
	if got := w.tokens(); got != 3 {
		t.Errorf("%d tokens were asked for, want 3", got)
	}
	w.gh.Fault(githubtest.Fault{Path: "/graphql", Status: 401, Body: `{"message":"Bad credentials"}`})
	wantFailure(t, w.snapshotError(p), pull.Permanent, "not-authenticated")
	if got := w.tokens(); got != 4 {
		t.Errorf("%d tokens were asked for, want 4: a token is renewed once and no more", got)
	}
}

func TestSignInFailures(t *testing.T) {
	for name, c := range map[string]struct {
		fault githubtest.Fault
		class pull.Class
		code  string
	}{
		"gone":      {githubtest.Refuse(404), pull.Permanent, "installation-gone"},
		"suspended": {githubtest.Refuse(403), pull.Permanent, "installation-suspended"},
		"wrong key": {githubtest.Refuse(401), pull.Permanent, "not-authenticated"},
		"down":      {githubtest.Refuse(503), pull.Transient, "github-error"},
		"limited":   {githubtest.SecondaryLimit(1e9), pull.Transient, "github-rate-limit"},
		"lost":      {githubtest.Fault{LoseAnswer: true}, pull.Transient, "github-unreachable"},
		"no JSON":   {githubtest.Fault{Status: 201, Body: "<html>"}, pull.Transient, "github-unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			c.fault.Path = "/app/installations/*/access_tokens"
			w.gh.Fault(c.fault)
			defer w.gh.Heal()
			wantFailure(t, w.snapshotError(p), c.class, c.code)
			// No merge was asked for, so its fate is certain.
			w.gh.ResetCalls()
			r := pull.Request{Repo: w.asRepo(), Number: p.Number, Head: pull.Head{SHA: p.Head()}}
			_, err := w.connect(w.proxyURL()).Merge(context.Background(), r, intentOf(r, pull.MethodMerge), "x")
			wantFailure(t, err, c.class, c.code)
		})
	}
}

// proxyURL is another door to the same simulator.
func (w *world) proxyURL() string {
	server := httptest.NewServer(w.proxy)
	w.t.Cleanup(server.Close)
	return server.URL
}

func TestPing(t *testing.T) {
	w := newWorld(t)
	if err := w.hub.Ping(context.Background()); err != nil {
		t.Error(err)
	}
	other := must(w.gh.App(githubtest.AppOptions{Slug: "other"}))(t)
	wrong := w.connect(w.proxyURL(), func(c *Config) { c.AppID = other.ID })
	wantFailure(t, wrong.Ping(context.Background()), pull.Permanent, "not-authenticated")
	w.gh.Fault(githubtest.Fault{Path: "/app", Status: 200, Body: `{"id":7,"slug":"x","name":"x"}`})
	wantFailure(t, w.hub.Ping(context.Background()), pull.Permanent, "wrong-app")
	w.gh.Heal()
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	w := newWorld(t)
	key := must(w.app.PrivateKey())(t)
	for name, c := range map[string]Config{
		"no app":   {PrivateKey: key, V3URL: "http://x", V4URL: "http://x/graphql"},
		"no key":   {AppID: 1, V3URL: "http://x", V4URL: "http://x/graphql"},
		"bad key":  {AppID: 1, PrivateKey: []byte("-----BEGIN"), V3URL: "http://x", V4URL: "http://x/graphql"},
		"no REST":  {AppID: 1, PrivateKey: key, V4URL: "http://x/graphql"},
		"no graph": {AppID: 1, PrivateKey: key, V3URL: "http://x"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A redirect to a foreign server would carry the token along, since it is added below the redirect.
func TestTokenDoesNotTravelToAnotherServer(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	var leaked atomic.Int32
	foreign := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			leaked.Add(1)
		}
	}))
	defer foreign.Close()
	for _, status := range []string{"301", "307"} {
		code := map[string]int{"301": 301, "307": 307}[status]
		w.gh.Fault(githubtest.Fault{Path: "/graphql", Status: code, Header: map[string]string{"Location": foreign.URL + "/graphql"}, Body: "{}", Times: 1})
		wantFailure(t, w.snapshotError(p), pull.Permanent, "repository-moved")
		w.gh.Fault(githubtest.Fault{Path: "/repos/**", Status: code, Header: map[string]string{"Location": foreign.URL + "/x"}, Body: "{}", Times: 1})
		wantFailure(t, w.hub.Comment(context.Background(), w.asRepo(), p.Number, "hello"), pull.Permanent, "repository-moved")
	}
	if n := leaked.Load(); n > 0 {
		t.Errorf("the token went to another server %d times", n)
	}
	w.gh.Heal()
}

func TestSecretsStayOutOfErrorsAndLogs(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	var log bytes.Buffer
	h := w.connect(w.proxyURL(), func(c *Config) { c.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	var seen atomic.Value
	seen.Store("")
	w.proxy.see(func(r *http.Request) { seen.Store(seen.Load().(string) + "\n" + r.Header.Get("Authorization")) })
	var said strings.Builder
	for _, f := range []githubtest.Fault{githubtest.Refuse(500), githubtest.Refuse(403), {LoseAnswer: true}, githubtest.SecondaryLimit(1e9), githubtest.Refuse(401)} {
		f.Path = "/graphql"
		w.gh.Fault(f)
		_, err := h.Snapshot(context.Background(), w.asRepo(), p.Number, pull.Question{})
		said.WriteString(err.Error())
		w.gh.Heal()
	}
	for line := range strings.SplitSeq(seen.Load().(string), "\n") {
		_, token, ok := strings.Cut(line, " ")
		if ok && strings.Contains(said.String()+log.String(), token) {
			t.Errorf("a token shows in errors or logs: %s%s", said.String(), log.String())
		}
	}
}

func TestMeterSeesEveryRequest(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.snapshot(p)
	if err := w.hub.Comment(context.Background(), w.asRepo(), p.Number, "hello"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range w.meter.all() {
		got = append(got, c.Kind+" "+c.Operation)
		if c.Status < 200 || c.Status > 299 || c.Duration <= 0 || (c.Kind == "graphql") != (c.Points > 0) {
			t.Errorf("metered %+v", c)
		}
		if c.Operation != "token" && (c.Installation != w.install.ID || c.Remaining <= 0) {
			t.Errorf("metered %+v, want installation %d and what remains", c, w.install.ID)
		}
	}
	if want := "rest token|graphql Snapshot|graphql Trees|rest comment"; strings.Join(got, "|") != want {
		t.Errorf("metered %v, want %s", got, want)
	}
}
