package approval

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// workflow is the contributor who may be anybody that can push a workflow. Where contributors may approve, it does not matter.
func (p *panel) workflow() (contributor, bool) {
	list := p.ballot.contributors.list
	at := slices.IndexFunc(list, func(c contributor) bool { return c.account.Shared() })
	if at < 0 || p.ballot.terms.othersCount() {
		return contributor{}, false
	}
	return list[at], true
}

// asks is how many must agree where a rule asks for count: one more where a workflow had a hand in the change, for one of them may
// be who had it do so. Bots that the rule names are nobody's other account.
func (p *panel) asks(count int) int {
	human := func(a pull.Account) bool { return a.Kind != pull.Bot }
	_, hidden := p.workflow()
	byBots := len(p.agreed) >= count && !slices.ContainsFunc(p.agreed, human)
	if !hidden || byBots || !slices.ContainsFunc(slices.Concat(p.agreed, p.able), human) {
		return count
	}
	return count + 1
}

// spoken is how many teams are represented whoever of the people it is that had a workflow make the change.
func (h *hearing) spoken(p *panel, people []pull.Account) int {
	least := h.represented(p.entries, people)
	if _, hidden := p.workflow(); !hidden {
		return least
	}
	for i := range people {
		least = min(least, h.represented(p.entries, slices.Delete(slices.Clone(people), i, i+1)))
	}
	return least
}

// oneMore says why a reason asks for one person more than the rule does.
func (p *panel) oneMore(reason pull.Reason) pull.Reason {
	c, _ := p.workflow()
	reason.Because = append([]pull.Reason{pull.PusherShared(c.account, c.how())}, reason.Because...)
	if reason.State == pull.Block {
		reason.Next = "Make the commits anew in your own name and push them, in a pull request of your own: then it takes nobody more"
	}
	return reason
}
