package hub

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// dismissed says of each dismissed review that had requested changes who dismissed it. Only the newest dismissals are read: of an
// older one nobody knows either, so it is taken for an objection that somebody unknown dismissed. Otherwise a hundred dismissals of
// one's own reviews would hide the one that counts.
func (p *pullFacts) dismissed(reviews []pull.Review) []pull.Review {
	for i, r := range reviews {
		if r.State != pull.Dismissed {
			continue
		}
		at := slices.IndexFunc(p.Dismissals.Nodes, func(d dismissalFacts) bool { return d.Review != nil && int64(d.Review.ID) == r.ID })
		if at < 0 {
			reviews[i].Objected = true
			continue
		}
		if d := p.Dismissals.Nodes[at]; d.Before != string(pull.Approved) {
			reviews[i].Objected, reviews[i].DismissedBy = true, d.Actor.account()
		}
	}
	return reviews
}
