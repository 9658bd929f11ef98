package approval

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// teams are the teams that the list names, lower-case.
func (a Approvals) teams() []string { return teamsOf(a.entries()) }

func teamsOf(entries []From) []string {
	var teams []string
	for _, e := range entries {
		if e.Team != "" && !slices.Contains(teams, e.Team) {
			teams = append(teams, e.Team)
		}
	}
	return teams
}

// represented counts how many teams can each have a person of their own among the people: a largest matching, so that
// somebody who is in two teams speaks for one of them.
func (h *hearing) represented(entries []From, people []pull.Account) int {
	teams := teamsOf(entries)
	speaker := map[string]int64{}
	var seat func(a pull.Account, tried map[string]bool) bool
	seat = func(a pull.Account, tried map[string]bool) bool {
		for _, team := range teams {
			if tried[team] || !h.request.Standing.Member(team, a.ID) {
				continue
			}
			tried[team] = true
			at := slices.IndexFunc(people, func(p pull.Account) bool { return p.ID == speaker[team] })
			if at < 0 || seat(people[at], tried) {
				speaker[team] = a.ID
				return true
			}
		}
		return false
	}
	count := 0
	for _, a := range people {
		if seat(a, map[string]bool{}) {
			count++
		}
	}
	return count
}

// unrepresented explains that enough people agreed, but of too few teams.
func (h *hearing) unrepresented(p *panel, wanted int) pull.Reason {
	have := h.spoken(p, p.agreed)
	var able []pull.Account
	for _, a := range p.able {
		if h.spoken(p, append(slices.Clip(p.agreed), a)) > have {
			able = append(able, a)
		}
	}
	teams, spelt := either(teamNames(p.entries)), names(h.spelt(able, p.entries))
	reason := pull.Reason{
		Code: "teams-missing", State: pull.Wait,
		Message:  fmt.Sprintf("Waiting for approvals from %d different teams of %s; so far there are %d%s.", wanted, teams, have, naming(spelt)),
		Evidence: map[string]string{"teams": fmt.Sprint(have), "wanted": fmt.Sprint(wanted), "candidates": listed(spelt, ", ")},
		Next:     fmt.Sprintf("Ask %s to review %s", eitherOr(spelt, "somebody of another team"), h.request.Ref()),
		Because:  p.because,
	}
	if h.spoken(p, slices.Concat(p.agreed, p.able)) < wanted {
		reason.Code, reason.State = "nobody-can-approve", pull.Block
		reason.Message = fmt.Sprintf("It takes people from %d different teams of %s, but too few can still approve.", wanted, teams)
		reason.Next = "Give somebody who did not work on this change a place in a team, or change the policy"
	}
	return reason
}

func teamNames(entries []From) []string {
	var out []string
	for _, team := range teamsOf(entries) {
		out = append(out, "@"+team)
	}
	return out
}
