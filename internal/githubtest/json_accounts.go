package githubtest

import (
	"maps"
	"time"
)

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// api is the API address of a path.
func (s *Server) api(path string) string { return s.url + path }

// json is the account as almost everything names it; null for one that was deleted.
func (a *Account) json() any {
	if a.alive() == nil {
		return nil
	}
	return a.object()
}

func (a *Account) object() object {
	self, page := a.s.api("/users/"+a.login), a.s.url+"/"+a.login
	return object{
		"login": a.login, "id": a.ID, "node_id": a.nodeID(), "type": a.kind, "site_admin": false, "user_view_type": "public",
		"avatar_url": a.s.url + "/avatars/" + a.login, "gravatar_id": "", "url": self, "html_url": page,
		"followers_url": self + "/followers", "following_url": self + "/following{/other_user}", "gists_url": self + "/gists{/gist_id}",
		"starred_url": self + "/starred{/owner}{/repo}", "subscriptions_url": self + "/subscriptions",
		"organizations_url": self + "/orgs", "repos_url": self + "/repos", "events_url": self + "/events{/privacy}",
		"received_events_url": self + "/received_events",
	}
}

// fullJSON is the account's own page in the API.
func (a *Account) fullJSON() object {
	o := a.object()
	maps.Copy(o, object{
		"name": orNull(a.name), "company": nil, "blog": "", "location": nil, "email": nil, "hireable": nil, "bio": nil,
		"public_repos": 0, "public_gists": 0, "followers": 0, "following": 0, "created_at": stamp(a.created), "updated_at": stamp(a.created),
	})
	return o
}

// orgJSON is the organization as events name it.
func (a *Account) orgJSON() object {
	self := a.s.api("/orgs/" + a.login)
	return object{
		"login": a.login, "id": a.ID, "node_id": a.nodeID(), "url": self, "repos_url": self + "/repos", "events_url": self + "/events",
		"hooks_url": self + "/hooks", "issues_url": self + "/issues", "members_url": self + "/members{/member}",
		"public_members_url": self + "/public_members{/member}", "avatar_url": a.s.url + "/avatars/" + a.login, "description": "",
	}
}

// orgFullJSON is the organization's own page in the API.
func (a *Account) orgFullJSON() object {
	o := a.orgJSON()
	maps.Copy(o, object{
		"html_url": a.s.url + "/" + a.login, "has_organization_projects": false, "has_repository_projects": false, "public_repos": 0,
		"public_gists": 0, "followers": 0, "following": 0, "type": a.kind, "created_at": stamp(a.created), "updated_at": stamp(a.created),
		"archived_at": nil,
	})
	return o
}

func (a *Account) membershipJSON(p *Account, role string) object {
	return object{
		"url": a.s.api("/orgs/" + a.login + "/memberships/" + p.login), "state": "active", "role": role,
		"organization_url": a.s.api("/orgs/" + a.login), "user": p.json(),
	}
}

func (t *Team) json() object {
	self := t.s.api("/organizations/" + itoa(t.org.ID) + "/team/" + itoa(t.ID))
	privacy, _ := t.privacy()
	return object{
		"name": t.name, "id": t.ID, "node_id": nodeID("T", t.ID), "slug": t.slug, "description": "", "privacy": privacy,
		"notification_setting": "notifications_enabled", "url": self, "html_url": t.s.url + "/orgs/" + t.org.login + "/teams/" + t.slug,
		"members_url": self + "/members{/member}", "repositories_url": self + "/repos", "permission": "pull", "parent": nil,
		"type": "organization", "organization_id": t.org.ID,
	}
}

func (t *Team) fullJSON() object {
	o := t.json()
	granted := 0
	for _, r := range t.s.repos {
		if _, ok := r.teamRoles[t.ID]; ok {
			granted++
		}
	}
	maps.Copy(o, object{
		"created_at": stamp(t.created), "updated_at": stamp(t.created), "members_count": len(t.members), "repos_count": granted,
		"organization": t.org.orgFullJSON(),
	})
	return o
}

func (a *App) json() object {
	return object{
		"id": a.ID, "slug": a.opts.Slug, "node_id": nodeID("A", a.ID), "client_id": a.opts.ClientID, "owner": a.owner.object(), "name": a.opts.Name,
		"description": "", "external_url": a.s.url, "html_url": a.s.url + "/apps/" + a.opts.Slug, "created_at": stamp(a.create),
		"updated_at": stamp(a.create), "permissions": a.opts.Permissions, "events": a.opts.Events,
	}
}

func (i *Installation) json() object {
	self := i.s.api("/app/installations/" + itoa(i.ID))
	o := object{
		"id": i.ID, "node_id": nodeID("I", i.ID), "account": i.account.json(), "repository_selection": i.selection(), "access_tokens_url": self + "/access_tokens",
		"repositories_url": i.s.api("/installation/repositories"), "html_url": i.s.url + "/settings/installations/" + itoa(i.ID),
		"app_id": i.app.ID, "app_slug": i.app.opts.Slug, "client_id": i.app.opts.ClientID, "target_id": i.account.ID, "target_type": i.account.kind,
		"permissions": i.permissions, "events": i.app.opts.Events, "created_at": stamp(i.created), "updated_at": stamp(i.created),
		"single_file_name": nil, "has_multiple_single_files": false, "single_file_paths": []string{}, "suspended_by": nil, "suspended_at": nil,
	}
	if i.suspended {
		o["suspended_by"], o["suspended_at"] = i.account.owner().json(), stamp(i.s.now())
	}
	return o
}
