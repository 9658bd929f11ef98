package githubtest

import "time"

// json is the check run; in events it carries its whole suite, elsewhere the suite's id.
func (c *CheckRun) json(event bool) object {
	self := c.repo.api("/check-runs/" + itoa(c.ID))
	o := object{
		"id": c.ID, "node_id": nodeID("CR", c.ID), "head_sha": c.sha, "external_id": c.externalID, "url": self,
		"html_url": c.repo.html("/runs/" + itoa(c.ID)), "details_url": orDefault(c.detailsURL, c.repo.html("/runs/"+itoa(c.ID))),
		"status": c.status, "conclusion": orNull(c.conclusion), "started_at": stamp(c.started), "completed_at": stamp(c.completed),
		"output": object{"title": orNull(c.output.Title), "summary": orNull(c.output.Summary), "text": orNull(c.output.Text),
			"annotations_count": len(c.output.Annotations), "annotations_url": self + "/annotations"},
		"name": c.name, "check_suite": object{"id": c.suite.ID}, "app": c.app.json(), "pull_requests": pullsAt(c.repo, c.sha),
	}
	if event {
		o["check_suite"] = c.suite.json(false)
	}
	return o
}

func pullsAt(r *Repo, sha string) []object {
	all := []object{}
	for _, p := range r.openPullsAt(sha) {
		all = append(all, p.minimalJSON())
	}
	return all
}

// json is the check suite; full adds what its own events carry.
func (s *CheckSuite) json(full bool) object {
	status, conclusion := s.state()
	self := s.repo.api("/check-suites/" + itoa(s.ID))
	o := object{
		"id": s.ID, "node_id": nodeID("CS", s.ID), "head_branch": orNull(s.branch), "head_sha": s.sha, "status": status,
		"conclusion": orNull(conclusion), "url": self, "before": zeroSHA, "after": s.sha, "pull_requests": pullsAt(s.repo, s.sha),
		"app": s.app.json(), "created_at": stamp(s.created), "updated_at": stamp(s.updated),
	}
	if full {
		o["latest_check_runs_count"], o["check_runs_url"] = len(latest(s.runs())), self+"/check-runs"
		o["head_commit"] = s.repo.headCommitJSON(s.sha)
		o["rerequestable"], o["runs_rerequestable"] = true, true
	}
	return o
}

// headCommitJSON is a commit as check suites and merge groups carry it.
func (r *Repo) headCommitJSON(sha string) object {
	c, err := r.git.commit(sha)
	if err != nil {
		return object{"id": sha}
	}
	return object{"id": sha, "tree_id": c.Tree, "message": c.Message, "timestamp": c.Committer.When.Format(time.RFC3339),
		"author": r.s.person(c.Author, false), "committer": r.s.person(c.Committer, false)}
}

func (a checkAnnotation) json(c *CheckRun) object {
	return object{"path": a.Path, "start_line": a.StartLine, "end_line": a.EndLine, "start_column": nil, "end_column": nil,
		"annotation_level": a.AnnotationLevel, "title": orNull(a.Title), "message": a.Message, "raw_details": orNull(a.RawDetails),
		"blob_href": c.repo.api("/contents/" + a.Path)}
}

// json is the status in REST answers.
func (s *Status) json() object {
	o := s.simpleJSON()
	o["creator"] = s.creator.json()
	return o
}

func (s *Status) simpleJSON() object {
	return object{
		"url": s.repo.api("/statuses/" + s.sha), "avatar_url": s.repo.s.url + "/avatars/" + s.creator.login, "id": s.ID, "node_id": nodeID("SC", s.ID),
		"state": s.state, "description": orNull(s.description), "target_url": orNull(s.target), "context": s.context,
		"created_at": stamp(s.at), "updated_at": stamp(s.at),
	}
}

// eventJSON is the body of a status event.
func (s *Status) eventJSON() object {
	branches := []object{}
	for _, name := range s.repo.git.branches() {
		if tip := s.repo.git.branch(name); s.repo.git.contains(tip, s.sha) && len(branches) < 10 {
			branches = append(branches, object{"name": name, "commit": object{"sha": tip, "url": s.repo.api("/commits/" + tip)},
				"protected": s.repo.protection(name) != nil})
		}
	}
	return object{
		"id": s.ID, "sha": s.sha, "name": s.repo.fullName(), "avatar_url": s.repo.s.url + "/avatars/" + s.creator.login,
		"target_url": orNull(s.target), "context": s.context, "description": orNull(s.description), "state": s.state,
		"commit": s.repo.commitJSON(s.sha), "branches": branches, "created_at": stamp(s.at), "updated_at": stamp(s.at),
	}
}
