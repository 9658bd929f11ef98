package githubtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// grant is a code on its way to becoming a person's token.
type grant struct {
	app       *App
	user      *Account
	challenge string // PKCE, S256
	redirect  string
	expires   time.Time
}

// oauthRoutes are the web flow by which a person signs in to the app.
func (s *Server) oauthRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /login/oauth/authorize", s.authorize)
	// Browsers ask for it by themselves.
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /login/oauth/access_token", s.accessToken)
	// The other end of the flow. As the beginning, it is the app's own word by its client secret, and no call of the API.
	mux.HandleFunc("DELETE /applications/{client}/token", s.revoke)
	mux.HandleFunc("DELETE /api/v3/applications/{client}/token", s.revoke)
}

// revoke ends one token of a person, for the app that proves itself.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	app, token := s.client(id), tokenInput(r).Get("access_token")
	switch {
	case app == nil || app.opts.ClientSecret == "" || secret != app.opts.ClientSecret || id != r.PathValue("client"):
		w.WriteHeader(http.StatusUnauthorized)
	case s.tokens[token] == nil || s.tokens[token].User == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		delete(s.tokens, token)
		w.WriteHeader(http.StatusNoContent)
	}
}

var chooser = template.Must(template.New("chooser").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in to {{.App}}</title>
<style>body{font:16px/1.5 system-ui;max-width:30rem;margin:4rem auto}a{display:block;padding:.4rem 0}</style>
<h1>Sign in to {{.App}}</h1><p>This is a simulated GitHub. Who are you?</p>
{{range .People}}<a href="{{.Link}}">{{.Login}}</a>{{end}}</html>
`))

// authorize asks who signs in, or takes the login of the query for an answer, and sends the browser back with a code.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	app := s.client(q.Get("client_id"))
	redirect, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case app == nil:
		http.Error(w, "unknown client_id", http.StatusNotFound)
		return
	case err != nil || redirect.Host == "":
		http.Error(w, "the redirect_uri is missing or no address", http.StatusBadRequest)
		return
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		http.Error(w, "code_challenge_method must be S256", http.StatusBadRequest)
		return
	}
	user := s.logins[strings.ToLower(q.Get("login"))]
	if user == nil || user.kind != UserKind {
		s.choose(w, r, app)
		return
	}
	code := s.mint("", 10)
	s.oauth[code] = &grant{app: app, user: user, challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), expires: s.now().Add(10 * time.Minute)}
	back := redirect.Query()
	back.Set("code", code)
	if state := q.Get("state"); state != "" {
		back.Set("state", state)
	}
	redirect.RawQuery = back.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusFound)
}

// choose shows the people of this GitHub, each a link that signs in.
func (s *Server) choose(w http.ResponseWriter, r *http.Request, app *App) {
	type person struct{ Login, Link string }
	page := struct {
		App    string
		People []person
	}{App: app.opts.Name}
	for _, login := range sortedKeys(s.logins) {
		if a := s.logins[login]; a.kind == UserKind && !a.system {
			q := r.URL.Query()
			q.Set("login", a.login)
			page.People = append(page.People, person{a.login, "?" + q.Encode()})
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := chooser.Execute(w, page); err != nil {
		s.violations.add("sign-in page: %v", err)
	}
}

func (s *Server) client(id string) *App {
	for _, a := range s.apps {
		if id != "" && a.opts.ClientID == id {
			return a
		}
	}
	return nil
}

// accessToken trades a code for a person's token, once, for the app that asked and proves it. GitHub answers failures
// with 200 too.
func (s *Server) accessToken(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := tokenInput(r)
	g := s.oauth[in.Get("code")]
	app := s.client(in.Get("client_id"))
	id, secret, basic := r.BasicAuth()
	if basic {
		app = s.client(id)
	} else {
		secret = in.Get("client_secret")
	}
	var out object
	switch {
	case app == nil || app.opts.ClientSecret == "" || secret != app.opts.ClientSecret:
		out = object{"error": "incorrect_client_credentials", "error_description": "The client_id and/or client_secret passed are incorrect."}
	case g == nil || g.app != app || s.now().After(g.expires) || in.Get("redirect_uri") != "" && in.Get("redirect_uri") != g.redirect || !g.proven(in.Get("code_verifier")):
		out = object{"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
	default:
		delete(s.oauth, in.Get("code"))
		token := s.mint("ghu_", 18)
		s.tokens[token] = &principal{User: g.user, Expires: s.now().Add(8 * time.Hour)}
		out = object{"access_token": token, "token_type": "bearer", "scope": ""}
	}
	if strings.Contains(r.Header.Get("Accept"), "json") {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		json.NewEncoder(w).Encode(out)
		return
	}
	form := url.Values{}
	for k, v := range out {
		form.Set(k, v.(string))
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	w.Write([]byte(form.Encode()))
}

// proven reports whether the caller knows what the challenge was made from.
func (g *grant) proven(verifier string) bool {
	if g.challenge == "" {
		return true
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
}

// tokenInput reads the parameters from a form or from JSON.
func tokenInput(r *http.Request) url.Values {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var in map[string]string
		json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<16)).Decode(&in)
		values := url.Values{}
		for k, v := range in {
			values.Set(k, v)
		}
		return values
	}
	r.ParseForm()
	return r.Form
}

// UserToken hands out a token of the person, as signing in would.
func (s *Server) UserToken(who *Account) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.mint("ghu_", 18)
	s.tokens[token] = &principal{User: who, Expires: s.now().Add(8 * time.Hour)}
	return token
}

// InstallationToken hands out a token of the installation, for tests that have no client of their own.
func (i *Installation) InstallationToken() string {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	token := i.s.mint("ghs_", 18)
	i.s.tokens[token] = &principal{App: i.app, Install: i, Expires: i.s.now().Add(time.Hour)}
	return token
}
