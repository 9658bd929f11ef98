package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

const (
	// CallbackRoute is where GitHub sends people back to who signed in; it is go-githubapp's, so that an app registered for policy-bot need not be changed.
	CallbackRoute = "/api/github/auth"

	loginPurpose   = "login"
	sessionPurpose = "session"
	loginWait      = 10 * time.Minute
	sessionLife    = 8 * time.Hour
)

// door signs viewers in with GitHub and knows what each may see.
type door struct {
	oauth  *oauth2.Config // nil when sign-in is not configured
	seal   *seal
	access *access
	log    *slog.Logger
	now    func() time.Time
	pages  pages
}

// attempt is a sign-in under way, kept in the browser that began it: a callback that arrives in another browser
// finds none.
type attempt struct {
	State    string `json:"state"`
	Verifier string `json:"verifier"`
	To       string `json:"to"`
}

// session is a signed-in viewer. Every sign-in seals a new one in place of whatever cookie was there before.
type session struct {
	Login string `json:"login"`
	Token string `json:"token"`
}

func newDoor(c Config, public *url.URL, p pages) (*door, error) {
	d := &door{access: newAccess(c), log: c.Log, now: c.Now, pages: p}
	if !c.OAuth.configured() {
		return d, nil
	}
	var err error
	if d.seal, err = newSeal(c.OAuth.ClientSecret, public.Scheme == "https", c.Now); err != nil {
		return nil, err
	}
	d.oauth = &oauth2.Config{
		ClientID: c.OAuth.ClientID, ClientSecret: c.OAuth.ClientSecret,
		RedirectURL: strings.TrimRight(c.PublicURL, "/") + CallbackRoute,
		Endpoint: oauth2.Endpoint{
			AuthURL:   c.GitHub.WebURL + "/login/oauth/authorize",
			TokenURL:  c.GitHub.WebURL + "/login/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	return d, nil
}

// login sends the viewer to GitHub and remembers in a cookie what must come back.
func (d *door) login(w http.ResponseWriter, r *http.Request) {
	if d.oauth == nil {
		d.pages.message(w, http.StatusNotFound, notConfigured)
		return
	}
	a := attempt{State: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: localPath(r.URL.Query().Get("to"))}
	if err := put(d.seal, w, loginPurpose, a, d.now().Add(loginWait)); err != nil {
		d.fail(w, r, fmt.Errorf("sealing the sign-in: %w", err))
		return
	}
	redirect(w, r, d.oauth.AuthCodeURL(a.State, oauth2.S256ChallengeOption(a.Verifier)))
}

// callback takes the viewer back from GitHub, if it is the one who left from here.
func (d *door) callback(w http.ResponseWriter, r *http.Request) {
	if d.oauth == nil {
		d.pages.message(w, http.StatusNotFound, notConfigured)
		return
	}
	a, err := take[attempt](d.seal, r, loginPurpose)
	d.seal.drop(w, loginPurpose)
	query := r.URL.Query()
	if err != nil || subtle.ConstantTimeCompare([]byte(a.State), []byte(query.Get("state"))) != 1 {
		d.pages.message(w, http.StatusForbidden, strayCallback)
		return
	}
	if query.Get("code") == "" {
		d.pages.message(w, http.StatusForbidden, signInRefused)
		return
	}
	entered, until, err := d.enter(r.Context(), query.Get("code"), a.Verifier)
	if err == nil {
		err = put(d.seal, w, sessionPurpose, entered, until)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	redirect(w, r, a.To)
}

// enter trades GitHub's code for a session that ends with its token, or after a working day.
func (d *door) enter(ctx context.Context, code, verifier string) (session, time.Time, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, d.access.client)
	token, err := d.oauth.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		// The library's error quotes GitHub's answer, which may hold the token.
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) {
			return session{}, time.Time{}, fmt.Errorf("trading the sign-in code: github said %q", refused.ErrorCode)
		}
		return session{}, time.Time{}, errors.New("trading the sign-in code: github could not be reached or understood")
	}
	login, err := d.access.whoIs(ctx, token.AccessToken)
	if err != nil {
		return session{}, time.Time{}, fmt.Errorf("asking who signed in: %w", err)
	}
	until := d.now().Add(sessionLife)
	if !token.Expiry.IsZero() && token.Expiry.Before(until) {
		until = token.Expiry
	}
	return session{login, token.AccessToken}, until, nil
}

func (d *door) fail(w http.ResponseWriter, r *http.Request, err error) {
	d.log.WarnContext(r.Context(), "sign-in failed", "error", err)
	d.pages.message(w, http.StatusBadGateway, signInFailed)
}

// localPath keeps a redirect on this server: anything but a plain absolute path, with what was chosen there, becomes the
// front page.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	if u.RawQuery == "" {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + u.Query().Encode()
}

func redirect(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}
