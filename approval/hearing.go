package approval

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// hearing is one judgement under way: the facts, and what was worked out from them once for all rules.
type hearing struct {
	request      pull.Request
	people       Humans
	signatures   pull.State
	contributors contributors
	votes        []vote
	panels       map[string]*panel // by list of entries: rules tend to ask the same people
}

func newHearing(r pull.Request, people Humans, signatures pull.State) *hearing {
	h := &hearing{
		request: r, people: people, signatures: signatures,
		contributors: contributorsOf(r, people), panels: map[string]*panel{},
	}
	latest := latestVotes(r.Reviews)
	h.votes = make([]vote, 0, len(latest))
	for _, review := range latest {
		h.votes = append(h.votes, h.weigh(review))
	}
	return h
}

// outcome is what a requirement, or a part of it, came to.
type outcome struct {
	state  pull.State
	reason pull.Reason
	needs  Needs
	// hopeless says that it rests on signatures that are known not to verify. Their own gate says so; it matters here
	// only where there is an alternative.
	hopeless bool
}

// outstanding counts what other gates have yet to settle.
func (h *hearing) outstanding(n Needs) int {
	count := duoCount(n.Duo)
	if n.Signatures && h.signatures != pull.Pass {
		count++
	}
	return count
}

// union gathers what two parts need. Approvers stay in the order in which they approved.
func (h *hearing) union(a, b Needs) Needs {
	out := Needs{Duo: duoUnion(a.Duo, b.Duo), Signatures: a.Signatures || b.Signatures, Unsettled: a.Unsettled || b.Unsettled}
	switch {
	case len(a.Approvers) == 0:
		out.Approvers = b.Approvers
	case len(b.Approvers) == 0 || slices.Equal(a.Approvers, b.Approvers):
		out.Approvers = a.Approvers
	default:
		out.Approvers = h.inOrder(a.Approvers, b.Approvers)
	}
	return out
}

func (h *hearing) inOrder(a, b []pull.Account) []pull.Account {
	var merged []pull.Account
	for _, v := range h.votes {
		if slices.Contains(a, v.Author) || slices.Contains(b, v.Author) {
			merged = append(merged, v.Author)
		}
	}
	return merged
}
