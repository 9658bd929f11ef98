package githubtest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
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

// DefaultPermissions are what Sallyport asks for when it is installed.
func DefaultPermissions() map[string]string {
	return map[string]string{
		"administration": "read", "checks": "write", "contents": "write", "issues": "write", "members": "read",
		"metadata": "read", "pull_requests": "write", "statuses": "read", "merge_queues": "read", "workflows": "write",
		"emails": "read",
	}
}

// DefaultEvents are what Sallyport subscribes to.
func DefaultEvents() []string {
	return []string{
		"branch_protection_rule", "check_run", "check_suite", "installation", "installation_repositories", "issue_comment",
		"member", "membership", "merge_group", "organization", "pull_request", "pull_request_review", "push", "repository",
		"status", "team",
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

// Installation is an app's presence on an account.
type Installation struct {
	ID int64 // never changes

	s           *Server
	app         *App
	account     *Account
	permissions map[string]string
	selected    map[int64]bool // nil means every repository of the account
	suspended   bool
	created     time.Time
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

// Install puts the app on an account, for all its repositories or only those given, and tells the app.
func (a *App) Install(on *Account, repos ...*Repo) *Installation {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if i := a.installationOn(on); i != nil {
		return i
	}
	i := &Installation{ID: a.s.nextID(), s: a.s, app: a, account: on, permissions: maps.Clone(a.opts.Permissions), created: a.s.now()}
	for _, r := range repos {
		if i.selected == nil {
			i.selected = map[int64]bool{}
		}
		i.selected[r.ID] = true
	}
	a.s.installs[i.ID] = i
	a.s.emit(delivery{event: "installation", action: "created", only: a, sender: on.owner(),
		body: object{"installation": i.json(), "repositories": i.repoNames(), "requester": nil}})
	return i
}

// Uninstall removes the app from the account; its tokens stop working.
func (i *Installation) Uninstall() {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	body := object{"installation": i.json(), "repositories": i.repoNames()}
	delete(i.s.installs, i.ID)
	i.s.emit(delivery{event: "installation", action: "deleted", only: i.app, sender: i.account.owner(), body: body})
}

// Permit changes one permission of the installation: "read", "write" or "" for none.
func (i *Installation) Permit(name, level string) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	if level == "" {
		delete(i.permissions, name)
	} else {
		i.permissions[name] = level
	}
	i.s.emit(delivery{event: "installation", action: "new_permissions_accepted", only: i.app, sender: i.account.owner(),
		body: object{"installation": i.json()}})
}

// Suspend switches the installation off or on again.
func (i *Installation) Suspend(off bool) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	i.suspended = off
	action := map[bool]string{true: "suspend", false: "unsuspend"}[off]
	i.s.emit(delivery{event: "installation", action: action, only: i.app, sender: i.account.owner(),
		body: object{"installation": i.json()}})
}

// Select adds or removes one repository of an installation that has selected ones.
func (i *Installation) Select(r *Repo, add bool) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	if i.selected == nil {
		i.selected = map[int64]bool{}
		for _, r := range i.repos() {
			i.selected[r.ID] = true
		}
	}
	added, removed, action := []object{}, []object{r.briefJSON()}, "removed"
	if add {
		added, removed, action = removed, added, "added"
		i.selected[r.ID] = true
	} else {
		delete(i.selected, r.ID)
	}
	i.s.emit(delivery{event: "installation_repositories", action: action, only: i.app, sender: i.account.owner(), body: object{
		"installation": i.json(), "repository_selection": i.selection(), "repositories_added": added,
		"repositories_removed": removed, "requester": nil,
	}})
}

func (a *App) installationOn(owner *Account) *Installation {
	for _, i := range a.s.installs {
		if i.app == a && i.account == owner {
			return i
		}
	}
	return nil
}

// sees reports whether the installation covers the repository.
func (i *Installation) sees(r *Repo) bool {
	return i.account == r.owner && !i.suspended && (i.selected == nil || i.selected[r.ID])
}

// can reports whether the installation holds the permission at that level.
func (i *Installation) can(permission, level string) bool {
	have := i.permissions[permission]
	return have == level || have == "write" || have == "admin" || (permission == "metadata" && level == "read")
}

// repos lists what the installation covers, oldest first.
func (i *Installation) repos() []*Repo {
	var all []*Repo
	for _, r := range i.s.repos {
		if i.account == r.owner && (i.selected == nil || i.selected[r.ID]) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(x, y *Repo) int { return int(x.ID - y.ID) })
	return all
}

func (i *Installation) selection() string {
	if i.selected == nil {
		return "all"
	}
	return "selected"
}

func (i *Installation) repoNames() []object {
	names := []object{}
	for _, r := range i.repos() {
		names = append(names, r.briefJSON())
	}
	return names
}
