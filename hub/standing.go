package hub

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Standing reads roles and team members in as few requests as fit, without any cache: they are asked because a gate is
// about to turn on them. People that GitHub does not know are left out of the answer, teams that it does not show are
// listed as missing; whatever else goes wrong is an error, since rights that could not be read must not be guessed.
//
// Candidates are the holders of at least the asked role and the members of the asked teams. They are for display, so
// they are looked for among the first hundred people that GitHub lists for the repository and no further, and left
// out where it lists none to the app. Their roles are part of the answer.
func (h *Hub) Standing(ctx context.Context, r pull.Request, q pull.Question) (pull.Standing, error) {
	standing, err := h.standing(ctx, r.Repo, newAsked(q, r.Repo.Owner))
	if err != nil {
		return pull.Standing{}, fmt.Errorf("reading roles and teams for %s: %w", r.Ref(), err)
	}
	return standing, nil
}

// standing asks until nothing is open, then answers.
func (h *Hub) standing(ctx context.Context, repo pull.Repo, a asked) (pull.Standing, error) {
	for range maxPages {
		if !a.open() {
			err := h.abroad(ctx, repo, a.teams)
			return a.answer(), err
		}
		variables, selection := a.question()
		var found standingFacts
		q := newQuery("Standing", append(named(repo), variables...), selection)
		if err := h.ask(ctx, repo.Installation, q, &found, a.tolerate); err != nil {
			return pull.Standing{}, err
		}
		if err := a.take(repo, found.parts); err != nil {
			return pull.Standing{}, err
		}
	}
	return pull.Standing{}, permanent("standing-too-large", "a team has more than %d pages of members", maxPages)
}

// asked is a question under way: what was asked, how far the answers have come.
type asked struct {
	people []*person
	teams  []*team
	crowd  *crowd // nil: nobody is asked for beyond people and teams
}

type person struct {
	login string
	known actor
	role  pull.Role
	done  bool
}

// team is a team, or where slug is empty a whole organisation.
type team struct {
	name, org, slug string
	members         []actor
	after           any // cursor
	missing, done   bool
	secret          bool
	abroad          bool // of another organisation: asked for through the app's installation there
}

// crowd is whoever GitHub lists for the repository. It is asked with teams too, since a member counts only with a role.
type crowd struct {
	least pull.Role // NoRole: nobody is a candidate by role alone
	found []holder
	done  bool
}

type holder struct {
	Permission string `json:"permission"`
	Node       actor  `json:"node"`
}

func (h holder) role() pull.Role {
	role, _ := pull.ParseRole(strings.ToLower(h.Permission))
	return role
}

// newAsked begins a question about a repository of the owner's.
func newAsked(q pull.Question, owner string) asked {
	var a asked
	for _, login := range q.Logins {
		// Bots hold no role, and GraphQL does not find them as users.
		if login != "" && !strings.HasSuffix(login, pull.BotSuffix) {
			a.people = append(a.people, &person{login: login})
		}
	}
	for _, name := range q.Teams {
		org, slug, _ := strings.Cut(name, "/")
		abroad := org != "" && !strings.EqualFold(org, owner)
		a.teams = append(a.teams, &team{name: name, org: org, slug: slug, missing: org == "", done: org == "" || abroad, abroad: abroad})
	}
	if q.Candidates != pull.NoRole || len(a.teams) > 0 {
		a.crowd = &crowd{least: q.Candidates}
	}
	return a
}

// open reports whether something is still to be asked.
func (a *asked) open() bool {
	for _, p := range a.people {
		if !p.done {
			return true
		}
	}
	for _, t := range a.teams {
		if !t.done {
			return true
		}
	}
	return a.crowd != nil && !a.crowd.done
}

// question selects what is still open. Every name travels as a variable.
func (a *asked) question() ([]variable, string) {
	var variables []variable
	var inside, beside strings.Builder
	for i, p := range a.people {
		if p.done {
			continue
		}
		variables = append(variables, variable{fmt.Sprintf("login%d", i), "String!", p.login})
		fmt.Fprintf(&inside, "r%d: collaborators(first: 1, login: $login%d) { ...Holders }\n", i, i)
		fmt.Fprintf(&beside, "u%d: user(login: $login%d) { ...Person }\n", i, i)
	}
	for i, t := range a.teams {
		if t.done {
			continue
		}
		named, selection := t.question(i)
		variables = append(variables, named...)
		beside.WriteString(selection)
	}
	if a.crowd != nil && !a.crowd.done {
		inside.WriteString("candidates: collaborators(first: 100) { ...Holders }\n")
	}
	return variables, fmt.Sprintf("standing: repository(owner: $owner, name: $name) {\ndatabaseId\n%s}\n%s", &inside, &beside)
}

func (t *team) question(i int) ([]variable, string) {
	variables := []variable{{fmt.Sprintf("org%d", i), "String!", t.org}, {fmt.Sprintf("members%d", i), "String", t.after}}
	if t.slug == "" {
		return variables, fmt.Sprintf("t%d: organization(login: $org%d) { everybody: membersWithRole(first: 100, after: $members%d) { ...Everybody } }\n", i, i, i)
	}
	return append(variables, variable{fmt.Sprintf("slug%d", i), "String!", t.slug}),
		fmt.Sprintf("t%d: organization(login: $org%d) { team(slug: $slug%d) { privacy members(first: 100, after: $members%d) { ...Members } } }\n", i, i, i, i)
}

// tolerate accepts that a person or a team does not exist, and that candidates cannot be listed.
func (a *asked) tolerate(e graphError) bool {
	if e.at("standing", "candidates") {
		return true
	}
	for i := range a.people {
		if e.at(fmt.Sprintf("u%d", i)) || e.at("standing", fmt.Sprintf("r%d", i)) {
			return e.missing()
		}
	}
	for i := range a.teams {
		if e.at(fmt.Sprintf("t%d", i)) {
			return e.missing() || e.forbidden()
		}
	}
	return false
}

// answer is what was learnt.
func (a *asked) answer() pull.Standing {
	s := pull.Standing{Roles: map[int64]pull.Role{}, Accounts: map[string]pull.Account{}, Members: map[string][]int64{}}
	var candidates []actor
	if a.crowd != nil {
		for _, h := range a.crowd.found {
			s.Roles[h.Node.ID] = h.role()
			if a.crowd.least != pull.NoRole && h.role() >= a.crowd.least {
				candidates = append(candidates, h.Node)
			}
		}
	}
	for _, p := range a.people {
		if p.known.ID != 0 {
			s.Roles[p.known.ID], s.Accounts[p.login] = p.role, p.known.account()
		}
	}
	for _, t := range a.teams {
		if t.missing {
			s.Missing = append(s.Missing, t.name)
			continue
		}
		if t.secret {
			s.Secret = append(s.Secret, t.name)
		}
		s.Members[t.name] = numbers(t.members)
		candidates = append(candidates, t.members...)
	}
	s.Candidates = distinct(candidates)
	return s
}

func numbers(people []actor) []int64 {
	out := make([]int64, len(people))
	for i, p := range people {
		out[i] = p.ID
	}
	return out
}

func distinct(people []actor) []pull.Account {
	seen := map[int64]bool{}
	var out []pull.Account
	for _, p := range people {
		if !seen[p.ID] {
			seen[p.ID] = true
			out = append(out, p.account())
		}
	}
	return out
}
