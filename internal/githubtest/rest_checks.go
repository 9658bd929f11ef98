package githubtest

import (
	"net/http"
	"slices"
)

// checkRoutes are check runs, check suites and commit statuses.
func (s *Server) checkRoutes(mux *http.ServeMux) {
	read, write := access{tokens, "checks", "read"}, access{tokens, "checks", "write"}
	const base = "/repos/{owner}/{repo}"
	s.handle(mux, "POST "+base+"/check-runs", write, createCheckRun)
	s.handle(mux, "GET "+base+"/check-runs/{id}", read, withRun(func(q *request, c *CheckRun) (answer, *apiError) { return ok(c.json(false)) }))
	s.handle(mux, "PATCH "+base+"/check-runs/{id}", write, withRun(updateCheckRun))
	s.handle(mux, "GET "+base+"/check-runs/{id}/annotations", read, withRun(listAnnotations))
	s.handle(mux, "POST "+base+"/check-runs/{id}/rerequest", write, withRun(rerequestRun))
	s.handle(mux, "GET "+base+"/check-suites/{id}", read, withSuite(func(q *request, cs *CheckSuite) (answer, *apiError) { return ok(cs.restJSON()) }))
	s.handle(mux, "GET "+base+"/check-suites/{id}/check-runs", read, withSuite(listSuiteRuns))
	s.handle(mux, "GET "+base+"/commits/{ref}/check-runs", read, withCommit(listRefRuns))
	s.handle(mux, "GET "+base+"/commits/{ref}/check-suites", read, withCommit(listRefSuites))
	statuses := access{tokens, "statuses", "read"}
	s.handle(mux, "GET "+base+"/commits/{ref}/status", statuses, withCommit(combinedStatus))
	s.handle(mux, "GET "+base+"/commits/{ref}/statuses", statuses, withCommit(listStatuses))
	s.handle(mux, "POST "+base+"/statuses/{sha}", access{tokens, "statuses", "write"}, createStatus)
}

func createCheckRun(q *request) (answer, *apiError) {
	if q.who.Install == nil {
		return answer{}, &apiError{Status: http.StatusForbidden, Message: "You must authenticate via a GitHub App."}
	}
	var in checkInput
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	c, err := q.s.createCheckRun(q.repo, q.who.App, in)
	if err != nil {
		return answer{}, err
	}
	return created(c.json(false))
}

// withRun finds the check run of the path first.
func withRun(h func(*request, *CheckRun) (answer, *apiError)) handler {
	return func(q *request) (answer, *apiError) {
		if c := q.repo.checkRun(q.number("id")); c != nil {
			return h(q, c)
		}
		return answer{}, notFound()
	}
}

func updateCheckRun(q *request, c *CheckRun) (answer, *apiError) {
	if q.who.App != c.app {
		return answer{}, &apiError{Status: http.StatusForbidden, Message: "Invalid app_id " + itoa(c.app.ID) + " - check run can only be modified by the GitHub App that created it."}
	}
	var in checkInput
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	if err := q.s.updateCheckRun(c, in); err != nil {
		return answer{}, err
	}
	return ok(c.json(false))
}

func listAnnotations(q *request, c *CheckRun) (answer, *apiError) {
	return ok(listed(page(q, c.output.Annotations), func(a checkAnnotation) object { return a.json(c) }))
}

func rerequestRun(q *request, c *CheckRun) (answer, *apiError) {
	c.emit("rerequested", q.who.account(), nil)
	return created(object{})
}

// withSuite finds the check suite of the path first.
func withSuite(h func(*request, *CheckSuite) (answer, *apiError)) handler {
	return func(q *request) (answer, *apiError) {
		for _, cs := range q.repo.suites {
			if cs.ID == q.number("id") {
				return h(q, cs)
			}
		}
		return answer{}, notFound()
	}
}

func (s *CheckSuite) restJSON() object {
	o := s.json(true)
	o["repository"] = s.repo.minimalJSON()
	return o
}

// withCommit finds the commit that the path's ref names first.
func withCommit(h func(*request, string) (answer, *apiError)) handler {
	return func(q *request) (answer, *apiError) {
		sha, err := q.repo.git.resolve(q.PathValue("ref"), q.repo.main)
		if err != nil || !q.repo.git.has("commit", sha) {
			return answer{}, &apiError{Status: http.StatusUnprocessableEntity, Message: "No commit found for SHA: " + q.PathValue("ref")}
		}
		return h(q, sha)
	}
}

func listRefRuns(q *request, sha string) (answer, *apiError) {
	return q.listRuns(q.repo.runsBySHA[sha])
}

func listSuiteRuns(q *request, cs *CheckSuite) (answer, *apiError) { return q.listRuns(cs.runs()) }

// listRuns filters check runs; unless asked for all, only the newest of each name counts.
func (q *request) listRuns(runs []*CheckRun) (answer, *apiError) {
	query := q.URL.Query()
	if query.Get("filter") != "all" {
		runs = latest(runs)
	}
	runs = slices.DeleteFunc(slices.Clone(runs), func(c *CheckRun) bool {
		return query.Get("check_name") != "" && c.name != query.Get("check_name") ||
			query.Get("status") != "" && c.status != query.Get("status") ||
			query.Get("app_id") != "" && itoa(c.app.ID) != query.Get("app_id")
	})
	return ok(object{"total_count": len(runs), "check_runs": listed(page(q, runs), func(c *CheckRun) object { return c.json(false) })})
}

func listRefSuites(q *request, sha string) (answer, *apiError) {
	suites := q.repo.suitesOn(sha)
	return ok(object{"total_count": len(suites), "check_suites": listed(page(q, suites), (*CheckSuite).restJSON)})
}

func combinedStatus(q *request, sha string) (answer, *apiError) {
	all := q.repo.latestStatuses(sha)
	state := "pending"
	if len(all) > 0 {
		state = "success"
	}
	for _, st := range all {
		if st.state == "failure" || st.state == "error" {
			state = "failure"
		} else if st.state == "pending" && state != "failure" {
			state = "pending"
		}
	}
	return ok(object{
		"state": state, "sha": sha, "total_count": len(all), "statuses": listed(page(q, all), (*Status).simpleJSON),
		"repository": q.repo.minimalJSON(), "commit_url": q.repo.api("/commits/" + sha), "url": q.repo.api("/commits/" + sha + "/status"),
	})
}

func listStatuses(q *request, sha string) (answer, *apiError) {
	all := slices.Clone(q.repo.statuses[sha])
	slices.Reverse(all)
	return ok(listed(page(q, all), (*Status).json))
}

func createStatus(q *request) (answer, *apiError) {
	var in struct {
		State       string
		Context     string
		Description string
		TargetURL   string `json:"target_url"`
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	st, err := q.repo.setStatus(q.who.account(), Status{sha: q.PathValue("sha"), context: in.Context, state: in.State,
		description: in.Description, target: in.TargetURL})
	if err != nil {
		return answer{}, err
	}
	return created(st.json())
}
