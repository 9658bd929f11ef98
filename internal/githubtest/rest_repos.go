package githubtest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// repoRoutes are the repository, its people, its files and its ref history.
func (s *Server) repoRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /{$}", access{}, func(q *request) (answer, *apiError) { return ok(object{"current_user_url": s.url + "/user"}) })
	meta, contents := access{tokens, "metadata", "read"}, access{tokens, "contents", "read"}
	s.handle(mux, "GET /repos/{owner}/{repo}", meta, func(q *request) (answer, *apiError) { return ok(q.repo.fullJSON(q.who)) })
	s.handle(mux, "GET /repos/{owner}/{repo}/collaborators", meta, listCollaborators)
	s.handle(mux, "GET /repos/{owner}/{repo}/collaborators/{login}", meta, isCollaborator)
	s.handle(mux, "GET /repos/{owner}/{repo}/collaborators/{login}/permission", meta, getPermission)
	s.handle(mux, "GET /repos/{owner}/{repo}/properties/values", meta, listProperties)
	s.handle(mux, "GET /repos/{owner}/{repo}/teams", meta, listRepoTeams)
	s.handle(mux, "GET /repos/{owner}/{repo}/activity", meta, listActivity)
	s.handle(mux, "GET /repos/{owner}/{repo}/contents/{path...}", contents, getContents)
}

// listProperties lists custom properties, which only an organization's repositories have.
func listProperties(q *request) (answer, *apiError) {
	if q.repo.owner.kind != OrganizationKind {
		return answer{}, notFound()
	}
	list := []object{}
	for _, name := range slices.Sorted(maps.Keys(q.repo.values)) {
		if value := q.repo.values[name]; value != nil {
			list = append(list, object{"property_name": name, "value": value})
		}
	}
	return ok(list)
}

func collaboratorJSON(r *Repo, a *Account) object {
	o := a.object()
	o["permissions"], o["role_name"] = rolesJSON(r.role(a)), r.role(a).String()
	return o
}

func listCollaborators(q *request) (answer, *apiError) {
	if q.who.User != nil && q.repo.role(q.who.User) < pull.Write {
		return answer{}, &apiError{Status: http.StatusForbidden, Message: "Must have push access to view repository collaborators."}
	}
	return ok(listed(page(q, q.repo.collaborators()), func(a *Account) object { return collaboratorJSON(q.repo, a) }))
}

func isCollaborator(q *request) (answer, *apiError) {
	if a := q.account("login"); a != nil && slices.Contains(q.repo.collaborators(), a) {
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notFound()
}

func getPermission(q *request) (answer, *apiError) {
	a := q.account("login")
	if a == nil {
		return answer{}, notFound()
	}
	role := q.repo.role(a)
	user := collaboratorJSON(q.repo, a)
	return ok(object{"permission": restRole(role), "role_name": role.String(), "user": user})
}

func listRepoTeams(q *request) (answer, *apiError) {
	all := []object{}
	for _, t := range q.repo.owner.teams {
		if role, ok := q.repo.teamRoles[t.ID]; ok {
			o := t.json()
			o["permission"] = map[pull.Role]string{pull.Read: "pull", pull.Write: "push"}[role]
			if o["permission"] == "" {
				o["permission"] = role.String()
			}
			all = append(all, o)
		}
	}
	return ok(page(q, all))
}

// listActivity shows the moves of refs, newest first.
func listActivity(q *request) (answer, *apiError) {
	query := q.URL.Query()
	all := []object{}
	for _, a := range slices.Backward(q.repo.activity) {
		ref := query.Get("ref")
		if ref != "" && a.Ref != ref && a.Ref != "refs/heads/"+ref ||
			query.Get("actor") != "" && !strings.EqualFold(query.Get("actor"), a.By.login) ||
			query.Get("activity_type") != "" && query.Get("activity_type") != a.Kind {
			continue
		}
		all = append(all, object{"id": a.ID, "node_id": nodeID("PSH", a.ID), "before": a.Before, "after": a.After, "ref": a.Ref,
			"timestamp": stamp(a.At), "activity_type": a.Kind, "actor": a.By.json()})
	}
	return ok(page(q, all))
}

// getContents shows a file, or what is in a folder.
func getContents(q *request) (answer, *apiError) {
	rev := orDefault(q.URL.Query().Get("ref"), q.repo.main)
	path := strings.Trim(q.PathValue("path"), "/")
	sha, err := q.repo.git.resolve(rev, q.repo.main)
	if err != nil {
		return answer{}, &apiError{Status: http.StatusNotFound, Message: "No commit found for the ref " + rev}
	}
	c, err := q.repo.git.commit(sha)
	if err != nil {
		return answer{}, notFound()
	}
	e, found := q.repo.git.entry(c.Tree, path)
	if !found {
		return answer{}, notFound()
	}
	if e.kind() != "tree" {
		return ok(q.repo.contentJSON(e, path, rev, true))
	}
	entries, err := q.repo.git.tree(e.ID)
	if err != nil {
		return answer{}, notFound()
	}
	return ok(listed(entries, func(e treeEntry) object {
		return q.repo.contentJSON(e, strings.TrimPrefix(path+"/"+e.Name, "/"), rev, false)
	}))
}

func (r *Repo) contentJSON(e treeEntry, path, rev string, full bool) object {
	kind := map[string]string{"blob": "file", "tree": "dir", "commit": "submodule"}[e.kind()]
	self := r.api("/contents/" + path + "?ref=" + rev)
	git := r.api("/git/" + e.kind() + "s/" + e.ID)
	page := r.html("/blob/" + rev + "/" + path)
	o := object{"type": kind, "name": e.Name, "path": path, "sha": e.ID, "size": 0, "url": self, "git_url": git, "html_url": page,
		"download_url": nil, "_links": object{"self": self, "git": git, "html": page}}
	data, err := r.git.blob(e.ID)
	if err == nil {
		o["size"], o["download_url"] = len(data), r.html("/raw/"+rev+"/"+path)
	}
	switch {
	case e.Mode == "120000":
		o["type"], o["target"] = "symlink", string(data)
	case e.Mode == "160000" && full:
		o["submodule_git_url"] = nil
	case full && len(data) > 1<<20:
		o["content"], o["encoding"] = "", "none"
	case full:
		o["content"], o["encoding"] = wrap(base64.StdEncoding.EncodeToString(data), 60), "base64"
	}
	return o
}

// wrap breaks base64 into lines, as GitHub does.
func wrap(s string, width int) string {
	var b strings.Builder
	for len(s) > 0 {
		n := min(width, len(s))
		b.WriteString(s[:n] + "\n")
		s = s[n:]
	}
	return b.String()
}
