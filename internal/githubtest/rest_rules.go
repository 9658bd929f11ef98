package githubtest

import (
	"maps"
	"net/http"
	"slices"
)

// ruleRoutes are classic protection and rulesets, to read.
func (s *Server) ruleRoutes(mux *http.ServeMux) {
	admin, meta := access{tokens, "administration", "read"}, access{tokens, "metadata", "read"}
	const base = "/repos/{owner}/{repo}"
	s.handle(mux, "GET "+base+"/branches/{branch}/protection", admin, getProtection)
	s.handle(mux, "GET "+base+"/branches/{branch}/protection/required_status_checks", admin, getRequiredChecks)
	s.handle(mux, "GET "+base+"/rules/branches/{branch}", meta, listBranchRules)
	s.handle(mux, "GET "+base+"/rulesets", meta, listRulesets)
	s.handle(mux, "GET "+base+"/rulesets/{id}", meta, getRuleset)
}

func (q *request) protection() (*Protection, *apiError) {
	branch := q.PathValue("branch")
	if q.repo.git.branch(branch) == "" {
		return nil, &apiError{Status: http.StatusNotFound, Message: "Branch not found"}
	}
	if p := q.repo.protection(branch); p != nil {
		return p, nil
	}
	return nil, &apiError{Status: http.StatusNotFound, Message: "Branch not protected"}
}

func getProtection(q *request) (answer, *apiError) {
	p, err := q.protection()
	if err != nil {
		return answer{}, err
	}
	return ok(p.json(q.repo, q.PathValue("branch")))
}

func getRequiredChecks(q *request) (answer, *apiError) {
	p, err := q.protection()
	if err != nil {
		return answer{}, err
	}
	if len(p.Checks) == 0 && !p.Strict {
		return answer{}, &apiError{Status: http.StatusNotFound, Message: "Required status checks not enabled"}
	}
	return ok(p.checksJSON(q.repo.api("/branches/" + q.PathValue("branch") + "/protection")))
}

// listBranchRules shows the rules in force on a branch, from all rulesets that are active.
func listBranchRules(q *request) (answer, *apiError) {
	all := []object{}
	for _, rs := range q.repo.rulesetsFor(q.PathValue("branch")) {
		if rs.Enforcement != "active" {
			continue
		}
		for _, rule := range rs.Rules {
			o := rule.json()
			o["ruleset_source_type"], o["ruleset_source"], o["ruleset_id"] = "Repository", q.repo.fullName(), rs.ID
			all = append(all, o)
		}
	}
	return ok(page(q, all))
}

func listRulesets(q *request) (answer, *apiError) {
	return ok(listed(page(q, q.repo.rulesets), func(rs *Ruleset) object {
		o := rs.json(q.repo)
		delete(o, "rules")
		delete(o, "conditions")
		return o
	}))
}

// getRuleset hides who may bypass it from those who do not administer the repository.
func getRuleset(q *request) (answer, *apiError) {
	for _, rs := range q.repo.rulesets {
		if rs.ID == q.number("id") {
			o := rs.json(q.repo)
			if !q.who.can(q.repo, "administration", "write") {
				delete(o, "bypass_actors")
			}
			o["current_user_can_bypass"] = "never"
			switch by := q.who.actor(); {
			case rs.bypassed(q.repo, refUpdate{By: by}):
				o["current_user_can_bypass"] = "always"
			case rs.bypassed(q.repo, refUpdate{By: by, Pull: &Pull{}}):
				o["current_user_can_bypass"] = "pull_requests_only"
			}
			return ok(o)
		}
	}
	return answer{}, notFound()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
