package attest

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// conceal leaves out of the evidence whoever is in a secret team and had no part in the pull request: notes are read by
// everybody who can read the repository, and those people GitHub would not name to them. What the judges asked about the
// others is untouched.
func conceal(r pull.Request) pull.Standing {
	s := r.Standing
	if len(s.Secret) == 0 {
		return s
	}
	took, hidden := participants(r), map[int64]bool{}
	members := make(map[string][]int64, len(s.Members))
	for team, ids := range s.Members {
		members[team] = ids
		if !slices.Contains(s.Secret, team) {
			continue
		}
		members[team] = []int64{}
		for _, id := range ids {
			if took[id] {
				members[team] = append(members[team], id)
			} else {
				hidden[id] = true
			}
		}
	}
	s.Members = members
	s.Candidates = slices.DeleteFunc(slices.Clone(s.Candidates), func(a pull.Account) bool { return hidden[a.ID] })
	return s
}

// participants are the accounts that the pull request itself shows. Whoever wrote on lines of the diff and nowhere else is none of
// them: no words there make anybody's membership matter.
func participants(r pull.Request) map[int64]bool {
	took := map[int64]bool{r.Author.ID: true, r.Pusher.ID: true}
	for _, p := range r.Pushers {
		took[p.By.ID] = true
	}
	for _, c := range r.Commits {
		took[c.Author.ID], took[c.Committer.ID] = true, true
		for _, a := range c.CoAuthors {
			took[a.ID] = true
		}
	}
	for _, review := range r.Reviews {
		took[review.Author.ID], took[review.DismissedBy.ID] = true, true
	}
	for _, c := range r.Comments {
		took[c.Author.ID] = true
	}
	if r.Glass != nil {
		for _, v := range r.Glass.Voices {
			took[v.Account.ID] = true
		}
	}
	delete(took, 0) // nobody
	return took
}
