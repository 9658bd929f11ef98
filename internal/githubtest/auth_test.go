package githubtest

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestAppTokens(t *testing.T) {
	w := newWorld(t, Options{})
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	now := time.Now().Unix()
	claims := func(iss any, exp int64) map[string]any { return map[string]any{"iss": iss, "iat": now, "exp": exp} }
	id := fmt.Sprint(w.app.ID)
	tests := []struct {
		name  string
		token string
		want  int
	}{
		{"good", w.jwt(), 200},
		{"numeric issuer", jwt(t, w.app.opts.Key, "RS256", claims(w.app.ID, now+60)), 200},
		{"client id as issuer", jwt(t, w.app.opts.Key, "RS256", claims("cid", now+60)), 200},
		{"ten minutes and a half", jwt(t, w.app.opts.Key, "RS256", claims(id, now+630)), 401},
		{"over", jwt(t, w.app.opts.Key, "RS256", claims(id, now-1)), 401},
		{"another app's id", jwt(t, w.app.opts.Key, "RS256", claims("4711", now+60)), 401},
		{"another key", jwt(t, stranger, "RS256", claims(id, now+60)), 401},
		{"another algorithm", jwt(t, w.app.opts.Key, "none", claims(id, now+60)), 401},
		{"an installation's token", w.token, 401},
		{"nothing", "", 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := w.callAs(tt.token, "GET", "/app", nil, nil).StatusCode; got != tt.want {
				t.Errorf("GET /app: got %d want %d", got, tt.want)
			}
		})
	}
}

func TestInstallationTokensLiveForAnHour(t *testing.T) {
	now := time.Now()
	w := newWorld(t, Options{Now: func() time.Time { return now }})
	var out struct{ Token string }
	path := fmt.Sprintf("/app/installations/%d/access_tokens", w.installation.ID)
	if got := w.callAs(w.jwt(), "POST", path, nil, &out).StatusCode; got != 201 {
		t.Fatalf("POST %s: got %d want 201", path, got)
	}
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{0, 200}, {59 * time.Minute, 200}, {61 * time.Minute, 401}} {
		w.hub.mu.Lock()
		w.hub.clock = func() time.Time { return now.Add(tt.after) }
		w.hub.mu.Unlock()
		if got := w.callAs(out.Token, "GET", "/repos/acme/infra", nil, nil).StatusCode; got != tt.want {
			t.Errorf("after %v: got %d want %d", tt.after, got, tt.want)
		}
	}
}

func TestWhatATokenMayDo(t *testing.T) {
	w := newWorld(t, Options{})
	carol := w.hub.User("carol")
	sha := w.repo.Branch("main")
	w.installation.Permit("administration", "")
	w.installation.Permit("checks", "read")
	run := object{"name": "x", "head_sha": sha}
	tests := []struct {
		name, token, method, path string
		body                      any
		want                      int
	}{
		{"read the repository", w.token, "GET", "/repos/acme/infra", nil, 200},
		{"on a server with the enterprise prefix", w.token, "GET", "/api/v3/repos/acme/infra", nil, 200},
		{"protection without administration", w.token, "GET", "/repos/acme/infra/branches/main/protection", nil, 403},
		{"write checks with read", w.token, "POST", "/repos/acme/infra/check-runs", run, 403},
		{"a repository that is not there", w.token, "GET", "/repos/acme/secrets", nil, 404},
		{"a member", w.hub.UserToken(w.bob), "GET", "/repos/acme/infra", nil, 200},
		{"a stranger", w.hub.UserToken(carol), "GET", "/repos/acme/infra", nil, 404},
		{"a person writing a check run", w.hub.UserToken(w.alice), "POST", "/repos/acme/infra/check-runs", run, 403},
		{"an app's token on a repository", w.jwt(), "GET", "/repos/acme/infra", nil, 401},
		{"nobody", "", "GET", "/repos/acme/infra", nil, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := w.callAs(tt.token, tt.method, tt.path, tt.body, nil).StatusCode; got != tt.want {
				t.Errorf("%s %s: got %d want %d", tt.method, tt.path, got, tt.want)
			}
		})
	}
}

func TestSuspensionAndRemovalEndTokens(t *testing.T) {
	w := newWorld(t, Options{})
	status := func() int { return w.call("GET", "/repos/acme/infra", nil, nil).StatusCode }
	w.installation.Suspend(true)
	if got := status(); got != http.StatusForbidden {
		t.Errorf("suspended: got %d want 403", got)
	}
	w.installation.Suspend(false)
	if got := status(); got != http.StatusOK {
		t.Errorf("back again: got %d want 200", got)
	}
	w.installation.Uninstall()
	if got := status(); got != http.StatusUnauthorized {
		t.Errorf("uninstalled: got %d want 401", got)
	}
}
