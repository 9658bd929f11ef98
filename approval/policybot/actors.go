package policybot

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// truth is what can be said of a condition. The zero value is doubt.
type truth int

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// among says whether an account is one of the actors. Where that cannot be told, the reason says why.
func (h *hearing) among(a pull.Account, actors Actors) (truth, pull.Reason) {
	for _, login := range actors.Users {
		if h.named(a, login) {
			return yes, pull.Reason{}
		}
	}
	doubts := h.unread(actors)
	for _, group := range actors.groups() {
		if h.request.Standing.Member(group, a.ID) {
			return yes, pull.Reason{}
		}
	}
	if len(actors.Permissions) > 0 && a.Kind != pull.Bot {
		role, read := h.request.Standing.Roles[a.ID]
		if !read {
			doubts = append(doubts, roleUnknown(a))
		} else if role >= least(actors.Permissions) {
			return yes, pull.Reason{}
		}
	}
	if len(doubts) > 0 {
		return unknown, doubts[0]
	}
	return no, pull.Reason{}
}

// groups are the teams and organisations, as Standing.Members names them.
func (a Actors) groups() []string {
	return append(append([]string{}, a.Teams...), a.Organizations...)
}

// unread are the teams and organisations whose members could not be read.
func (h *hearing) unread(actors Actors) []pull.Reason {
	var doubts []pull.Reason
	for _, group := range actors.groups() {
		if _, read := h.request.Standing.Members[group]; !read {
			doubts = append(doubts, pull.Reason{
				Code:     "team-unknown",
				Message:  fmt.Sprintf("GitHub did not say who is in @%s: it does not exist, or the app may not see it.", group),
				Evidence: map[string]string{"team": group},
				Next:     "Correct the name in the policy, or " + h.request.Repo.LetRead(group),
			})
		}
	}
	return doubts
}

func roleUnknown(a pull.Account) pull.Reason {
	return pull.Reason{
		Code:     "role-unknown",
		Message:  fmt.Sprintf("GitHub did not say what role %s has.", a.Login),
		Evidence: map[string]string{"login": a.Login},
		Next:     "Check that " + a.Login + " has access to the repository, then comment /sallyport recheck",
	}
}

// named reports whether a policy's login means this account: by the number that GitHub resolved it to, else by the
// login that GitHub itself gave with the account.
func (h *hearing) named(a pull.Account, login string) bool {
	for asked, resolved := range h.request.Standing.Accounts {
		if strings.EqualFold(asked, login) && resolved.Known() {
			return resolved.ID == a.ID
		}
	}
	return strings.EqualFold(a.Canonical(), login)
}

func least(roles []pull.Role) pull.Role {
	lowest := pull.Admin
	for _, r := range roles {
		lowest = min(lowest, r)
	}
	return lowest
}

// describe names the actors to a person.
func (a Actors) describe() string {
	words := append([]string{}, a.Users...)
	for _, group := range a.groups() {
		words = append(words, "@"+group)
	}
	if len(a.Permissions) > 0 {
		words = append(words, "someone with the role "+least(a.Permissions).String())
	}
	if len(words) == 0 {
		return "nobody"
	}
	return series(words, "or")
}

// union is everybody whom either means.
func (a Actors) union(b Actors) Actors {
	return Actors{
		Users: append(append([]string{}, a.Users...), b.Users...), Teams: append(append([]string{}, a.Teams...), b.Teams...),
		Organizations: append(append([]string{}, a.Organizations...), b.Organizations...),
		Permissions:   append(append([]pull.Role{}, a.Permissions...), b.Permissions...),
	}
}
