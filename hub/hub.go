// Package hub is the GitHub adapter: it signs in as the app, reads a pull request whole at one moment, and carries out
// the few writes that Sallyport makes. Every error that leaves it carries a [pull.Class].
package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/palantir/go-githubapp/githubapp"
	"github.com/sallyport/sallyport/pull"
)

// Config says which GitHub to talk to, and as whom.
type Config struct {
	AppID      int64
	PrivateKey []byte // PEM, PKCS1 or PKCS8
	V3URL      string // REST root, such as https://api.github.com
	V4URL      string // GraphQL endpoint, such as https://api.github.com/graphql
	UserAgent  string
	// Timeout bounds every single request; zero means 30 seconds.
	Timeout time.Duration
	Log     *slog.Logger // nil discards
	Meter   func(Call)   // nil ignores
	// PutOff is told of what was not asked for because little is left of the hour; nil ignores.
	PutOff func(kind, operation string)
	// Now is the clock of snapshots and rate limits; nil means time.Now.
	Now func() time.Time
}

// Call describes one request to GitHub, for metrics. It never holds a secret.
type Call struct {
	Installation int64  // 0 for the app itself
	Kind         string // "rest" or "graphql"
	Operation    string // stable and small in number, such as "Snapshot" or "merge"
	Status       int    // HTTP status, 0 when there was no answer
	Duration     time.Duration
	Remaining    int // requests or points left in the hour, -1 when GitHub did not say
	Points       int // GraphQL points, 0 for REST
}

// Hub talks to one GitHub as one app. It is safe for concurrent use.
type Hub struct {
	app     int64
	v4URL   string
	timeout time.Duration
	log     *slog.Logger
	meter   func(Call)
	putOff  func(kind, operation string)
	now     func() time.Time

	creator githubapp.ClientCreator
	mu      sync.Mutex
	clients map[int64]*client // by installation; 0 is the app itself

	pauses  pauses
	budgets budgets
	grants  grants
	passes  passes
	// registered is what the last Ping found; nil before.
	registered atomic.Pointer[registered]
	older      older
	elsewhere  elsewhere
	trees      *lru[string, tree]
	diffs      *lru[diffKey, []pull.File]
	carried    *lru[string, carried] // by the tree's id
	forks      *lru[forkKey, string]
	texts      *lru[string, string]
	folders    *lru[pullKey, []string]
}

// client is one identity's pair of clients over one transport, so that REST and GraphQL share a token.
type client struct {
	rest *github.Client
	http *http.Client
}

const defaultTimeout = 30 * time.Second

// New checks the configuration and returns a Hub. It does not talk to GitHub.
func New(c Config) (*Hub, error) {
	h := &Hub{
		app: c.AppID, v4URL: strings.TrimSuffix(c.V4URL, "/"), timeout: c.Timeout, log: c.Log, meter: c.Meter, putOff: c.PutOff, now: c.Now,
		clients: map[int64]*client{},
		trees:   newLRU[string, tree](treeBudget),
		diffs:   newLRU[diffKey, []pull.File](diffBudget),
		carried: newLRU[string, carried](diffBudget),
		forks:   newLRU[forkKey, string](forkBudget),
		texts:   newLRU[string, string](textBudget),
		folders: newLRU[pullKey, []string](folderBudget),
	}
	if h.timeout <= 0 {
		h.timeout = defaultTimeout
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.meter == nil {
		h.meter = func(Call) {}
	}
	if h.putOff == nil {
		h.putOff = func(string, string) {}
	}
	if h.now == nil {
		h.now = time.Now
	}
	if c.AppID <= 0 || c.V3URL == "" || c.V4URL == "" {
		return nil, errors.New("configuring GitHub: the app's id and both API addresses are needed")
	}
	h.creator = githubapp.NewClientCreator(c.V3URL, c.V4URL, c.AppID, c.PrivateKey,
		githubapp.WithClientUserAgent(c.UserAgent),
		githubapp.WithClientTimeout(h.timeout),
		githubapp.WithTransport(&wire{next: newTransport(), hub: h}))
	if _, err := h.client(0); err != nil {
		return nil, fmt.Errorf("reading the app's private key: %w", err)
	}
	return h, nil
}

// AppID is our own GitHub App's id.
func (h *Hub) AppID() int64 { return h.app }

// Ping asks GitHub who we are, and fails when it cannot be reached or answers with another app.
func (h *Hub) Ping(ctx context.Context) error {
	var app registered // go-github's own type does not know all permissions
	err := h.rest(ctx, request{operation: "app"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		req, err := c.NewRequest("GET", "app", nil)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, req, &app)
	})
	if err != nil {
		return fmt.Errorf("asking GitHub which app this is: %w", err)
	}
	if app.ID != h.app {
		return permanent("wrong-app", "the private key belongs to app %d, not to app %d", app.ID, h.app)
	}
	h.registered.Store(&app)
	return nil
}

// client returns the installation's clients, made once so that one token serves for its hour.
func (h *Hub) client(installation int64) (*client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c, ok := h.clients[installation]; ok {
		return c, nil
	}
	made, err := h.signIn(installation)
	if err != nil {
		return nil, err
	}
	c := &client{http: made.Client()}
	c.http.CheckRedirect = stayHome
	c.rest = github.NewClient(c.http)
	c.rest.BaseURL, c.rest.UserAgent = made.BaseURL, made.UserAgent
	h.clients[installation] = c
	return c, nil
}

func (h *Hub) signIn(installation int64) (*github.Client, error) {
	if installation == 0 {
		return h.creator.NewAppClient()
	}
	return h.creator.NewInstallationClient(installation)
}

// forget drops an installation's clients, and with them a token that GitHub no longer takes.
func (h *Hub) forget(installation int64, stale *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients[installation] == stale {
		delete(h.clients, installation)
	}
}
