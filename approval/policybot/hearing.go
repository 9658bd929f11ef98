package policybot

import (
	"github.com/sallyport/sallyport/pull"
)

// Humans knows which accounts belong to one person. A nil Humans knows nobody.
type Humans interface {
	Same(loginA, loginB string) bool
}

// hearing is one judgement under way: the facts, and what was worked out from them once for all rules.
type hearing struct {
	request pull.Request
	people  Humans
	latest  map[int64]pull.Review // by account, the latest review that decides something
	// What was said, in GitHub's order: rules tend to listen for the same.
	reviews, comments []voice
	body              *voice
	literally         bool // predicates are read as policy-bot reads them
}

func newHearing(r pull.Request, people Humans) *hearing {
	h := &hearing{request: r, people: people, latest: map[int64]pull.Review{}}
	for _, v := range r.Reviews {
		if v.Author.Known() && v.State != pull.Commented {
			h.latest[v.Author.ID] = v
		}
	}
	h.reviews, h.comments, h.body = voices(r)
	return h
}

// literal is the same hearing by policy-bot's own reading of the predicates.
func (h *hearing) literal() *hearing {
	other := *h
	other.literally = true
	return &other
}

func (h *hearing) same(a, b pull.Account) bool {
	return a.ID == b.ID || h.people != nil && h.people.Same(a.Login, b.Login)
}
