package approval

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// vetoes are standing requests for changes by people who could approve under some governing rule. Having contributed
// does not take a veto away: otherwise naming an objector as co-author of a pushed commit would silence them.
// Neither does a role that could not be read.
func (h *hearing) vetoes(groups []Governed) []pull.Reason {
	entries := askedOf(groups)
	if len(entries) == 0 {
		return nil
	}
	var reasons []pull.Reason
	for _, v := range h.votes {
		if v.State != pull.ChangesRequested || v.Author.ID == h.request.Author.ID {
			continue
		}
		if code := h.unqualified(v.Author, entries); code == "" || code == "role-unknown" {
			reasons = append(reasons, veto(v))
		}
	}
	return reasons
}

func veto(v vote) pull.Reason {
	return pull.Reason{
		Code:     "changes-requested",
		Message:  fmt.Sprintf("%s requested changes.", v.Author.Login),
		Evidence: map[string]string{"login": v.Author.Login, "commit": v.Commit},
		Next:     fmt.Sprintf("Make the changes and ask %s to review again, or have the review dismissed", v.Author.Login),
	}
}

// askedOf are the entries of every approvals list in the governing rules, each once.
func askedOf(groups []Governed) []From {
	var entries []From
	seen := map[From]bool{}
	for _, g := range groups {
		for _, list := range g.Rule.Require.lists() {
			parsed, err := parseAll(list.From)
			if err != nil {
				continue // compile refused such a policy already
			}
			for _, e := range parsed {
				if !seen[e] {
					seen[e] = true
					entries = append(entries, e)
				}
			}
		}
	}
	return entries
}

// lists are the requirement's approvals lists, at any depth.
func (q Requirement) lists() []Approvals {
	var found []Approvals
	if q.Approvals != nil {
		found = append(found, *q.Approvals)
	}
	for _, part := range q.Any {
		found = append(found, part.lists()...)
	}
	for _, part := range q.All {
		found = append(found, part.lists()...)
	}
	return found
}
