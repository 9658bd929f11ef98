// Package server is Sallyport's HTTP face: it authenticates webhooks and makes them durable, answers the JSON API,
// draws the pages, and tells operators how things stand. It files work and reads results; it decides nothing.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/sallyport/sallyport/pull"
)

// Config is all that a Server is built from. Inbox, Records, Tokens, PublicURL and at least one webhook secret are
// required; every other zero value has a working meaning.
type Config struct {
	// PublicURL is where people reach this server; cookies are Secure when it is https.
	PublicURL string
	// WebhookSecrets are accepted side by side, so that a secret can be rotated without losing a delivery.
	WebhookSecrets []string
	// AppID is our own GitHub App: its check runs are echoes of our own doing.
	AppID  int64
	GitHub GitHub
	OAuth  OAuth
	// OpenPages shows every page to everybody. It is refused unless PublicURL is a loopback address.
	OpenPages bool

	Inbox   Inbox
	Records Records
	Tokens  Tokens
	// Ledger is what tokens with the scope audit may read; without it, its route does not exist.
	Ledger Ledger
	// Checkpoint is how the ledger stands, as a signed note where there is a key; without it, the ledger's page shows none.
	Checkpoint func(ctx context.Context) (text string, err error)
	Probes     []Probe
	// Changes makes pages live; without it they look for themselves every few seconds.
	Changes Changes
	// Governing says which rule governs which file of a pull request; without it, pages name the rules of the verdicts only.
	Governing Governing
	// Validate and Simulate answer questions that only the judges can; without one, its route does not exist.
	Validate Validate
	Simulate Simulate
	// Confirm follows a person's wish to acknowledge a landing; without it, pages and API offer nothing of the kind.
	Confirm Confirm
	// Factors are the ways that Confirm offers.
	Factors []pull.Factor
	// Codes tells what somebody has to type into their phone for a verified push; without it no page shows a code.
	Codes Codes
	// Freezes stops landings for tokens and admins; without it, API and pages offer nothing of the kind.
	Freezes Freezes
	// Keys answers duo-bot's API; without it, /v1 does not exist.
	Keys Keys
	// Version is what /v1/health names.
	Version string

	Log      *slog.Logger         // default: slog.Default()
	Registry *prometheus.Registry // default: a new one
	Client   *http.Client         // to GitHub, on behalf of viewers; default: ten seconds of patience
	Now      func() time.Time     // default: time.Now

	// AcceptWait bounds how long a delivery may take to become durable. Default 8 s: GitHub hangs up after 10.
	AcceptWait time.Duration
	// APIRate and APIBurst bound each token's requests per second. Default 50 and 100.
	APIRate  rate.Limit
	APIBurst int
}

// GitHub is where viewers sign in and where their rights are asked for.
type GitHub struct {
	WebURL string // default https://github.com
	APIURL string // REST (v3); default https://api.github.com
}

// OAuth is the app's sign-in. Without it no page is shown, except under Config.OpenPages.
type OAuth struct {
	ClientID     string
	ClientSecret string
}

func (o OAuth) configured() bool { return o.ClientID != "" && o.ClientSecret != "" }

// Server answers HTTP. Build it with New.
type Server struct {
	Config
	public  *url.URL
	metrics *metrics
	hook    http.Handler
	limits  *limits
	ready   *readiness
	door    *door
	pages   pages
	streams *streams
	rows    *retold
	// stopping ends the waiting of those who wait for somebody's phone, and the streams.
	stopping chan struct{}
	stopped  sync.Once
}

// Stop has whoever waits for an answer answered at once, and ends the streams: their browsers find another replica. It is for the moment before the server is shut down.
func (s *Server) Stop() { s.stopped.Do(func() { close(s.stopping) }) }

// New checks the configuration and builds the server, or says what is wrong with the configuration.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	public, err := c.check()
	if err != nil {
		return nil, fmt.Errorf("configuring the server: %w", err)
	}
	s := &Server{Config: c, public: public, stopping: make(chan struct{})}
	if s.metrics, err = newMetrics(c.Registry); err != nil {
		return nil, fmt.Errorf("registering the server's metrics: %w", err)
	}
	s.pages, s.streams, s.rows = loadPages(), newStreams(), &retold{}
	if s.door, err = newDoor(c, public, s.pages); err != nil {
		return nil, fmt.Errorf("preparing sign-in: %w", err)
	}
	s.hook = newHook(c, s.metrics)
	s.limits = newLimits(c.APIRate, c.APIBurst, c.Now)
	s.ready = &readiness{probes: c.Probes, now: c.Now, secrets: c.secrets()}
	return s, nil
}

func (c Config) withDefaults() Config {
	c.GitHub.WebURL = strings.TrimRight(orDefault(c.GitHub.WebURL, "https://github.com"), "/")
	c.GitHub.APIURL = strings.TrimRight(orDefault(c.GitHub.APIURL, "https://api.github.com"), "/")
	c.AcceptWait = orDefault(c.AcceptWait, 8*time.Second)
	c.APIRate = orDefault(c.APIRate, 50)
	c.APIBurst = orDefault(c.APIBurst, 100)
	c.Log = orDefault(c.Log, slog.Default())
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// check refuses what would be unsafe rather than merely odd: above all an empty webhook secret, with which
// go-github checks nothing.
func (c Config) check() (*url.URL, error) {
	if len(c.WebhookSecrets) == 0 {
		return nil, errors.New("no webhook secret is set: set github.app.webhook_secret (SALLYPORT_GITHUB_APP_WEBHOOK_SECRET)")
	}
	for _, secret := range c.WebhookSecrets {
		if strings.TrimSpace(secret) == "" {
			return nil, errors.New("a webhook secret is empty: set github.app.webhook_secret (SALLYPORT_GITHUB_APP_WEBHOOK_SECRET)")
		}
	}
	if c.Inbox == nil || c.Records == nil || c.Tokens == nil {
		return nil, errors.New("inbox, records and tokens are required")
	}
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" || public.Scheme != "http" && public.Scheme != "https" {
		return nil, fmt.Errorf("server.public_url %q is not an http or https URL", c.PublicURL)
	}
	if c.OpenPages && !loopback(public.Host) {
		return nil, fmt.Errorf("pages may be open to everybody only on a loopback address, not on %q", public.Host)
	}
	return public, nil
}

func (c Config) secrets() []string {
	return append([]string{c.OAuth.ClientSecret}, c.WebhookSecrets...)
}

// loopback reports whether a host, with or without port, is this machine and nothing else.
func loopback(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback()
}
