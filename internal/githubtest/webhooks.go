package githubtest

import (
	"encoding/json"
	"slices"
	"time"
)

// delivery is news for the apps that subscribed to it.
type delivery struct {
	event  string
	action string
	repo   *Repo    // nil for news about an organization or installation
	org    *Account // for news about an organization; a repository brings its own
	only   *App     // the one app that may know; nil for all
	sender *Account
	body   object // what this kind of event says, besides what they all say
}

// emit hands news to every app that is installed where it happened, subscribed to it and allowed to know. The payload
// is fixed now; it is sent later, in order, by each app's hook.
func (s *Server) emit(d delivery) {
	for _, a := range s.apps {
		if d.only != nil && d.only != a || a.opts.WebhookURL == "" || !a.hears(d) {
			continue
		}
		i := a.placed(d)
		if i == nil && d.event != "installation" {
			continue
		}
		payload, err := json.Marshal(d.payload(i))
		if err != nil {
			s.violations.add("payload of %s: %v", d.event, err)
			continue
		}
		record := &deliveryRecord{
			ID: s.nextID(), GUID: newGUID(), Event: d.event, Action: d.action, Payload: payload, At: s.now(),
		}
		if i != nil {
			record.Installation = i.ID
		}
		if d.repo != nil {
			record.Repo = d.repo.ID
		}
		a.hook.enqueue(record)
	}
}

// eventPermissions is the permission that an app needs to hear of an event at all.
var eventPermissions = map[string]string{
	"branch_protection_rule": "administration", "check_run": "checks", "check_suite": "checks", "custom_property_values": "repository_custom_properties", "issue_comment": "issues",
	"member": "metadata", "membership": "members", "merge_group": "merge_queues", "organization": "members",
	"pull_request": "pull_requests", "pull_request_review": "pull_requests", "pull_request_review_comment": "pull_requests", "push": "contents", "repository": "metadata",
	"repository_ruleset": "administration", "status": "statuses", "team": "members",
}

// hears reports whether the app subscribed to the event. News about its own installation comes unasked.
func (a *App) hears(d delivery) bool {
	return d.event == "installation" || d.event == "installation_repositories" || slices.Contains(a.opts.Events, d.event)
}

// placed is the installation through which the app may know; nil for none.
func (a *App) placed(d delivery) *Installation {
	owner := d.org
	if d.repo != nil {
		owner = d.repo.owner
	}
	for _, i := range a.s.installs {
		switch permission := eventPermissions[d.event]; {
		case i.app != a || owner != nil && i.account != owner:
		case owner == nil && d.body["installation"] == nil:
		case d.repo != nil && !i.sees(d.repo):
		case permission == "" || i.can(permission, "read"):
			return i
		}
	}
	return nil
}

// payload is the whole JSON of an event.
func (d delivery) payload(i *Installation) object {
	p := object{}
	for k, v := range d.body {
		p[k] = v
	}
	if d.action != "" {
		p["action"] = d.action
	}
	if d.sender != nil {
		p["sender"] = d.sender.json()
	}
	org := d.org
	if d.repo != nil {
		p["repository"] = d.repo.eventJSON(d.event)
		if d.repo.owner.kind == OrganizationKind {
			org = d.repo.owner
		}
	}
	if org != nil {
		p["organization"] = org.orgJSON()
	}
	if _, own := p["installation"]; !own && i != nil {
		p["installation"] = object{"id": i.ID, "node_id": nodeID("I", i.ID)}
	}
	return p
}

// pushJSON is the body of a push event.
func (r *Repo) pushJSON(u refUpdate, forced bool) object {
	commits := []object{}
	var head any
	if !u.deletes() {
		for _, sha := range r.between(u.Before, u.After) {
			commits = append(commits, r.pushedCommit(sha))
		}
		if r.git.has("commit", u.After) {
			head = r.pushedCommit(u.After)
		}
	}
	// GitHub lists at most 2,048 commits; the newest are kept.
	if len(commits) > 2048 {
		commits = commits[len(commits)-2048:]
	}
	return object{
		"ref": u.Ref, "before": u.Before, "after": u.After, "created": u.creates(), "deleted": u.deletes(), "forced": forced,
		"base_ref": nil, "compare": r.html("/compare/" + short(u.Before) + "..." + short(u.After)),
		"commits": commits, "head_commit": head,
		"pusher": object{"name": u.By.account.login, "email": u.By.account.emails[0]},
	}
}

func (r *Repo) pushedCommit(sha string) object {
	c, err := r.git.commit(sha)
	if err != nil {
		return object{"id": sha}
	}
	added, removed, modified := []string{}, []string{}, []string{}
	before := ""
	if len(c.Parents) > 0 {
		before = c.Parents[0]
	}
	files, _ := r.s.diff(r, before, sha)
	for _, f := range files {
		switch f.Status {
		case "added":
			added = append(added, f.Path)
		case "removed":
			removed = append(removed, f.Path)
		case "renamed":
			added, removed = append(added, f.Path), append(removed, f.Previous)
		default:
			modified = append(modified, f.Path)
		}
	}
	return object{
		"id": sha, "tree_id": c.Tree, "distinct": true, "message": c.Message, "timestamp": c.Committer.When.Format(time.RFC3339),
		"url": r.html("/commit/" + sha), "author": r.s.person(c.Author, true), "committer": r.s.person(c.Committer, true),
		"added": added, "removed": removed, "modified": modified,
	}
}

// person is a commit's identity as events write it, with the login where there is an account.
func (s *Server) person(i Identity, login bool) object {
	o := object{"name": i.Name, "email": i.Email}
	if a := s.attribute(i.Email); login && a != nil {
		o["username"] = a.login
	}
	return o
}

func short(sha string) string { return sha[:min(12, len(sha))] }
