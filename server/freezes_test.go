package server

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// ice is freezes in memory, with the promises of the real ones.
type ice struct {
	standing []pull.Freeze
	lifted   []pull.Account
	last     int64
}

var frostAt = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func (i *ice) Freeze(_ context.Context, f pull.Freeze) error {
	for _, s := range i.standing {
		if s.Repo == f.Repo && s.Branch == f.Branch && s.Number == f.Number && s.Code == f.Code {
			return nil
		}
	}
	i.last++
	if f.ID, f.At = i.last, frostAt; f.For > 0 {
		f.Until = frostAt.Add(f.For)
	}
	i.standing = append(i.standing, f)
	return nil
}

func (i *ice) Unfreeze(_ context.Context, id int64, by pull.Account) error {
	var left []pull.Freeze
	for _, f := range i.standing {
		if f.ID != id {
			left = append(left, f)
			continue
		}
		i.lifted = append(i.lifted, by)
	}
	i.standing = left
	return nil
}

func (i *ice) Frozen(_ context.Context, repo int64) ([]pull.Freeze, error) {
	var out []pull.Freeze
	for _, f := range i.standing {
		if repo == 0 || f.Repo == repo {
			out = append(out, f)
		}
	}
	return out, nil
}

func freezingTokens(token string) (pull.Holder, bool) {
	switch token {
	case "freezer":
		return pull.Holder{Name: "pager", Scopes: []string{"freeze", "read"}}, true
	case "elsewhere":
		return pull.Holder{Name: "elsewhere", Scopes: []string{"freeze", "read"}, Repositories: []string{"acme/other"}}, true
	}
	return testTokens(token)
}

func freezingAPI(t *testing.T, i *ice) func(method, path, token, body string) *httptest.ResponseRecorder {
	t.Helper()
	c := config(guarded(waitingRecord()))
	c.Freezes, c.Tokens = i, freezingTokens
	s := newServer(t, c)
	return func(method, path, token, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return serve(s, r)
	}
}

func TestABranchIsFrozenOverTheAPI(t *testing.T) {
	i := &ice{}
	call := freezingAPI(t, i)
	w := call("POST", "/api/v1/freezes/acme/infra/release/2", "freezer", `{"reason":"the database\nmoves","for":"2h"}`)
	if w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), `"branch":"release/2","code":"freeze","reason":"the database moves","by":"token pager"`) ||
		!strings.Contains(w.Body.String(), `"until":"2026-03-04T07:06:07Z"`) {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if f := i.standing[0]; f.Repo != 7 || f.For != 2*time.Hour || f.Number != 0 || f.By.ID != 0 {
		t.Errorf("stands %+v", f)
	}
	if w := call("POST", "/api/v1/freezes/acme/infra/release/2", "freezer", `{"reason":"shorter","for":"1m"}`); w.Code != http.StatusConflict || i.standing[0].For != 2*time.Hour {
		t.Errorf("again: got %d %s", w.Code, w.Body)
	}
	if w := call("GET", "/api/v1/freezes/acme/infra", "reader", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "the database moves") {
		t.Errorf("listing: got %d %s", w.Code, w.Body)
	}
	if w := call("DELETE", "/api/v1/freezes/acme/infra/release/2", "freezer", ""); w.Code != http.StatusOK || len(i.standing) != 0 || i.lifted[0].Login != "token pager" {
		t.Errorf("lifting: got %d %s, lifted by %v", w.Code, w.Body, i.lifted)
	}
}

