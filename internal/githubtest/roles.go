package githubtest

import (
	"maps"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Grant gives a person a role on the repository; pull.NoRole takes it away.
func (r *Repo) Grant(who *Account, role pull.Role) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	before := r.roles[who.ID]
	action, changes := "added", object{"permission": object{"to": restRole(role)}, "role_name": object{"to": role.String()}}
	switch {
	case role == pull.NoRole:
		action, changes = "removed", nil
		delete(r.roles, who.ID)
	case before != pull.NoRole:
		action = "edited"
		changes = object{"permission": object{"from": restRole(before), "to": restRole(role)}}
		r.roles[who.ID] = role
	default:
		r.roles[who.ID] = role
	}
	body := object{"member": who.json()}
	if changes != nil {
		body["changes"] = changes
	}
	r.s.emit(delivery{event: "member", action: action, repo: r, sender: r.owner.owner(), body: body})
}

// GrantTeam gives a team a role on the repository; pull.NoRole takes it away.
func (r *Repo) GrantTeam(t *Team, role pull.Role) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	action := "added_to_repository"
	if r.teamRoles[t.ID] = role; role == pull.NoRole {
		delete(r.teamRoles, t.ID)
		action = "removed_from_repository"
	}
	r.s.emit(delivery{event: "team", action: action, repo: r, org: t.org, sender: r.owner.owner(), body: object{"team": t.json()}})
}

// role is the account's highest role by any way of getting one.
func (r *Repo) role(a *Account) pull.Role {
	if a.alive() == nil {
		return pull.NoRole
	}
	if a == r.owner || r.owner.members[a.ID] == "admin" {
		return pull.Admin
	}
	role := r.roles[a.ID]
	for id, granted := range r.teamRoles {
		if slices.Contains(r.s.teams[id].members, a) {
			role = max(role, granted)
		}
	}
	if role == pull.NoRole && !r.private {
		return pull.Read
	}
	return role
}

// collaborators lists everybody with a role of their own, oldest account first. Readers of a public repository do not count.
func (r *Repo) collaborators() []*Account {
	ids := map[int64]bool{r.owner.ID: r.owner.kind != OrganizationKind}
	for id := range r.roles {
		ids[id] = true
	}
	for id, role := range r.owner.members {
		ids[id] = ids[id] || role == "admin"
	}
	for id := range r.teamRoles {
		for _, m := range r.s.teams[id].members {
			ids[m.ID] = true
		}
	}
	var all []*Account
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if a := r.s.accounts[id]; ids[id] && a != nil {
			all = append(all, a)
		}
	}
	return all
}

// restRole is a role in the older REST vocabulary, which knows only three.
func restRole(role pull.Role) string {
	switch role {
	case pull.Admin:
		return "admin"
	case pull.Write, pull.Maintain:
		return "write"
	case pull.NoRole:
		return "none"
	}
	return "read"
}
