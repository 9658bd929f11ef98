package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

// peopleRoutes are users, organizations and teams.
func (s *Server) peopleRoutes(mux *http.ServeMux) {
	members := access{tokens, "members", "read"}
	s.handle(mux, "GET /user", access{who: tokens}, getViewer)
	s.handle(mux, "GET /users/{login}", access{}, getUser)
	s.handle(mux, "GET /meta", access{}, getMeta)
	s.handle(mux, "GET /orgs/{org}", access{}, getOrg)
	s.handle(mux, "GET /orgs/{org}/members/{login}", members, isMember)
	s.handle(mux, "GET /orgs/{org}/memberships/{login}", members, getMembership)
	s.handle(mux, "GET /orgs/{org}/teams", members, listTeams)
	s.handle(mux, "GET /orgs/{org}/teams/{slug}", members, getTeam)
	s.handle(mux, "GET /orgs/{org}/teams/{slug}/members", members, listTeamMembers)
	s.handle(mux, "GET /orgs/{org}/teams/{slug}/memberships/{login}", members, getTeamMembership)
}

// account is the account that a path parameter names; nil for none.
func (q *request) account(parameter string) *Account {
	return q.s.logins[strings.ToLower(q.PathValue(parameter))]
}

// org is the organization of the path, if the caller may know its members.
func (q *request) org() (*Account, *apiError) {
	org := q.account("org")
	switch {
	case org == nil || org.kind != OrganizationKind:
		return nil, notFound()
	case q.who.Install != nil && q.who.Install.account != org:
		return nil, forbidden()
	case q.who.User != nil && org.members[q.who.User.ID] == "":
		return nil, notFound()
	}
	return org, nil
}

func getViewer(q *request) (answer, *apiError) {
	if q.who.User == nil {
		return answer{}, forbidden()
	}
	return ok(q.who.User.fullJSON())
}

func getUser(q *request) (answer, *apiError) {
	if a := q.account("login"); a != nil {
		return ok(a.fullJSON())
	}
	return answer{}, notFound()
}

func getMeta(q *request) (answer, *apiError) {
	return ok(object{"verifiable_password_authentication": false, "hooks": []string{"127.0.0.0/8"}})
}

func getOrg(q *request) (answer, *apiError) {
	if a := q.account("org"); a != nil && a.kind == OrganizationKind {
		return ok(a.orgFullJSON())
	}
	return answer{}, notFound()
}

func isMember(q *request) (answer, *apiError) {
	org, err := q.org()
	if err != nil {
		return answer{}, err
	}
	if a := q.account("login"); a != nil && org.members[a.ID] != "" {
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notFound()
}

func getMembership(q *request) (answer, *apiError) {
	org, err := q.org()
	if err != nil {
		return answer{}, err
	}
	a := q.account("login")
	if a == nil || org.members[a.ID] == "" {
		return answer{}, notFound()
	}
	o := org.membershipJSON(a, org.members[a.ID])
	o["organization"] = org.orgJSON()
	return ok(o)
}

func (q *request) team() (*Team, *apiError) {
	org, err := q.org()
	if err != nil {
		return nil, err
	}
	if t := org.team(q.PathValue("slug")); t != nil {
		return t, nil
	}
	return nil, notFound()
}

func listTeams(q *request) (answer, *apiError) {
	org, err := q.org()
	if err != nil {
		return answer{}, err
	}
	return ok(listed(page(q, org.teams), (*Team).json))
}

func getTeam(q *request) (answer, *apiError) {
	t, err := q.team()
	if err != nil {
		return answer{}, err
	}
	return ok(t.fullJSON())
}

func listTeamMembers(q *request) (answer, *apiError) {
	t, err := q.team()
	if err != nil {
		return answer{}, err
	}
	return ok(listed(page(q, t.members), (*Account).object))
}

func getTeamMembership(q *request) (answer, *apiError) {
	t, err := q.team()
	if err != nil {
		return answer{}, err
	}
	a := q.account("login")
	if a == nil || !slices.Contains(t.members, a) {
		return answer{}, notFound()
	}
	url := q.s.api("/organizations/" + itoa(t.org.ID) + "/team/" + itoa(t.ID) + "/memberships/" + a.login)
	return ok(object{"url": url, "role": "member", "state": "active"})
}