func TestTheAPIRefusesToFreeze(t *testing.T) {
	const main = "/api/v1/freezes/acme/infra/main"
	for _, c := range []struct {
		name, method, path, token, body string
		want                            int
	}{
		{"without a token", "POST", main, "", `{"reason":"r"}`, 401},
		{"with a token that reads", "POST", main, "reader", `{"reason":"r"}`, 403},
		{"with a token that pushes", "POST", main, "pusher", `{"reason":"r"}`, 403},
		{"with a token that administers people", "POST", main, "boss", `{"reason":"r"}`, 403},
		{"lifting with a token that reads", "DELETE", main, "reader", "", 403},
		{"in a repository that the token may not see", "POST", main, "elsewhere", `{"reason":"r"}`, 404},
		{"lifting in a repository that the token may not see", "DELETE", main, "elsewhere", "", 404},
		{"reading what the token may not see", "GET", "/api/v1/freezes/acme/infra", "elsewhere", "", 404},
		{"in a repository that is not known", "POST", "/api/v1/freezes/acme/none/main", "freezer", `{"reason":"r"}`, 404},
		{"without a reason", "POST", main, "freezer", `{"for":"2h"}`, 400},
		{"with a blank reason", "POST", main, "freezer", `{"reason":" \n "}`, 400},
		{"for a time that is none", "POST", main, "freezer", `{"reason":"r","for":"soon"}`, 400},
		{"for years", "POST", main, "freezer", `{"reason":"r","for":"400d"}`, 400},
		{"with a misspelt time", "POST", main, "freezer", `{"reason":"r","fro":"2h"}`, 400},
		{"with two wishes", "POST", main, "freezer", `{"reason":"r"}{"reason":"s"}`, 400},
		{"with no JSON", "POST", main, "freezer", `reason=r`, 400},
		{"with too much", "POST", main, "freezer", `{"reason":"` + strings.Repeat("r", maxFreeze) + `"}`, 413},
		{"without a branch", "POST", "/api/v1/freezes/acme/infra/", "freezer", `{"reason":"r"}`, 400},
		{"lifting what nobody froze", "DELETE", "/api/v1/freezes/acme/infra/other", "freezer", "", 404},
		{"lifting a freeze for a breach", "DELETE", "/api/v1/freezes/acme/infra/broken", "freezer", "", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := &ice{}
			breach := pull.Freeze{Repo: 7, Branch: "broken", Code: pull.FrozenBreach, Reason: "b"}
			if err := i.Freeze(t.Context(), breach); err != nil {
				t.Fatal(err)
			}
			if w := freezingAPI(t, i)(c.method, c.path, c.token, c.body); w.Code != c.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.want)
			}
			if len(i.standing) != 1 || len(i.lifted) != 0 {
				t.Errorf("stands %+v, lifted by %v", i.standing, i.lifted)
			}
		})
	}
}

const frostPage = "/acme/infra/freezes"

func freezingPage(t *testing.T, admin bool) (*browser, *ice, *fakeGitHub) {
	g := newFakeGitHub(t)
	g.repos["acme/infra"] = 7
	g.admin.Store(admin)
	i := &ice{}
	b := newBrowser(t, site(t, g, guarded(waitingRecord()), func(c *Config) { c.Freezes = i }))
	b.signIn(g)
	return b, i, g
}

// The page is forms alone: it works without any script.
func TestAnAdminFreezesAndLiftsOnThePage(t *testing.T) {
	b, i, _ := freezingPage(t, true)
	if _, text := b.open(frostPage); !strings.Contains(text, `<form class="choice" method="post" action="/acme/infra/freezes">`) {
		t.Fatalf("no form: %s", text)
	}
	if _, text := b.open("/acme/infra/pull/3"); !strings.Contains(text, `href="/acme/infra/freezes"`) {
		t.Error("the page of a pull request does not lead there")
	}
	wish := url.Values{"branch": {" main "}, "for": {"30m"}, "reason": {"the <b>database</b> moves"}}
	if code := b.submit(frostPage, wish); code != http.StatusSeeOther {
		t.Fatalf("freezing: got %d", code)
	}
	if f := i.standing[0]; f.Branch != "main" || f.By.Login != "ana" || f.By.ID != 11 || f.For != 30*time.Minute {
		t.Errorf("stands %+v", f)
	}
	for _, page := range []string{frostPage, "/"} {
		if _, text := b.open(page); !strings.Contains(text, "the &lt;b&gt;database&lt;/b&gt; moves") || !strings.Contains(text, "until") {
			t.Errorf("%s does not tell: %s", page, text)
		}
	}
	if code := b.submit(frostPage, wish); code != http.StatusConflict || len(i.standing) != 1 {
		t.Errorf("again: got %d", code)
	}
	if code := b.submit(frostPage, url.Values{"lift": {"1"}}); code != http.StatusSeeOther || len(i.standing) != 0 || i.lifted[0].ID != 11 {
		t.Errorf("lifting: got %d, stands %+v", code, i.standing)
	}
	if code := b.submit(frostPage, url.Values{"lift": {"1"}}); code != http.StatusConflict {
		t.Errorf("lifting what was lifted: got %d", code)
	}
}

