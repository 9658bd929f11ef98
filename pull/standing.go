package pull

import (
	"maps"
	"slices"
)

// Role is a repository role, ordered: a higher one includes the lower.
type Role int

// The roles. NoRole is the zero value: no access, or not known to have any.
const (
	NoRole Role = iota
	Read
	Triage
	Write
	Maintain
	Admin
)

var roleNames = []string{"none", "read", "triage", "write", "maintain", "admin"}

func (r Role) String() string { return roleNames[r] }

// ParseRole reads a role word, lower-case.
func ParseRole(s string) (Role, bool) {
	i := slices.Index(roleNames, s)
	return Role(max(i, 0)), i > 0
}

// Question names the people and teams whose standing a judgement depends on. Teams are "org/slug", lower-case;
// an "org" alone means everybody in the organisation.
type Question struct {
	Logins []string `json:"logins,omitempty"`
	Teams  []string `json:"teams,omitempty"`
	// Candidates asks also for everyone who holds at least this role, and every member of Teams, so that a
	// pull request can name who could approve. NoRole asks for nobody.
	Candidates Role `json:"candidates,omitempty"`
}

// Empty reports whether nothing is asked.
func (q Question) Empty() bool {
	return len(q.Logins) == 0 && len(q.Teams) == 0 && q.Candidates == NoRole
}

// Standing answers a Question, as read at the moment of the snapshot.
type Standing struct {
	Roles map[int64]Role `json:"roles,omitempty"` // account id → role; absent means not asked
	// Members maps "org/slug" (or "org") to the account ids of its members. A team that was asked for and is absent here
	// does not exist, or the app may not see it.
	Members map[string][]int64 `json:"members,omitempty"`
	// Missing lists teams that were asked for and could not be read.
	Missing []string `json:"missing,omitempty"`
	// Secret lists teams that GitHub hides from whoever is not in them, of those that were asked for.
	Secret []string `json:"secret,omitempty"`
	// Candidates are people who could approve, for display: role holders and team members.
	Candidates []Account `json:"candidates,omitempty"`
	// Accounts resolves logins that were asked for to accounts.
	Accounts map[string]Account `json:"accounts,omitempty"`
}

// Member reports whether the account belongs to the team "org/slug".
func (s Standing) Member(team string, id int64) bool {
	return slices.Contains(s.Members[team], id)
}

// With lays another answer over this one; what is newer wins.
func (s Standing) With(o Standing) Standing {
	return Standing{
		Roles:      merged(s.Roles, o.Roles),
		Members:    merged(s.Members, o.Members),
		Accounts:   merged(s.Accounts, o.Accounts),
		Missing:    append(slices.Clone(s.Missing), o.Missing...),
		Secret:     append(slices.Clone(s.Secret), o.Secret...),
		Candidates: append(slices.Clone(s.Candidates), o.Candidates...),
	}
}

func merged[K comparable, V any](a, b map[K]V) map[K]V {
	out := make(map[K]V, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}
