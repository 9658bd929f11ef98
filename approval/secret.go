package approval

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// spelt are those of the people whom everybody who sees the pull request may be told of. Who could agree only as a
// member of a secret team is not named, in no reason and by no request for a review: GitHub itself hides who is in it.
func (h *hearing) spelt(able []pull.Account, entries []From) []pull.Account {
	if len(h.request.Standing.Secret) == 0 {
		return able
	}
	open := slices.DeleteFunc(slices.Clone(entries), func(e From) bool {
		return e.Team != "" && slices.Contains(h.request.Standing.Secret, e.Team)
	})
	return slices.DeleteFunc(slices.Clone(able), func(a pull.Account) bool { return h.unqualified(a, open) != "" })
}

// asked is whom to ask, by name where names may be spelt out.
func (p *panel) asked() string {
	return eitherOr(names(p.spelt), whom(p.entries, 1))
}

func eitherOr(names []string, otherwise string) string {
	if len(names) == 0 {
		return otherwise
	}
	return either(names)
}