func TestThePageSaysWhatIsWrongWithAFreeze(t *testing.T) {
	for _, c := range []url.Values{
		{"branch": {"main"}},
		{"branch": {"main"}, "reason": {"  "}},
		{"reason": {"r"}},
		{"branch": {"main"}, "reason": {"r"}, "for": {"tomorrow"}},
		{"lift": {"one"}},
	} {
		b, i, _ := freezingPage(t, true)
		if code := b.submit(frostPage, c); code != http.StatusConflict || len(i.standing) != 0 {
			t.Errorf("%v: got %d, stands %+v", c, code, i.standing)
		}
	}
}

// Whoever mends one field must find the others as they were: the branch above all.
func TestARefusedFreezeIsShownAsItWasTyped(t *testing.T) {
	b, _, _ := freezingPage(t, true)
	res, err := b.client.PostForm(b.site+frostPage, url.Values{"branch": {"release"}, "for": {"2hours"}, "reason": {`the "old" laptop`}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for _, want := range []string{`name="branch" value="release"`, `name="for" value="2hours"`, `value="the &#34;old&#34; laptop"`, "The time is wrong"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	if _, fresh := b.open(frostPage); !strings.Contains(fresh, `name="branch" value="main"`) || !strings.Contains(fresh, `name="reason" value=""`) {
		t.Error("a new form does not begin with the default branch and no reason")
	}
}

// What the form lets through is what is understood: a browser says so before anything is sent.
func TestTheFormKnowsATimeWhenItSeesOne(t *testing.T) {
	b, _, _ := freezingPage(t, true)
	_, text := b.open(frostPage)
	_, rest, _ := strings.Cut(text, `pattern="`)
	pattern, _, _ := strings.Cut(rest, `"`)
	times := regexp.MustCompile("^(?:" + html.UnescapeString(pattern) + ")$")
	for _, text := range []string{"30m", "2h", "3d", "90s", "1h30m", "1.5h", "2hours", "tomorrow", "2", "h", "3d2h", "2 h"} {
		if _, wrong := pull.Lasting(text); times.MatchString(text) != (wrong == "") {
			t.Errorf("%q: the form lets it through: %t; read with %q", text, times.MatchString(text), wrong)
		}
	}
}

// A misspelt branch would hold nothing back, so it is said that nothing aims at it.
func TestAFreezeThatHoldsNothingBackIsDoubted(t *testing.T) {
	const words = "No open pull request aims at this branch"
	for branch, doubted := range map[string]bool{"mian": true, "main": false, "trunk": false, "queued": false} {
		rec := waitingRecord()
		rec.Request.Base.Branch = "trunk"
		m := guarded(rec)
		m.turns = []pull.Turn{{Repo: 7, Branch: "queued", Number: 9}}
		g := newFakeGitHub(t)
		g.repos["acme/infra"] = 7
		i := &ice{}
		front := site(t, g, m, func(c *Config) { c.Freezes, c.Tokens = i, freezingTokens })
		r := httptest.NewRequest("POST", "/api/v1/freezes/acme/infra/"+branch, strings.NewReader(`{"reason":"r"}`))
		r.Header.Set("Authorization", "Bearer freezer")
		if w := serve(g.servers[front.URL], r); w.Code != http.StatusCreated || strings.Contains(w.Body.String(), `"warning":"`+words) != doubted {
			t.Errorf("%s: got %d %s, want a warning: %t", branch, w.Code, w.Body, doubted)
		}
		b := newBrowser(t, front)
		b.signIn(g)
		if _, text := b.open(frostPage); strings.Contains(text, words) != doubted {
			t.Errorf("%s: the page warns: %t, want %t", branch, !doubted, doubted)
		}
	}
}

// What fraud or a breach froze is looked at by people first: no button lifts it.
func TestAFreezeForABreachHasNoButton(t *testing.T) {
	b, i, _ := freezingPage(t, true)
	if err := i.Freeze(t.Context(), pull.Freeze{Repo: 7, Branch: "main", Code: pull.FrozenBreach, Reason: "differs"}); err != nil {
		t.Fatal(err)
	}
	if _, text := b.open(frostPage); strings.Contains(text, `name="lift"`) {
		t.Error("it has a button")
	}
	if code := b.submit(frostPage, url.Values{"lift": {"1"}}); code != http.StatusConflict || len(i.standing) != 1 {
		t.Errorf("got %d, stands %+v", code, i.standing)
	}
}

func TestOthersFreezeNothing(t *testing.T) {
	b, i, _ := freezingPage(t, false)
	if _, text := b.open(frostPage); strings.Contains(text, `action="/acme/infra/freezes"`) {
		t.Error("the page offers it")
	}
	if code := b.submit(frostPage, url.Values{"branch": {"main"}, "reason": {"r"}}); code != http.StatusForbidden || len(i.standing) != 0 {
		t.Errorf("got %d, stands %+v", code, i.standing)
	}
}

// A stranger learns neither that the repository exists nor what is frozen in it.
func TestThreat68FreezesOfOthersAreNotThere(t *testing.T) {
	b, i, g := freezingPage(t, true)
	if err := i.Freeze(t.Context(), pull.Freeze{Repo: 7, Branch: "main", Code: pull.FrozenBranch, Reason: "a secret launch"}); err != nil {
		t.Fatal(err)
	}
	g.set("acme/infra", 0)
	g.later.Store(int64(time.Hour))
	if res, text := b.open(frostPage); res.StatusCode != http.StatusNotFound || strings.Contains(text, "launch") {
		t.Errorf("got %d %s", res.StatusCode, text)
	}
	if _, text := b.open("/"); strings.Contains(text, "launch") {
		t.Error("the overview tells")
	}
	if code := b.submit(frostPage, url.Values{"lift": {"1"}}); code != http.StatusNotFound || len(i.standing) != 1 {
		t.Errorf("lifting: got %d", code)
	}
}

// Another site's form must not stop production, nor set it going, in the viewer's name.
func TestThreat67AFormOfAnotherSiteFreezesNothing(t *testing.T) {
	b, i, _ := freezingPage(t, true)
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if code := b.submit(frostPage, url.Values{"branch": {"main"}, "reason": {"r"}}, headers...); code != http.StatusForbidden {
			t.Errorf("%v: got %d, want 403", headers, code)
		}
	}
	if len(i.standing) != 0 {
		t.Errorf("stands %+v", i.standing)
	}
	for _, form := range []string{frostPage, "/logout"} { // whoever meant it is told what to do
		r, err := http.NewRequest(http.MethodPost, b.site+form, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := b.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text := must(io.ReadAll(res.Body))
		res.Body.Close()
		if !strings.Contains(string(text), "Nothing was done") || !strings.Contains(string(text), `href="/"`) {
			t.Errorf("%s: got %s", form, text)
		}
	}
}

// Pages that are open to everybody on this machine know nobody by name, and so steer nothing.
func TestOpenPagesFreezeNothing(t *testing.T) {
	i := &ice{}
	c := config(guarded(waitingRecord()))
	c.OpenPages, c.Freezes = true, i
	s := newServer(t, c)
	r := httptest.NewRequest("POST", frostPage, strings.NewReader("branch=main&reason=r"))
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := serve(s, r); w.Code != http.StatusForbidden || len(i.standing) != 0 {
		t.Errorf("got %d, stands %+v", w.Code, i.standing)
	}
}
