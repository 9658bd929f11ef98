package githubtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestSigningIn(t *testing.T) {
	w := newWorld(t, Options{})
	sum := sha256.Sum256([]byte("verifier"))
	ask := url.Values{"client_id": {"cid"}, "redirect_uri": {"http://app.example/callback"}, "state": {"s1"}, "login": {"bob"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	code := func() string {
		res, err := browser.Get(w.hub.URL() + "/login/oauth/authorize?" + ask.Encode())
		check(t, err)
		defer res.Body.Close()
		back, err := res.Location()
		check(t, err)
		if back.Host != "app.example" || back.Query().Get("state") != "s1" {
			t.Errorf("sent back to %s", back)
		}
		return back.Query().Get("code")
	}
	trade := func(form url.Values) (token, problem string) {
		req, err := http.NewRequest("POST", w.hub.URL()+"/login/oauth/access_token", strings.NewReader(form.Encode()))
		check(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "application/json")
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		defer res.Body.Close()
		var out map[string]string
		check(t, json.NewDecoder(res.Body).Decode(&out))
		return out["access_token"], out["error"]
	}
	form := func(code string) url.Values {
		return url.Values{"client_id": {"cid"}, "client_secret": {"cs"}, "code": {code}, "code_verifier": {"verifier"}}
	}
	for name, spoil := range map[string]func(url.Values){
		"bad_verification_code":        func(f url.Values) { f.Set("code_verifier", "guess") },
		"incorrect_client_credentials": func(f url.Values) { f.Set("client_secret", "guess") },
	} {
		f := form(code())
		spoil(f)
		if _, got := trade(f); got != name {
			t.Errorf("got error %q want %q", got, name)
		}
	}
	once := form(code())
	token, problem := trade(once)
	if problem != "" {
		t.Fatalf("trading the code: %s", problem)
	}
	if _, got := trade(once); got != "bad_verification_code" {
		t.Errorf("the code again: got error %q", got)
	}
	var me struct{ Login string }
	w.callAs(token, "GET", "/user", nil, &me)
	if me.Login != "bob" {
		t.Errorf("signed in as %q, want bob", me.Login)
	}
	for _, tc := range []struct {
		prefix, secret string
		want           int
	}{{"", "guess", 401}, {"/api/v3", "cs", 204}, {"", "cs", 404}} {
		req, err := http.NewRequest("DELETE", w.hub.URL()+tc.prefix+"/applications/cid/token", strings.NewReader(`{"access_token":"`+token+`"}`))
		check(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth("cid", tc.secret)
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		res.Body.Close()
		if res.StatusCode != tc.want {
			t.Errorf("revoking with %q: got %d, want %d", tc.secret, res.StatusCode, tc.want)
		}
	}
}
