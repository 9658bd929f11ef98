package githubtest

import (
	"maps"
	"strconv"

	"github.com/sallyport/sallyport/pull"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// api and html are addresses below the repository.
func (r *Repo) api(path string) string  { return r.s.url + "/repos/" + r.fullName() + path }
func (r *Repo) html(path string) string { return r.s.url + "/" + r.fullName() + path }

// json is the repository as pull requests and events carry it.
func (r *Repo) json() object {
	o := r.minimalJSON()
	maps.Copy(o, object{
		"git_url": "git://localhost/" + r.fullName() + ".git", "ssh_url": "git@localhost:" + r.fullName() + ".git",
		"clone_url": r.html(".git"), "svn_url": r.html(""), "homepage": nil, "size": 0, "stargazers_count": 0, "watchers_count": 0,
		"language": nil, "has_issues": !r.issuesOff, "has_projects": true, "has_downloads": true, "has_wiki": false, "has_pages": false,
		"has_discussions": false, "forks_count": 0, "mirror_url": nil, "archived": r.archived, "disabled": false,
		"open_issues_count": r.openIssues(), "license": nil, "allow_forking": true, "is_template": false,
		"web_commit_signoff_required": false, "topics": []string{}, "visibility": r.visibility(), "forks": 0,
		"open_issues": r.openIssues(), "watchers": 0, "default_branch": r.main, "custom_properties": object{},
		"created_at": stamp(r.created), "updated_at": stamp(r.pushed), "pushed_at": stamp(r.pushed),
	})
	return o
}

// minimalJSON is names and addresses alone.
func (r *Repo) minimalJSON() object {
	o := object{
		"id": r.ID, "node_id": nodeID("R", r.ID), "name": r.name, "full_name": r.fullName(), "private": r.private,
		"owner": r.owner.object(), "html_url": r.html(""), "description": nil, "fork": r.parent != nil, "url": r.api(""),
	}
	for key, path := range repoURLs {
		o[key] = r.api(path)
	}
	return o
}

var repoURLs = map[string]string{
	"forks_url": "/forks", "keys_url": "/keys{/key_id}", "collaborators_url": "/collaborators{/collaborator}", "teams_url": "/teams",
	"hooks_url": "/hooks", "issue_events_url": "/issues/events{/number}", "events_url": "/events", "assignees_url": "/assignees{/user}",
	"branches_url": "/branches{/branch}", "tags_url": "/tags", "blobs_url": "/git/blobs{/sha}", "git_tags_url": "/git/tags{/sha}",
	"git_refs_url": "/git/refs{/sha}", "trees_url": "/git/trees{/sha}", "statuses_url": "/statuses/{sha}", "languages_url": "/languages",
	"stargazers_url": "/stargazers", "contributors_url": "/contributors", "subscribers_url": "/subscribers",
	"subscription_url": "/subscription", "commits_url": "/commits{/sha}", "git_commits_url": "/git/commits{/sha}",
	"comments_url": "/comments{/number}", "issue_comment_url": "/issues/comments{/number}", "contents_url": "/contents/{+path}",
	"compare_url": "/compare/{base}...{head}", "merges_url": "/merges", "archive_url": "/{archive_format}{/ref}",
	"downloads_url": "/downloads", "issues_url": "/issues{/number}", "pulls_url": "/pulls{/number}", "milestones_url": "/milestones{/number}",
	"notifications_url": "/notifications{?since,all,participating}", "labels_url": "/labels{/name}", "releases_url": "/releases{/id}",
	"deployments_url": "/deployments",
}

// fullJSON is the repository's own page in the API, with what the caller may do there.
func (r *Repo) fullJSON(who *principal) object {
	o := r.json()
	maps.Copy(o, object{
		"network_count": 0, "subscribers_count": 0, "allow_merge_commit": r.settings.Merge, "allow_squash_merge": r.settings.Squash,
		"allow_rebase_merge": r.settings.Rebase, "allow_auto_merge": false, "delete_branch_on_merge": r.settings.DeleteBranch,
		"allow_update_branch": true, "permissions": r.permissionsJSON(who),
	})
	if r.owner.kind == OrganizationKind {
		o["organization"] = r.owner.json()
	}
	if r.parent != nil {
		o["parent"], o["source"] = r.parent.json(), r.parent.json()
	}
	return o
}

func (r *Repo) permissionsJSON(who *principal) object {
	role := pull.Read
	if who.Install != nil && who.can(r, "contents", "write") {
		role = pull.Write
	} else if who.User != nil {
		role = r.role(who.User)
	}
	return rolesJSON(role)
}

func rolesJSON(role pull.Role) object {
	return object{"admin": role >= pull.Admin, "maintain": role >= pull.Maintain, "push": role >= pull.Write,
		"triage": role >= pull.Triage, "pull": role >= pull.Read}
}

// briefJSON is the repository in a list of an installation's.
func (r *Repo) briefJSON() object {
	return object{"id": r.ID, "node_id": nodeID("R", r.ID), "name": r.name, "full_name": r.fullName(), "private": r.private}
}

// eventJSON is the repository in an event. Push events are older than the rest of the API and count seconds.
func (r *Repo) eventJSON(event string) object {
	o := r.json()
	if event == "team" {
		o["permissions"], o["role_name"] = rolesJSON(pull.Read), pull.Read.String()
	}
	if event == "push" {
		o["created_at"], o["pushed_at"] = r.created.Unix(), r.pushed.Unix()
		o["url"], o["stargazers"], o["master_branch"] = r.html(""), 0, r.main
		owner := r.owner.object()
		owner["name"], owner["email"] = r.owner.login, r.owner.emails[0]
		o["owner"] = owner
		if r.owner.kind == OrganizationKind {
			o["organization"] = r.owner.login
		}
	}
	return o
}

func (r *Repo) visibility() string {
	if r.private {
		return "private"
	}
	return "public"
}

func (r *Repo) openIssues() int {
	n := len(r.issues)
	for _, p := range r.pulls {
		if !p.closed {
			n++
		}
	}
	return n
}
