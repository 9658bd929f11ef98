package githubtest

import (
	"fmt"
	"maps"
	"strings"
)

func (p *Pull) path() string { return fmt.Sprintf("/pulls/%d", p.Number) }

func (p *Pull) page() string { return p.repo.html(fmt.Sprintf("/pull/%d", p.Number)) }

// simpleJSON is the pull request in lists and in review events: without what has to be worked out.
func (p *Pull) simpleJSON() object {
	links := p.linksJSON()
	href := func(key string) any { return links[key].(object)["href"] }
	state := "open"
	if p.closed {
		state = "closed"
	}
	return object{
		"url": p.repo.api(p.path()), "id": p.ID, "node_id": nodeID("PR", p.ID), "html_url": p.page(), "diff_url": p.page() + ".diff",
		"patch_url": p.page() + ".patch", "issue_url": href("issue"), "number": p.Number, "state": state, "locked": false,
		"title": p.title, "user": p.author.json(), "body": orNull(p.body), "created_at": stamp(p.created), "updated_at": stamp(p.updated),
		"closed_at": stamp(p.closedAt), "merged_at": stamp(p.mergedAt), "merge_commit_sha": p.mergeSHA(), "assignee": nil,
		"assignees": []object{}, "requested_reviewers": p.askedPeopleJSON(), "requested_teams": listed(p.askedTeams, (*Team).json), "labels": p.labelsJSON(),
		"milestone": nil, "draft": p.draft, "commits_url": href("commits"), "review_comments_url": href("review_comments"),
		"review_comment_url": href("review_comment"), "comments_url": href("comments"), "statuses_url": href("statuses"),
		"head": p.endJSON(p.headRepo, p.headBranch, p.headSHA), "base": p.endJSON(p.repo, p.baseBranch, p.baseSHA), "_links": links,
		"author_association": p.repo.association(p.author), "auto_merge": p.autoMerge.json(), "active_lock_reason": nil,
	}
}

// json is the whole pull request. It tells what is known of its mergeability without asking for it, as events do.
func (p *Pull) json() object {
	o := p.simpleJSON()
	files, _ := p.changed()
	additions, deletions := 0, 0
	for _, f := range files {
		additions, deletions = additions+f.Additions, deletions+f.Deletions
	}
	maps.Copy(o, object{
		"merged": p.merged(), "mergeable": nil, "rebaseable": nil, "mergeable_state": "unknown", "merged_by": nil,
		"comments": len(p.comments), "review_comments": len(p.remarks), "maintainer_can_modify": p.canModify, "commits": len(p.commits()),
		"additions": additions, "deletions": deletions, "changed_files": len(files),
	})
	if p.merged() {
		o["merged_by"] = p.mergedBy.json()
	}
	return o
}

// askedJSON is the whole pull request to somebody who asks for it: asking sets the test merge going.
func (p *Pull) askedJSON() object {
	m := p.s.askMergeability(p)
	status := p.s.mergeStateStatus(p)
	o := p.json()
	o["mergeable_state"] = strings.ToLower(status)
	switch m.state {
	case mergeable:
		o["mergeable"], o["rebaseable"] = true, true
	case mergeConflicting:
		o["mergeable"], o["rebaseable"] = false, false
	}
	return o
}

// mergeSHA is what landed, or else the last test merge, however old.
func (p *Pull) mergeSHA() any {
	if p.merged() {
		return p.mergeCommit
	}
	return orNull(p.test.sha)
}

func (p *Pull) linksJSON() object {
	issue := p.repo.api(fmt.Sprintf("/issues/%d", p.Number))
	self := p.repo.api(p.path())
	links := object{}
	for key, href := range map[string]string{
		"self": self, "html": p.page(), "issue": issue, "comments": issue + "/comments", "review_comments": self + "/comments",
		"review_comment": p.repo.api("/pulls/comments{/number}"), "commits": self + "/commits", "statuses": p.repo.api("/statuses/" + p.headSHA),
	} {
		links[key] = object{"href": href}
	}
	return links
}

// endJSON is one end of the pull request.
func (p *Pull) endJSON(r *Repo, branch, sha string) object {
	if r == nil {
		return object{"label": "unknown:" + branch, "ref": branch, "sha": sha, "user": nil, "repo": nil}
	}
	return object{"label": r.owner.login + ":" + branch, "ref": branch, "sha": sha, "user": r.owner.json(), "repo": r.json()}
}

