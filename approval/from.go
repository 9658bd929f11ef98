package approval

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// From is one entry of a list of people: a role, a team or a login. A Role beside a team or a login is what the person
// must hold besides.
type From struct {
	Role  pull.Role // at least this role
	Team  string    // "org/slug", lower-case
	Login string    // as written, without "user:"
}

// plainRole reports whether the entry means everybody of a role.
func (e From) plainRole() bool { return e.Role != pull.NoRole && e.Team == "" && e.Login == "" }

// FromError says why an entry of an approvals list cannot be understood, and what to write instead.
type FromError struct{ Text, Mend string }

func (e *FromError) Error() string { return e.Text }

var (
	loginShape = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?(?:\[bot\])?$`)
	teamShape  = regexp.MustCompile(`^@[A-Za-z0-9](?:[A-Za-z0-9_-]*)/[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
)

// roleLike are words that people write when they mean a role. As logins they need "user:", so that a slip never
// silently hands a right to a stranger.
var roleLike = map[string]pull.Role{
	"none": pull.NoRole, "owner": pull.Admin, "owners": pull.Admin, "administrator": pull.Admin, "administrators": pull.Admin,
	"maintainer": pull.Maintain, "maintainers": pull.Maintain, "writer": pull.Write, "writers": pull.Write,
	"push": pull.Write, "committer": pull.Write, "committers": pull.Write, "collaborator": pull.Write,
	"collaborators": pull.Write, "triager": pull.Triage, "reader": pull.Read, "readers": pull.Read, "pull": pull.Read,
}

// ParseFrom reads one entry: a role word (admin, maintain, write, triage, read), "@org/team", a login or "user:NAME".
// The error is a *FromError.
func ParseFrom(word string) (From, error) {
	if role, ok := pull.ParseRole(word); ok {
		return From{Role: role}, nil
	}
	if name, named := strings.CutPrefix(word, "user:"); named {
		return parseLogin(name)
	}
	if strings.HasPrefix(word, "@") {
		return parseTeam(word)
	}
	if role, like := resembles(word); like {
		return From{}, &FromError{
			Text: fmt.Sprintf("%q looks like a role, but the roles are admin, maintain, write, triage and read", word),
			Mend: mendRole(role, word),
		}
	}
	return parseLogin(word)
}

func mendRole(role pull.Role, word string) string {
	if role == pull.NoRole {
		return fmt.Sprintf("name a role, or write user:%s for the person of that name", word)
	}
	return fmt.Sprintf("write %s, or user:%s for the person of that name", role, word)
}

func parseLogin(name string) (From, error) {
	if !loginShape.MatchString(name) {
		return From{}, &FromError{
			Text: fmt.Sprintf("%q is neither a role, nor a team, nor a GitHub login", name),
			Mend: "write a role word, @org/team or a login",
		}
	}
	return From{Login: name}, nil
}

func parseTeam(word string) (From, error) {
	if !teamShape.MatchString(word) {
		return From{}, &FromError{
			Text: fmt.Sprintf("%q is not a team", word),
			Mend: fmt.Sprintf("write @org/team for a team, or %s without the @ for a person", strings.TrimPrefix(word, "@")),
		}
	}
	return From{Team: strings.ToLower(word[1:])}, nil
}

// resembles finds the role that a word was probably meant to be: another case, a plural, one letter off.
func resembles(word string) (pull.Role, bool) {
	lower := strings.ToLower(word)
	if role, ok := roleLike[lower]; ok {
		return role, true
	}
	for role := pull.Admin; role >= pull.Read; role-- {
		if oneSlip(lower, role.String()) {
			return role, true
		}
	}
	return pull.NoRole, false
}

// oneSlip reports whether a and b are equal but for at most one letter added, dropped or changed.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i == len(a) || a[i+1:] == b[i+1:]
	}
	return a[i:] == b[i+1:]
}

// parseWords reads a list that names somebody.
func parseWords(words []string) ([]From, error) {
	if len(words) == 0 {
		return nil, &FromError{Text: "the list names nobody", Mend: "name somebody, or leave the key out"}
	}
	return parseAll(words)
}

// parsed reads a list that was checked before; nil, which is no list at all, is nobody.
func parsed(words []string) []From {
	if words == nil {
		return nil
	}
	entries, _ := parseAll(words)
	return entries
}

// parseAll reads a whole list; an empty one means anyone with write access.
func parseAll(words []string) ([]From, error) {
	if len(words) == 0 {
		return []From{{Role: pull.Write}}, nil
	}
	entries := make([]From, 0, len(words))
	for _, word := range words {
		entry, err := ParseFrom(word)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}
