package approval

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// reviewersMost is how many people are ever asked at once; GitHub takes no more.
const reviewersMost = 15

// reviewers says whom to ask for what the rule still waits for. Drafts ask nobody.
func (h *hearing) reviewers(g Governed) Reviewers {
	var out Reviewers
	wanted := g.Rule.Reviewers
	if wanted == nil || h.request.Draft {
		return out
	}
	for _, list := range g.Rule.Require.lists() {
		if p, err := h.panel(list); err == nil {
			out = out.and(h.picked(*wanted, p, list.Count))
		}
	}
	for _, e := range h.ownerEstates(g.Rule.Require, g.Files) {
		if p, err := h.convene(ownersKey(e), e.entries, Approvals{}); err == nil && e.fault.Code == "" {
			out = out.and(h.picked(*wanted, p, e.count))
		}
	}
	return out
}

// picked chooses from those who could still agree to one list.
func (h *hearing) picked(wanted ReviewRequests, p *panel, count int) Reviewers {
	missing := p.asks(count) - len(p.agreed)
	if missing <= 0 {
		return Reviewers{}
	}
	if teams := teamsOf(p.entries); wanted.Mode == ReviewTeams {
		return Reviewers{Teams: teams}
	}
	people := slices.DeleteFunc(slices.Clone(p.spelt), func(a pull.Account) bool { return a.Kind != pull.User })
	most := reviewersMost
	if wanted.Mode == ReviewRandom {
		h.shuffle(people)
		most = min(most, max(wanted.Count, missing))
		if wanted.Count == 0 {
			most = min(reviewersMost, missing)
		}
	}
	return Reviewers{People: names(people[:min(len(people), most)])}
}

// shuffle orders people by chance, but for one pull request always the same way: asking again must not ask others.
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

// and joins two lists, each name once.
func (r Reviewers) and(o Reviewers) Reviewers {
	return Reviewers{People: joined(r.People, o.People, reviewersMost), Teams: joined(r.Teams, o.Teams, reviewersMost)}
}

func joined(a, b []string, most int) []string {
	out := slices.Clone(a)
	for _, word := range b {
		if !slices.Contains(out, word) && len(out) < most {
			out = append(out, word)
		}
	}
	return out
}
