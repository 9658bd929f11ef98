package duobot

import (
	"slices"
	"strings"
)

// Person ties one human's identities together: GitHub logins, the name that Duo knows, and OpenPGP primary-key
// fingerprints (upper-case hex without spaces). Duo is empty for somebody who has no phone to ask.
type Person struct {
	Name   string
	GitHub []string
	Duo    string
	PGP    []string
}

// People is the people file, read and checked. It never changes after ParsePeople; a nil *People knows nobody.
type People struct {
	list   []Person
	logins map[string]int // lower-case login → index in list
	prints map[string]int // fingerprint → index in list
}

// ByLogin finds the human behind a GitHub login, ignoring case.
func (p *People) ByLogin(login string) (Person, bool) {
	if p == nil {
		return Person{}, false
	}
	i, ok := p.logins[strings.ToLower(login)]
	if !ok {
		return Person{}, false
	}
	return p.at(i), true
}

// ByFingerprint finds the owner of an OpenPGP key by the full fingerprint of its primary key; case and spaces
// do not matter.
func (p *People) ByFingerprint(fingerprint string) (Person, bool) {
	if p == nil {
		return Person{}, false
	}
	i, ok := p.prints[plainFingerprint(fingerprint)]
	if !ok {
		return Person{}, false
	}
	return p.at(i), true
}

// Same reports whether two logins belong to one human: they are one account, or the people file lists both
// for one person.
func (p *People) Same(loginA, loginB string) bool {
	if loginA == "" || loginB == "" {
		return false
	}
	if strings.EqualFold(loginA, loginB) {
		return true
	}
	a, okA := p.ByLogin(loginA)
	b, okB := p.ByLogin(loginB)
	return okA && okB && a.Name == b.Name
}

// All lists everybody in the file's order. The caller owns the result.
func (p *People) All() []Person {
	if p == nil {
		return nil
	}
	all := make([]Person, len(p.list))
	for i := range p.list {
		all[i] = p.at(i)
	}
	return all
}

// at copies a person, so that nobody can change the file's through a shared slice.
func (p *People) at(i int) Person {
	person := p.list[i]
	person.GitHub = slices.Clone(person.GitHub)
	person.PGP = slices.Clone(person.PGP)
	return person
}

func (p Person) owns(login string) bool {
	return slices.ContainsFunc(p.GitHub, func(own string) bool { return strings.EqualFold(own, login) })
}

func plainFingerprint(s string) string {
	return strings.ToUpper(strings.ReplaceAll(s, " ", ""))
}

// PeopleOf makes a people file's content of its entries, where they come from somewhere else than a file. The first
// entry that names a login or a key keeps it.
func PeopleOf(list []Person) *People {
	p := &People{logins: map[string]int{}, prints: map[string]int{}}
	for i, person := range list {
		p.list = append(p.list, person)
		for _, login := range person.GitHub {
			if _, taken := p.logins[strings.ToLower(login)]; !taken {
				p.logins[strings.ToLower(login)] = i
			}
		}
		for _, print := range person.PGP {
			if _, taken := p.prints[plainFingerprint(print)]; !taken {
				p.prints[plainFingerprint(print)] = i
			}
		}
	}
	return p
}
