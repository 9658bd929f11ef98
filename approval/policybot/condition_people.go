package policybot

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// HasAuthorIn holds when whoever opened the pull request is among the actors.
type HasAuthorIn struct{ Actors Actors }

// Key names the predicate.
func (HasAuthorIn) Key() string { return "has_author_in" }

func (c HasAuthorIn) actors() Actors { return c.Actors }

func (c HasAuthorIn) judge(h *hearing) finding {
	author := h.request.Author
	if !author.Known() {
		return doubtful(ghostAuthor())
	}
	holds, doubt := h.among(author, c.Actors)
	return finding{holds: holds, doubt: doubt, saw: "author " + author.Login}
}

func ghostAuthor() pull.Reason {
	return pull.Reason{
		Code: "author-unknown", Message: "GitHub no longer knows the account that opened the pull request.",
		Next: "Open the pull request again from an account that exists",
	}
}

// HasContributorsIn is has_contributor_in, or only_has_contributors_in where Only is set. A contributor opened the
// pull request, or wrote or committed one of its commits; for Only, also whoever co-authored or pushed.
type HasContributorsIn struct {
	Only   bool
	Actors Actors
}

// Key names the predicate.
func (c HasContributorsIn) Key() string {
	if c.Only {
		return "only_has_contributors_in"
	}
	return "has_contributor_in"
}

func (c HasContributorsIn) actors() Actors { return c.Actors }

// judge asks first those who are known: where one of them settles it, it does not matter who else there is.
func (c HasContributorsIn) judge(h *hearing) finding {
	who, doubts := h.contributors(c.Only)
	for _, a := range settling(who, doubts) {
		in, why := h.among(a, c.Actors)
		switch {
		case in == unknown:
			doubts = append(doubts, why)
		case c.Only && in == no:
			return found(false, "contributor "+a.Login)
		case !c.Only && in == yes:
			return found(true, "contributor "+a.Login)
		}
	}
	if len(doubts) > 0 {
		return doubtful(doubts[0])
	}
	return found(c.Only, "contributors "+series(logins(who), "and"))
}

// settling are the contributors who are certainly somebody: while there is a doubt, GitHub's own account may be one of it.
func settling(who []pull.Account, doubts []pull.Reason) []pull.Account {
	if len(doubts) == 0 {
		return who
	}
	return slices.DeleteFunc(slices.Clone(who), func(a pull.Account) bool { return a.Login == webFlow })
}

// AuthorIsOnlyContributor holds when the author wrote and committed every commit, or, with Want false, when not.
type AuthorIsOnlyContributor struct {
	impersonal
	Want bool
}

// Key names the predicate.
func (AuthorIsOnlyContributor) Key() string { return "author_is_only_contributor" }

func (c AuthorIsOnlyContributor) judge(h *hearing) finding {
	if !h.request.Author.Known() {
		return doubtful(ghostAuthor())
	}
	who, doubts := h.contributors(c.Want)
	for _, a := range settling(who, doubts) {
		if a.ID != h.request.Author.ID {
			return found(!c.Want, "contributor "+a.Login+" beside the author "+h.request.Author.Login)
		}
	}
	if len(doubts) > 0 {
		return doubtful(doubts[0])
	}
	return found(c.Want, "only "+h.request.Author.Login)
}
