package githubtest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Requested lists whose review was asked for and has not come: logins, then "@org/slug".
func (p *Pull) Requested() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all []string
	for _, a := range p.askedPeople {
		all = append(all, a.login)
	}
	for _, t := range p.askedTeams {
		all = append(all, "@"+t.org.login+"/"+t.slug)
	}
	return all
}

func (p *Pull) askedPeopleJSON() []any {
	people := []any{}
	for _, a := range p.askedPeople {
		people = append(people, a.json())
	}
	return people
}

// requestReviews asks for reviews. As on GitHub, asking again changes nothing, the author cannot be asked, and whoever
// may not read the repository spoils the whole request.
func requestReviews(q *request, p *Pull) (answer, *apiError) {
	var in struct {
		Reviewers     []string `json:"reviewers"`
		TeamReviewers []string `json:"team_reviewers"`
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	var people []*Account
	for _, login := range in.Reviewers {
		a := q.s.logins[strings.ToLower(login)]
		switch {
		case a == nil || a.kind != UserKind || p.repo.role(a) < pull.Read:
			return answer{}, unprocessable("Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the " + p.repo.fullName() + " repository.")
		case a == p.author:
			return answer{}, unprocessable("Review cannot be requested from pull request author.")
		}
		people = append(people, a)
	}
	var teams []*Team
	for _, slug := range in.TeamReviewers {
		i := slices.IndexFunc(p.repo.owner.teams, func(t *Team) bool { return strings.EqualFold(t.slug, slug) })
		if i < 0 {
			return answer{}, unprocessable("Could not resolve to a node with the global id of '" + slug + "'.")
		}
		teams = append(teams, p.repo.owner.teams[i])
	}
	p.ask(q.who.account(), people, teams)
	return created(p.simpleJSON())
}

func (p *Pull) ask(by *Account, people []*Account, teams []*Team) {
	for _, a := range people {
		if !slices.Contains(p.askedPeople, a) {
			p.askedPeople = append(p.askedPeople, a)
			p.emit("review_requested", by, object{"requested_reviewer": a.json()})
		}
	}
	for _, t := range teams {
		if !slices.Contains(p.askedTeams, t) {
			p.askedTeams = append(p.askedTeams, t)
			p.emit("review_requested", by, object{"requested_team": t.json()})
		}
	}
}

func unprocessable(message string) *apiError {
	return &apiError{Status: http.StatusUnprocessableEntity, Message: message}
}
