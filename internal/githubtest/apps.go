package githubtest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"
)

// AppOptions describe a GitHub App. Only Slug is needed; the rest is made up sensibly.
type AppOptions struct {
	ID            int64
	Slug          string // its bot account is Slug + "[bot]"
	Name          string
	Key           *rsa.PrivateKey // generated when nil, and when the app has a webhook or asks for PrivateKey
	WebhookURL    string          // no events are sent without one; SetWebhook changes it
	WebhookSecret string
	ClientID      string
	ClientSecret  string
	// Permissions are what an installation gets: {"checks": "write"}. Nil means DefaultPermissions.
	Permissions map[string]string
	// Events are the subscriptions. Nil means DefaultEvents.
	Events []string
}

// DefaultPermissions are those of an app of which nothing else is said: enough for all that Sallyport does.
func DefaultPermissions() map[string]string {
	return map[string]string{
		"administration": "read", "checks": "write", "contents": "write", "issues": "write", "members": "read",
		"metadata": "read", "pull_requests": "write", "statuses": "read", "merge_queues": "write", "workflows": "write",
		"repository_custom_properties": "read",
	}
}

// DefaultEvents are the subscriptions of such an app.
func DefaultEvents() []string {
	return []string{
		"branch_protection_rule", "check_run", "check_suite", "custom_property_values", "installation", "installation_repositories", "issue_comment",
		"member", "membership", "merge_group", "organization", "pull_request", "pull_request_review", "pull_request_review_comment", "push",
		"repository", "status", "team",
	}
}

// App is a GitHub App: ours, or one of those that run CI.
type App struct {
	ID int64 // never changes

	s      *Server
	opts   AppOptions
	bot    *Account
	owner  *Account
	hook   *hook
	create time.Time
}

// App registers a GitHub App, or returns the one already registered under that slug.
func (s *Server) App(opts AppOptions) (*App, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.apps {
		if a.opts.Slug == opts.Slug {
			return a, nil
		}
	}
	if opts.ID == 0 {
		opts.ID = s.nextID()
	}
	if s.apps[opts.ID] != nil {
		return nil, fmt.Errorf("app id %d is taken", opts.ID)
	}
	if opts.Name == "" {
		opts.Name = opts.Slug
	}
	if opts.Permissions == nil {
		opts.Permissions = DefaultPermissions()
	}
	if opts.Events == nil {
		opts.Events = DefaultEvents()
	}
	a := &App{ID: opts.ID, s: s, opts: opts, create: s.now()}
	a.bot = s.account(BotKind, opts.Slug+"[bot]")
	a.bot.app = a
	a.owner = s.account(UserKind, "app-owner")
	a.owner.system = true
	a.hook = newHook(s, a)
	s.apps[a.ID] = a
	return a, nil
}

// SetWebhook points the app's events at a URL, signed with the secret. An empty URL stops them.
func (a *App) SetWebhook(url, secret string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.opts.WebhookURL, a.opts.WebhookSecret = url, secret
}

// SetOAuth gives the app the client credentials of its sign-in flow.
func (a *App) SetOAuth(clientID, clientSecret string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.opts.ClientID, a.opts.ClientSecret = clientID, clientSecret
}

// Bot is the app's own account, the author of what it writes.
func (a *App) Bot() *Account { return a.bot }

// PrivateKey is the key that the app signs its tokens with, as the PEM file that GitHub would hand out.
func (a *App) PrivateKey() ([]byte, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if a.opts.Key == nil {
		key, err := newKey()
		if err != nil {
			return nil, fmt.Errorf("generating the key of app %s: %w", a.opts.Slug, err)
		}
		a.opts.Key = key
	}
	der := x509.MarshalPKCS1PrivateKey(a.opts.Key)
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: der}), nil
}
