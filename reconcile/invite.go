package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

// invitedMost is how many people and teams are ever asked for one pull request.
const invitedMost = 15

// reviewers are whom the rules would have asked for a review: only where nothing but approvals is missing.
func (d Decision) reviewers() approval.Reviewers {
	r := d.Request
	if d.Verdict(pull.GateApproval).State != pull.Wait || r.Draft || r.State != pull.Open || r.Test.State != pull.Clean {
		return approval.Reviewers{}
	}
	for _, gate := range []pull.Gate{pull.GateDuo, pull.GateSignatures} {
		if d.Verdict(gate).State == pull.Block {
			return approval.Reviewers{}
		}
	}
	wanted := d.Needs.Reviewers
	if d.Policy.PolicyBot != nil {
		people, teams := policybot.Reviewers(*d.Policy.PolicyBot, r, d.People)
		wanted.People, wanted.Teams = union(wanted.People, people), union(wanted.Teams, teams)
	}
	return wanted
}

// uninvited leaves out whom we asked before, whoever reviewed already, and the author.
func (p *pass) uninvited(d Decision) (people, teams []string) {
	wanted := d.reviewers()
	asked := func(name string) bool {
		return slices.ContainsFunc(p.invited, func(was string) bool { return strings.EqualFold(was, name) })
	}
	reviewed := func(login string) bool {
		return strings.EqualFold(login, d.Request.Author.Login) ||
			slices.ContainsFunc(d.Request.Reviews, func(v pull.Review) bool { return strings.EqualFold(v.Author.Login, login) })
	}
	room := invitedMost - len(p.invited)
	for _, login := range wanted.People {
		if !asked(login) && !reviewed(login) && len(people) < room {
			people = append(people, login)
		}
	}
	for _, team := range wanted.Teams {
		owner, slug, _ := strings.Cut(team, "/")
		if strings.EqualFold(owner, d.Request.Repo.Owner) && slug != "" && !asked("@"+team) && len(people)+len(teams) < room {
			teams = append(teams, slug)
		}
	}
	return people, teams
}

// invite asks for the reviews that are missing, each person and team once. GitHub takes a repeated request for the
// same one, so that a crash in between repeats nothing that anybody sees.
func (p *pass) invite(ctx context.Context, d Decision) error {
	people, teams := p.uninvited(d)
	if len(people)+len(teams) == 0 {
		return nil
	}
	err := p.GitHub.RequestReviews(ctx, d.Request.Repo, d.Request.Number, people, teams)
	if err != nil && pull.ClassOf(err) != pull.Permanent {
		return fmt.Errorf("asking for reviews: %w", err)
	}
	if err != nil { // somebody has no access, say: no reason to hold anything up, nor to ask again
		p.log.Warn("review_request_refused", "people", people, "teams", teams, "error", err.Error())
	} else {
		p.log.Info("reviews_requested", "people", people, "teams", teams)
	}
	p.invited = append(p.invited, people...)
	for _, slug := range teams {
		p.invited = append(p.invited, "@"+strings.ToLower(d.Request.Repo.Owner)+"/"+slug)
	}
	return p.save(ctx, d, StateOpen)
}
