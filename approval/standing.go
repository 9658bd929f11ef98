package approval

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// unqualified says by a code why an account satisfies none of the entries; "" means that it does.
// A person counts only if their role was read: whoever lost all access to the repository lost their say, even when a
// team or the policy still names them.
func (h *hearing) unqualified(a pull.Account, entries []From) string {
	if a.Kind != pull.User {
		return h.unqualifiedBot(a, entries)
	}
	role, known := h.request.Standing.Roles[a.ID]
	if !known {
		return "role-unknown"
	}
	code := "not-named"
	for _, e := range entries {
		switch {
		case role >= max(e.Role, pull.Read) && h.fits(a, role, e):
			return ""
		case e.plainRole() || h.fits(a, role, e):
			code = "role-too-low"
		case e.Team != "" && code == "not-named":
			code = "not-in-team"
		}
	}
	return code
}

func (h *hearing) unqualifiedBot(a pull.Account, entries []From) string {
	for _, e := range entries {
		if a.Kind == pull.Bot && e.Login != "" && h.named(a, e.Login) {
			return ""
		}
	}
	return "bot-approval"
}

// objection puts a code of unqualified into words; need is whom it takes instead.
func (h *hearing) objection(a pull.Account, code, need string) pull.Reason {
	switch code {
	case "role-unknown":
		message := fmt.Sprintf("GitHub did not say what role %s has, so the approval does not count.", a.Login)
		return refusal(a, code, message, "Check that "+a.Login+" still has access to the repository", map[string]string{})
	case "bot-approval":
		message := fmt.Sprintf("The approval of %s does not count: only people and bots that a rule names approve.", a.Canonical())
		return refusal(a, code, message, "Ask a person, or name the bot in the rule", map[string]string{})
	}
	role := h.request.Standing.Roles[a.ID].String()
	if role == pull.NoRole.String() {
		need += " with access to the repository"
	}
	message := "The approval of " + a.Login + " (" + role + ") does not count: it takes " + need + "."
	return refusal(a, code, message, "Ask "+need+" to review", map[string]string{"role": role, "needed": need})
}

func refusal(a pull.Account, code, message, next string, evidence map[string]string) pull.Reason {
	evidence["login"] = a.Login
	return pull.Reason{Code: code, Message: message, Next: next, Evidence: evidence}
}

// fits reports whether an account of that role is whom the entry means.
func (h *hearing) fits(a pull.Account, role pull.Role, e From) bool {
	switch {
	case e.Team != "":
		return h.request.Standing.Member(e.Team, a.ID)
	case e.Login != "":
		return h.named(a, e.Login)
	}
	return e.Role != pull.NoRole && role >= e.Role
}

// named reports whether a policy's login means this account: by the numeric id that GitHub resolved it to, else by
// the login that the review itself carried.
func (h *hearing) named(a pull.Account, login string) bool {
	if resolved, ok := h.resolved(login); ok {
		return resolved.ID == a.ID
	}
	return strings.EqualFold(a.Canonical(), login)
}

// resolved finds the account behind a policy's login, which may have been asked for in a reviewer's spelling.
func (h *hearing) resolved(login string) (pull.Account, bool) {
	accounts := h.request.Standing.Accounts
	if a, ok := accounts[login]; ok {
		return a, a.Known()
	}
	for asked, a := range accounts {
		if strings.EqualFold(asked, login) {
			return a, a.Known()
		}
	}
	return pull.Account{}, false
}

// unreadTeams are the teams of the entries that could not be read.
func (h *hearing) unreadTeams(entries []From) []pull.Reason {
	var reasons []pull.Reason
	for _, e := range entries {
		if _, read := h.request.Standing.Members[e.Team]; e.Team == "" || read {
			continue
		}
		reasons = append(reasons, pull.Reason{
			Code:     "team-unknown",
			Message:  fmt.Sprintf("GitHub did not say who is in @%s: the team does not exist, or the app may not see it.", e.Team),
			Evidence: map[string]string{"team": e.Team},
			Next:     "Correct the team's name in the policy, or " + h.request.Repo.LetRead(e.Team),
		})
	}
	return reasons
}
