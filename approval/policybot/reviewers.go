package policybot

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Reviewers are whom the pending rules would have asked for a review, where their options say so: logins, and teams as
// "org/slug".
func Reviewers(p Policy, r pull.Request, people Humans) (logins, teams []string) {
	if p.Approval == nil || p.Remote != nil || r.Test.State != pull.Clean {
		return nil, nil
	}
	h, _ := decide(p, r, people)
	for _, index := range p.Approval.rules() {
		rule := p.Rules[index]
		options := rule.Options.RequestReview
		if !options.Enabled || h.rule(rule).standing != pending {
			continue
		}
		if options.Mode == RequestTeams {
			teams = append(teams, rule.Requires.Actors.Teams...)
			continue
		}
		able := h.able(h.spelt(rule.Requires.Actors))
		if options.Mode == RequestRandom {
			h.shuffle(able)
			able = able[:min(len(able), wanted(rule))]
		}
		for _, a := range able {
			logins = append(logins, a.Login)
		}
	}
	return distinct(logins), distinct(teams)
}

// wanted is how many people a rule asks by chance.
func wanted(rule Rule) int {
	if n := rule.Options.RequestReview.Count; n > 0 {
		return n
	}
	return max(rule.Requires.Count, 1)
}

// rules are the indexes of the rules that a part of the approval policy names.
func (n Node) rules() []int {
	if n.Op == OpRule {
		return []int{n.Rule}
	}
	var all []int
	for _, part := range n.Parts {
		all = append(all, part.rules()...)
	}
	return all
}

// spelt leaves out secret teams: a request for a review tells everybody who is in one.
func (h *hearing) spelt(actors Actors) Actors {
	actors.Teams = slices.DeleteFunc(slices.Clone(actors.Teams), func(team string) bool {
		return slices.ContainsFunc(h.request.Standing.Secret, func(secret string) bool { return strings.EqualFold(secret, team) })
	})
	return actors
}

// able are the people among the actors whom GitHub named and who did not open the pull request.
func (h *hearing) able(actors Actors) []pull.Account {
	var found []pull.Account
	known := slices.Clone(h.request.Standing.Candidates)
	for _, a := range h.request.Standing.Accounts {
		known = append(known, a)
	}
	slices.SortFunc(known, func(a, b pull.Account) int { return strings.Compare(a.Login, b.Login) })
	for _, a := range known {
		seen := slices.ContainsFunc(found, func(b pull.Account) bool { return a.ID == b.ID })
		role, read := h.request.Standing.Roles[a.ID]
		if seen || a.Kind != pull.User || a.ID == h.request.Author.ID || read && role < pull.Read {
			continue
		}
		if truth, _ := h.among(a, actors); truth == yes {
			found = append(found, a)
		}
	}
	return found
}

// shuffle orders people by chance, but for one pull request always the same way.
func (h *hearing) shuffle(people []pull.Account) {
	rank := func(a pull.Account) uint64 {
		sum := fnv.New64a()
		fmt.Fprintf(sum, "%d/%d/%d", h.request.Repo.ID, h.request.Number, a.ID)
		return sum.Sum64()
	}
	slices.SortStableFunc(people, func(a, b pull.Account) int {
		if rank(a) < rank(b) {
			return -1
		}
		return 1
	})
}
