package githubtest

import (
	"maps"
	"slices"
	"time"
)

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
