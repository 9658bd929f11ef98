package story

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/duotest"
)

// witness keeps what a story was shown and what it must not have been.
type witness struct {
	mu        sync.Mutex
	shown     map[string][]string // every answer, by what was asked
	known     map[[sha256.Size]byte]bool
	passcodes []string // what people typed
	cookies   []string // what browsers hold
}

// see keeps an answer. Of answers to one question that differ, all are kept.
func (w *World) see(question string, answer []byte) {
	if !w.Witness {
		return
	}
	s := &w.witness
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown == nil {
		s.shown, s.known = map[string][]string{}, map[[sha256.Size]byte]bool{}
	}
	if sum := sha256.Sum256(answer); !s.known[sum] {
		s.known[sum] = true
		s.shown[question] = append(s.shown[question], string(answer))
	}
}

// leastPasscode is how long a passcode is at least; what is shorter is a mistyped one, and stands in every other number.
const leastPasscode = 6

// typed keeps the passcode of a body, where it has one.
func (s *witness) typed(body string) {
	var in struct {
		Passcode string `json:"passcode"`
	}
	_ = json.Unmarshal([]byte(body), &in) // no JSON is a form
	if form, err := url.ParseQuery(strings.TrimSpace(body)); err == nil && in.Passcode == "" {
		in.Passcode = form.Get("passcode")
	}
	if len(in.Passcode) >= leastPasscode {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.passcodes = append(s.passcodes, in.Passcode)
	}
}

// Visit looks at everything that Sallyport shows to a signed-in admin and to machines, as the last act of a story.
func (w *World) Visit(ctx context.Context) error {
	if w.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Jar: jar, CheckRedirect: w.signInAs("ana")}
	paths := []string{"/login?to=%2F", "/", "/no-such-page", "/metrics", "/readyz", "/healthz"}
	for number := range w.heads {
		paths = append(paths, fmt.Sprintf("/%s/pull/%d", w.Repo.FullName(), number))
		if _, _, err := w.Get(ctx, fmt.Sprintf("/api/v1/pulls/%s/%d", w.Repo.FullName(), number)); err != nil {
			return fmt.Errorf("asking about #%d: %w", number, err)
		}
	}
	for _, path := range paths {
		if err := w.browse(ctx, browser, path); err != nil {
			return fmt.Errorf("visiting %s: %w", path, err)
		}
	}
	here, err := url.Parse(w.URL())
	for _, c := range jar.Cookies(here) {
		w.witness.cookies = append(w.witness.cookies, c.Value)
	}
	return err
}

// signInAs answers the simulated GitHub's question who is there. As behind a load balancer, whichever replica still runs
// takes the answer.
func (w *World) signInAs(login string) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/login/oauth/authorize") {
			q := r.URL.Query()
			q.Set("login", login)
			r.URL.RawQuery = q.Encode()
		}
		if r.URL.Path == "/api/github/auth" {
			r.URL.Host = w.address
		}
		return nil
	}
}

func (w *World) browse(ctx context.Context, browser *http.Client, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+path, nil)
	if err != nil {
		return err
	}
	resp, err := browser.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.see("page "+path, body)
	return err
}

// SignedIn reports whether pages were shown to a signed-in person; without that they were not seen.
func (w *World) SignedIn() bool {
	for question, answers := range w.witness.shown {
		if strings.HasPrefix(question, "page ") && strings.Contains(strings.Join(answers, ""), "Sign out") {
			return true
		}
	}
	return false
}

// Evidence is everything that the story has produced outside the database and the configuration: the log, every answer
// that was fetched, and all that stands on the simulated GitHub and on people's phones.
func (w *World) Evidence() (map[string]string, error) {
	all, err := w.GitHub.Written()
	if err != nil {
		return nil, err
	}
	all["log"] = w.Log()
	for question, answers := range w.witness.shown {
		all["answer to "+question] = strings.Join(answers, "\n")
	}
	for _, p := range w.Duo.Pushes() {
		all["phone of "+p.User+" at "+p.At.Format(time.RFC3339Nano)] = fmt.Sprint(p.Type, p.Info)
	}
	return all, nil
}

// Secrets is what must be found nowhere, by name.
func (w *World) Secrets() (map[string]string, error) {
	all := map[string]string{
		"webhook secret": WebhookSecret, "OAuth secret": clientSecret, "Duo secret key": duotest.SKey, "API token": w.token,
	}
	if u, err := url.Parse(w.Database); err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok {
			all["database password"] = password
		}
	}
	key, err := os.ReadFile(filepath.Join(w.Dir, "app-key.pem"))
	if err != nil {
		return nil, fmt.Errorf("reading the app's key: %w", err)
	}
	addLines(all, "private key of the app", string(key), "")
	addLines(all, "signing key", w.botKey, string(w.bot.PublicKey()))
	for i, secret := range w.GitHub.Secrets() {
		all[fmt.Sprintf("token or code %d of GitHub", i)] = secret
	}
	for i, secret := range w.witness.cookies {
		all[fmt.Sprintf("cookie %d", i)] = secret
	}
	for i, secret := range w.witness.passcodes {
		all[fmt.Sprintf("passcode %d", i)] = secret
	}
	return all, nil
}

// addLines takes each line of a key for a secret, except short ones and those that its public half has too.
func addLines(all map[string]string, name, armored, public string) {
	for i, line := range strings.Split(armored, "\n") {
		line = strings.TrimSpace(line)
		if len(line) >= 32 && !strings.HasPrefix(line, "-----") && !strings.Contains(line, ": ") && !strings.Contains(public, line) {
			all[fmt.Sprintf("%s, line %d", name, i+1)] = line
		}
	}
}

// Leaks names the secrets that stand in a text, also where JSON or a URL has escaped them.
func Leaks(secrets map[string]string, text string) []string {
	var found []string
	for name, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), escaped(secret)} {
			if strings.Contains(text, form) && standsAlone(text, form) {
				found = append(found, name)
				break
			}
		}
	}
	return found
}

func escaped(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return strings.Trim(string(text), `"`)
}

// standsAlone keeps the six digits of a passcode from being found in the middle of a longer number.
func standsAlone(text, secret string) bool {
	return len(secret) > 10 || regexp.MustCompile(`(^|[^0-9A-Za-z])`+regexp.QuoteMeta(secret)+`($|[^0-9A-Za-z])`).MatchString(text)
}
