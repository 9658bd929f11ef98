package githubtest

import (
	"slices"
	"strings"
	"time"
)

// Team is a team of an organization.
type Team struct {
	ID int64 // never changes

	s       *Server
	org     *Account
	slug    string
	name    string
	secret  bool
	members []*Account
	created time.Time
}

// Team returns the organization's team of that slug, created on first mention.
func (a *Account) Team(slug string) *Team {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for _, t := range a.teams {
		if strings.EqualFold(t.slug, slug) {
			return t
		}
	}
	t := &Team{ID: a.s.nextID(), s: a.s, org: a, slug: strings.ToLower(slug), name: slug, created: a.s.now()}
	a.teams = append(a.teams, t)
	a.s.teams[t.ID] = t
	a.s.emit(delivery{event: "team", action: "created", org: a, sender: a.owner(), body: object{"team": t.json()}})
	return t
}

// Add makes people members of the team, and of its organization.
func (t *Team) Add(people ...*Account) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for _, p := range people {
		t.org.join(p, "member")
		if !slices.Contains(t.members, p) {
			t.members = append(t.members, p)
			t.changed("added", p)
		}
	}
}

// Remove takes people out of the team; they stay in the organization.
func (t *Team) Remove(people ...*Account) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for _, p := range people {
		if i := slices.Index(t.members, p); i >= 0 {
			t.members = slices.Delete(t.members, i, i+1)
			t.changed("removed", p)
		}
	}
}

// Hide makes the team secret: GitHub shows it only to its members and the organization's owners.
func (t *Team) Hide() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.secret = true
	t.s.emit(delivery{event: "team", action: "edited", org: t.org, sender: t.org.owner(), body: object{
		"team": t.json(), "changes": object{"privacy": object{"from": "closed"}}}})
}

// privacy is how REST and GraphQL say who sees the team.
func (t *Team) privacy() (rest, graphql string) {
	if t.secret {
		return "secret", "SECRET"
	}
	return "closed", "VISIBLE"
}

// Delete dissolves the team.
func (t *Team) Delete() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.org.teams = slices.DeleteFunc(t.org.teams, func(o *Team) bool { return o == t })
	delete(t.s.teams, t.ID)
	for _, r := range t.s.repos {
		delete(r.teamRoles, t.ID)
	}
	t.s.emit(delivery{event: "team", action: "deleted", org: t.org, sender: t.org.owner(), body: object{"team": t.json()}})
}

func (t *Team) changed(action string, who *Account) {
	t.s.emit(delivery{event: "membership", action: action, org: t.org, sender: t.org.owner(), body: object{
		"scope": "team", "member": who.json(), "team": t.json(),
	}})
}

// Join makes people members of the organization.
func (a *Account) Join(people ...*Account) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for _, p := range people {
		a.join(p, "member")
	}
}

// Leave takes a person out of the organization and of all its teams.
func (a *Account) Leave(p *Account) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if a.members[p.ID] == "" {
		return
	}
	role := a.members[p.ID]
	delete(a.members, p.ID)
	for _, t := range a.teams {
		t.members = slices.DeleteFunc(t.members, func(m *Account) bool { return m == p })
	}
	a.s.emit(delivery{event: "organization", action: "member_removed", org: a, sender: a.owner(),
		body: object{"membership": a.membershipJSON(p, role)}})
}

func (a *Account) join(p *Account, role string) {
	if a.members[p.ID] != "" {
		return
	}
	a.members[p.ID] = role
	a.s.emit(delivery{event: "organization", action: "member_added", org: a, sender: a.owner(),
		body: object{"membership": a.membershipJSON(p, role)}})
}

// owner is somebody who may change the organization: its first owner, or the account itself.
func (a *Account) owner() *Account {
	best := a
	for id, role := range a.members {
		if o := a.s.accounts[id]; o != nil && role == "admin" && (best == a || id < best.ID) {
			best = o
		}
	}
	return best
}

// team finds one of the organization's teams; nil for none.
func (a *Account) team(slug string) *Team {
	for _, t := range a.teams {
		if strings.EqualFold(t.slug, slug) {
			return t
		}
	}
	return nil
}

// people lists the organization's members, oldest account first.
func (a *Account) people() []*Account {
	var all []*Account
	for id := range a.members {
		if p := a.s.accounts[id]; p != nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y *Account) int { return int(x.ID - y.ID) })
	return all
}
