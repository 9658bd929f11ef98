package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestSignIn(t *testing.T) {
	g := newFakeGitHub(t)
	g.repos["acme/infra"] = 7
	b := newBrowser(t, site(t, g, guarded(waitingRecord()), nil))

	res, _ := b.open("/acme/infra/pull/3")
	if got, want := res.Header.Get("Location"), "/login?to=%2Facme%2Finfra%2Fpull%2F3"; res.StatusCode != 303 || got != want {
		t.Fatalf("a stranger: got %d to %s, want 303 to %s", res.StatusCode, got, want)
	}
	asked := b.begin(g, "/acme/infra/pull/3")
	for name, want := range map[string]string{
		"client_id": "client", "response_type": "code", "code_challenge_method": "S256",
		"redirect_uri": b.site + "/api/github/auth",
	} {
		if got := asked.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if res, text := b.callback(asked.Get("state"), "good"); res.StatusCode != 303 || res.Header.Get("Location") != "/acme/infra/pull/3" {
		t.Fatalf("callback: got %d to %q: %s", res.StatusCode, res.Header.Get("Location"), text)
	}
	if res, text := b.open("/acme/infra/pull/3"); res.StatusCode != 200 || !strings.Contains(text, "Raise the web count") || !strings.Contains(text, "ana") {
		t.Errorf("signed in: got %d %s", res.StatusCode, text)
	}
}

// The answer from GitHub must belong to a sign-in that this browser began, else an attacker signs the victim into
// the attacker's account.
func TestThreat67LoginCSRF(t *testing.T) {
	g := newFakeGitHub(t)
	front := site(t, g, guarded(), nil)
	attacker, victim := newBrowser(t, front), newBrowser(t, front)
	stolen := attacker.begin(g, "/").Get("state")

	for name, try := range map[string]func() *http.Response{
		"a browser that began nothing": func() *http.Response { r, _ := victim.callback(stolen, "good"); return r },
		"a browser that began another": func() *http.Response { victim.begin(g, "/"); r, _ := victim.callback(stolen, "good"); return r },
		"no state":                     func() *http.Response { victim.begin(g, "/"); r, _ := victim.callback("", "good"); return r },
	} {
		if res := try(); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", name, res.StatusCode)
		}
		if victim.cookie("sallyport-session") != "" {
			t.Errorf("%s: a session was opened", name)
		}
	}
}

func TestThreat67StateIsUsedOnce(t *testing.T) {
	g := newFakeGitHub(t)
	b := newBrowser(t, site(t, g, guarded(), nil))
	state := b.begin(g, "/").Get("state")
	for i, want := range []int{303, 403} {
		if res, text := b.callback(state, "good"); res.StatusCode != want {
			t.Errorf("use %d: got %d %s, want %d", i, res.StatusCode, text, want)
		}
	}
}

// A code that was caught on its way is worth nothing without the verifier, which never leaves browser and server.
func TestThreat67PKCE(t *testing.T) {
	g := newFakeGitHub(t)
	b := newBrowser(t, site(t, g, guarded(), nil))
	state := b.begin(g, "/").Get("state")
	g.challenge = "of another sign-in"
	res, text := b.callback(state, "good")
	if res.StatusCode != http.StatusBadGateway || b.cookie("sallyport-session") != "" {
		t.Errorf("got %d %s, want 502 and no session", res.StatusCode, text)
	}
}

// A cookie planted before the sign-in, even a valid one of the attacker's, is not the session after it.
func TestThreat67SessionFixation(t *testing.T) {
	g := newFakeGitHub(t)
	front := site(t, g, guarded(), nil)
	attacker, victim := newBrowser(t, front), newBrowser(t, front)
	attacker.signIn(g)
	at, err := url.Parse(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	planted := attacker.cookie("sallyport-session")
	victim.client.Jar.SetCookies(at, []*http.Cookie{{Name: "sallyport-session", Value: planted, Path: "/"}})
	victim.signIn(g)
	if now := victim.cookie("sallyport-session"); now == "" || now == planted {
		t.Errorf("the planted session was kept: %q", now)
	}
}

func TestThreat67CookieFlags(t *testing.T) {
	for public, secure := range map[string]bool{"https://sallyport.example.com": true, "http://127.0.0.1:8080": false} {
		c := config(guarded())
		c.PublicURL, c.OAuth = public, OAuth{"client", "client secret"}
		cookies := get(newServer(t, c), "/login").Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: got %d cookies, want 1", public, len(cookies))
		}
		got := cookies[0]
		if !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || got.Domain != "" ||
			got.Secure != secure || strings.HasPrefix(got.Name, "__Host-") != secure {
			t.Errorf("%s: got %+v", public, got)
		}
	}
}

// The way back after the sign-in must not lead to another site.
func TestThreat67OpenRedirect(t *testing.T) {
	for to, want := range map[string]string{
		"/acme/infra/pull/3": "/acme/infra/pull/3", "": "/", "acme": "/",
		"/?mine=1&repo=acme%2Fjobs": "/?mine=1&repo=acme%2Fjobs", "/?x=//evil.example\r\n": "/", "//evil.example?/a": "/", "?mine=1": "/",
		"/?next=https://evil.example": "/?next=https%3A%2F%2Fevil.example", "/#//evil.example": "/",
		"https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", "/%2F/evil.example": "/",
		"javascript:alert(1)": "/", "///evil.example": "/",
		"//evil.example/x": "/", "https://evil.example/x": "/", "//user@evil.example/x": "/", "/a\r\nSet-Cookie: x=y": "/", "https:/evil": "/", "/\t/evil.example": "/",
	} {
		if got := localPath(to); got != want {
			t.Errorf("%q: got %q, want %q", to, got, want)
		}
	}
	g := newFakeGitHub(t)
	b := newBrowser(t, site(t, g, guarded(), nil))
	res, _ := b.callback(b.begin(g, "//evil.example").Get("state"), "good")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/" {
		t.Errorf("signed in with %d to %q, want 303 to /", res.StatusCode, got)
	}
}