// minimalJSON is the pull request as check runs and suites name it.
func (p *Pull) minimalJSON() object {
	end := func(r *Repo, branch, sha string) object {
		return object{"ref": branch, "sha": sha, "repo": object{"id": r.ID, "url": r.api(""), "name": r.name}}
	}
	return object{"url": p.repo.api(p.path()), "id": p.ID, "number": p.Number,
		"head": end(p.headRepo, p.headBranch, p.headSHA), "base": end(p.repo, p.baseBranch, p.baseSHA)}
}

// issueJSON is the pull request seen as an issue.
func (p *Pull) issueJSON() object {
	self := p.repo.api(fmt.Sprintf("/issues/%d", p.Number))
	o := p.simpleJSON()
	return object{
		"url": self, "repository_url": p.repo.api(""), "labels_url": self + "/labels{/name}", "comments_url": self + "/comments",
		"events_url": self + "/events", "html_url": p.page(), "id": p.ID, "node_id": o["node_id"], "number": p.Number, "title": p.title,
		"user": o["user"], "labels": o["labels"], "state": o["state"], "locked": false, "assignee": nil, "assignees": []object{},
		"milestone": nil, "comments": len(p.comments), "created_at": o["created_at"], "updated_at": o["updated_at"],
		"closed_at": o["closed_at"], "author_association": o["author_association"], "active_lock_reason": nil, "body": o["body"],
		"reactions": reactionsJSON(self, nil), "draft": p.draft, "performed_via_github_app": nil, "state_reason": nil,
		"timeline_url": self + "/timeline",
		"pull_request": object{"url": p.repo.api(p.path()), "html_url": p.page(), "diff_url": p.page() + ".diff",
			"patch_url": p.page() + ".patch", "merged_at": o["merged_at"]},
	}
}

func (p *Pull) labelsJSON() []object {
	all := []object{}
	for _, l := range p.labels {
		all = append(all, l.json())
	}
	return all
}

func (l *Label) json() object {
	return object{"id": l.ID, "node_id": nodeID("LA", l.ID), "url": l.repo.api("/labels/" + l.name), "name": l.name, "color": l.color,
		"default": false, "description": ""}
}

// json is the review; events write its state in lower case.
func (r *Review) json(event bool) object {
	state := r.state
	if event {
		state = strings.ToLower(state)
	}
	page := fmt.Sprintf("%s#pullrequestreview-%d", r.pull.page(), r.ID)
	var body any = r.body
	if event {
		body = orNull(r.body)
	}
	return object{
		"id": r.ID, "node_id": nodeID("PRR", r.ID), "user": r.author.json(), "body": body, "commit_id": r.commit,
		"submitted_at": stamp(r.at), "state": state, "html_url": page, "pull_request_url": r.pull.repo.api(r.pull.path()),
		"author_association": r.pull.repo.association(r.author),
		"_links":             object{"html": object{"href": page}, "pull_request": object{"href": r.pull.repo.api(r.pull.path())}},
	}
}

func (c *Comment) json() object {
	self := c.pull.repo.api("/issues/comments/" + itoa(c.ID))
	var app any
	if c.app != nil {
		app = c.app.json()
	}
	return object{
		"url": self, "html_url": fmt.Sprintf("%s#issuecomment-%d", c.pull.page(), c.ID),
		"issue_url": c.pull.repo.api(fmt.Sprintf("/issues/%d", c.pull.Number)), "id": c.ID, "node_id": nodeID("IC", c.ID),
		"user": c.author.json(), "created_at": stamp(c.at), "updated_at": stamp(c.edited), "body": c.body,
		"author_association": c.pull.repo.association(c.author), "performed_via_github_app": app, "reactions": reactionsJSON(self, c.reactions),
	}
}

func reactionsJSON(self string, all []reaction) object {
	o := object{"url": self + "/reactions", "total_count": len(all)}
	for _, content := range reactionContents {
		n := 0
		for _, r := range all {
			if r.Content == content {
				n++
			}
		}
		o[content] = n
	}
	return o
}

var reactionContents = []string{"+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"}

func (r reaction) json() object {
	return object{"id": r.ID, "node_id": nodeID("REA", r.ID), "user": r.By.json(), "content": r.Content, "created_at": stamp(r.At)}
}
