package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

// commitRoutes are commits, branches and comparisons.
func (s *Server) commitRoutes(mux *http.ServeMux) {
	read := access{tokens, "contents", "read"}
	const base = "/repos/{owner}/{repo}"
	s.handle(mux, "GET "+base+"/commits", read, listCommits)
	s.handle(mux, "GET "+base+"/commits/{ref}", read, withCommit(getCommit))
	s.handle(mux, "GET "+base+"/commits/{ref}/pulls", read, withCommit(listCommitPulls))
	s.handle(mux, "GET "+base+"/compare/{basehead...}", read, compare)
	s.handle(mux, "POST "+base+"/merges", access{tokens, "contents", "write"}, mergeBranch)
	s.handle(mux, "GET "+base+"/branches", read, listBranches)
	s.handle(mux, "GET "+base+"/branches/{branch}", read, getBranch)
}

func listCommits(q *request) (answer, *apiError) {
	sha, err := q.repo.git.resolve(orDefault(q.URL.Query().Get("sha"), q.repo.main), q.repo.main)
	if err != nil {
		return answer{}, &apiError{Status: http.StatusConflict, Message: "Git Repository is empty."}
	}
	return ok(listed(page(q, q.repo.git.history(sha, 0)), q.repo.commitJSON))
}

func getCommit(q *request, sha string) (answer, *apiError) {
	o := q.repo.commitJSON(sha)
	c, err := q.repo.git.commit(sha)
	if err != nil {
		return answer{}, notFound()
	}
	before := ""
	if len(c.Parents) > 0 {
		before = c.Parents[0]
	}
	files, err := q.s.diff(q.repo, before, sha)
	if err != nil {
		return answer{}, &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	additions, deletions := 0, 0
	for _, f := range files {
		additions, deletions = additions+f.Additions, deletions+f.Deletions
	}
	o["stats"] = object{"additions": additions, "deletions": deletions, "total": additions + deletions}
	o["files"] = listed(files, func(f fileChange) object { return f.json(q.repo, sha) })
	return ok(o)
}

// listCommitPulls names the pull requests with which a commit has to do: those that brought it in, or still offer it.
func listCommitPulls(q *request, sha string) (answer, *apiError) {
	var hits []*Pull
	for _, p := range q.repo.pulls {
		if p.mergeCommit == sha || p.headSHA == sha || slices.Contains(p.commits(), sha) {
			hits = append(hits, p)
		}
	}
	return ok(listed(page(q, hits), (*Pull).simpleJSON))
}

func compare(q *request) (answer, *apiError) {
	from, to, found := strings.Cut(q.PathValue("basehead"), "...")
	base, baseErr := q.repo.git.resolve(from, q.repo.main)
	head, headErr := q.repo.git.resolve(to, q.repo.main)
	if !found || baseErr != nil || headErr != nil {
		return answer{}, notFound()
	}
	ahead, behind := q.repo.between(base, head), q.repo.between(head, base)
	status := "identical"
	switch {
	case len(ahead) > 0 && len(behind) > 0:
		status = "diverged"
	case len(ahead) > 0:
		status = "ahead"
	case len(behind) > 0:
		status = "behind"
	}
	common := q.repo.mergeBase(base, head)
	files, err := q.s.diff(q.repo, common, head)
	if err != nil || common == "" {
		return answer{}, &apiError{Status: http.StatusNotFound, Message: "No common ancestor between " + from + " and " + to + "."}
	}
	self := "/compare/" + from + "..." + to
	return ok(object{
		"url": q.repo.api(self), "html_url": q.repo.html(self), "permalink_url": q.repo.html("/compare/" + base + "..." + head),
		"diff_url": q.repo.html(self + ".diff"), "patch_url": q.repo.html(self + ".patch"), "base_commit": q.repo.commitJSON(base),
		"merge_base_commit": q.repo.commitJSON(common), "status": status, "ahead_by": len(ahead), "behind_by": len(behind),
		"total_commits": len(ahead), "commits": listed(page(q, ahead), q.repo.commitJSON),
		"files": listed(files[:min(len(files), 300)], func(f fileChange) object { return f.json(q.repo, head) }),
	})
}

func listBranches(q *request) (answer, *apiError) {
	return ok(listed(page(q, q.repo.git.branches()), func(name string) object {
		tip := q.repo.git.branch(name)
		return object{"name": name, "commit": object{"sha": tip, "url": q.repo.api("/commits/" + tip)}, "protected": q.repo.protected(name)}
	}))
}

func (r *Repo) protected(branch string) bool {
	return r.protection(branch) != nil || len(r.rulesetsFor(branch)) > 0
}

func getBranch(q *request) (answer, *apiError) {
	name := q.PathValue("branch")
	tip := q.repo.git.branch(name)
	if tip == "" {
		return answer{}, &apiError{Status: http.StatusNotFound, Message: "Branch not found"}
	}
	self := q.repo.api("/branches/" + name)
	protection := object{"enabled": false, "required_status_checks": object{"enforcement_level": "off", "contexts": []string{}, "checks": []object{}}}
	if p := q.repo.protection(name); p != nil {
		protection["enabled"] = true
		checks := p.checksJSON(self + "/protection")
		checks["enforcement_level"] = "non_admins"
		protection["required_status_checks"] = checks
	}
	return ok(object{
		"name": name, "commit": q.repo.commitJSON(tip), "_links": object{"self": self, "html": q.repo.html("/tree/" + name)},
		"protected": q.repo.protected(name), "protection": protection, "protection_url": self + "/protection",
	})
}
