package approval

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Ask names whose roles and which teams this pull request's judgement depends on: reviewers who decided something,
// people and teams that a governing rule names, and the lowest role that could approve. Nothing is asked where the
// governing rules want nobody's approval.
func Ask(p Policy, r pull.Request) pull.Question {
	entries := askedOf(Governing(p, r.Files))
	if len(entries) == 0 {
		return pull.Question{}
	}
	q := pull.Question{Logins: reviewers(r)}
	for _, e := range entries {
		switch {
		case e.Team != "":
			q.Teams = append(q.Teams, e.Team)
		case e.Login != "":
			q.Logins = append(q.Logins, named(e.Login, q.Logins)...)
		case q.Candidates == pull.NoRole || e.Role < q.Candidates:
			q.Candidates = e.Role
		}
	}
	slices.Sort(q.Logins)
	slices.Sort(q.Teams)
	return q
}

// reviewers are the people whose latest decision could count. Bots hold no role that could be asked for.
func reviewers(r pull.Request) []string {
	var names []string
	for _, v := range latestVotes(r.Reviews) {
		counts := v.State != pull.Dismissed && v.Author.Kind == pull.User && v.Author.ID != r.Author.ID
		if counts && v.Author.Known() && !slices.Contains(names, v.Author.Login) {
			names = append(names, v.Author.Login)
		}
	}
	return names
}

// named is the policy's login as a question: nothing for a bot, nor for somebody who is asked about already.
func named(login string, asked []string) []string {
	known := slices.ContainsFunc(asked, func(a string) bool { return strings.EqualFold(a, login) })
	if known || strings.HasSuffix(login, "[bot]") {
		return nil
	}
	return []string{login}
}