// What was chosen on the overview is still chosen after the sign-in.
func TestAChoiceSurvivesTheSignIn(t *testing.T) {
	g := newFakeGitHub(t)
	b := newBrowser(t, site(t, g, guarded(), nil))
	res, _ := b.open("/?mine=1&author=ana")
	if got, want := res.Header.Get("Location"), "/login?to="+url.QueryEscape("/?mine=1&author=ana"); got != want {
		t.Fatalf("sent to %s, want %s", got, want)
	}
	res, _ = b.callback(b.begin(g, "/?mine=1&author=ana").Get("state"), "good")
	if got := res.Header.Get("Location"); got != "/?author=ana&mine=1" {
		t.Errorf("came back to %q", got)
	}
}

// Browsers that have been here by https come by nothing else; on this machine there is none.
func TestThreat67HTTPSIsKeptTo(t *testing.T) {
	for public, want := range map[string]string{"https://sallyport.example.com": "max-age=31536000", "http://127.0.0.1:8080": ""} {
		c := config(guarded())
		c.PublicURL = public
		for _, path := range []string{"/", "/healthz", "/api/v1/none"} {
			if got := get(newServer(t, c), path).Header().Get("Strict-Transport-Security"); got != want {
				t.Errorf("%s%s: got %q, want %q", public, path, got, want)
			}
		}
	}
}

// A cookie that was copied before is worth nothing a minute after the sign-out.
func TestThreat67SigningOutEndsTheSessionEverywhere(t *testing.T) {
	g := newFakeGitHub(t)
	g.repos["acme/infra"] = 7
	now := time.Now() // the browser, too, looks at when cookies end
	front := site(t, g, guarded(waitingRecord()), func(c *Config) { c.Now = func() time.Time { return now } })
	owner, thief := newBrowser(t, front), newBrowser(t, front)
	owner.signIn(g)
	at, err := url.Parse(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	thief.client.Jar.SetCookies(at, owner.client.Jar.Cookies(at))
	if res, _ := thief.open("/acme/infra/pull/3"); res.StatusCode != http.StatusOK {
		t.Fatalf("the copy is not good to begin with: %d", res.StatusCode)
	}
	if code := owner.submit("/logout", nil); code != http.StatusOK {
		t.Fatalf("signing out: %d", code)
	}
	now = now.Add(time.Minute)
	if res, _ := thief.open("/acme/infra/pull/3"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/login") {
		t.Errorf("the copy a minute after: got %d, want to be sent to sign in", res.StatusCode)
	}
}

// Whoever signs out is signed out, whatever GitHub says.
func TestSigningOutDoesNotRestOnGitHub(t *testing.T) {
	g := newFakeGitHub(t)
	b := newBrowser(t, site(t, g, guarded(), nil))
	b.signIn(g)
	g.Close()
	if code := b.submit("/logout", nil); code != http.StatusOK || b.cookie("sallyport-session") != "" {
		t.Errorf("got %d, want 200 and no session", code)
	}
}

func TestThreat67LogoutNeedsOurOwnPage(t *testing.T) {
	g := newFakeGitHub(t)
	b := newBrowser(t, site(t, g, guarded(), nil))
	b.signIn(g)
	post := func(origin string) int {
		r, err := http.NewRequest(http.MethodPost, b.site+"/logout", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		res, err := b.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := post("https://evil.example"); got != http.StatusForbidden || b.cookie("sallyport-session") == "" {
		t.Errorf("from elsewhere: got %d, want 403 and the session kept", got)
	}
	if got := post(b.site); got != http.StatusOK || b.cookie("sallyport-session") != "" {
		t.Errorf("from here: got %d, want 200 and no session", got)
	}
}

func TestSealedCookies(t *testing.T) {
	now := testNow
	ours, err := newSeal("client secret", false, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	other, err := newSeal("another secret", false, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := put(ours, w, "session", session{Login: "ana", Token: "gho_private"}, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	value := w.Result().Cookies()[0].Value
	if strings.Contains(value, "gho_private") {
		t.Error("the token can be read from the cookie")
	}
	broken := []byte(value)
	broken[len(broken)/2] ^= 1
	for _, tc := range []struct {
		name    string
		seal    *seal
		purpose string
		value   string
		after   time.Duration
		ok      bool
	}{
		{"as it was", ours, "session", value, 0, true},
		{"for another purpose", ours, "login", value, 0, false},
		{"by another key", other, "session", value, 0, false},
		{"changed", ours, "session", string(broken), 0, false},
		{"no cookie at all", ours, "session", "", 0, false},
		{"over", ours, "session", value, time.Hour, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: tc.seal.name(tc.purpose), Value: tc.value})
		now = testNow.Add(tc.after)
		got, err := take[session](tc.seal, r, tc.purpose)
		if (err == nil) != tc.ok || tc.ok != (got.Login == "ana") {
			t.Errorf("%s: got %+v, %v; want it read: %v", tc.name, got, err, tc.ok)
		}
		now = testNow
	}
}
