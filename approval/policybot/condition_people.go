package policybot

import (
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

func (c HasContributorsIn) judge(h *hearing) finding {
	who, doubts := h.contributors(c.Only)
	if len(doubts) > 0 {
		return doubtful(doubts[0])
	}
	var doubt pull.Reason
	open := false
	for _, a := range who {
		in, why := h.among(a, c.Actors)
		switch {
		case in == unknown:
			open, doubt = true, why
		case c.Only && in == no:
			return found(false, "contributor "+a.Login)
		case !c.Only && in == yes:
			return found(true, "contributor "+a.Login)
		}
	}
	if open {
		return doubtful(doubt)
	}
	return found(c.Only, "contributors "+series(logins(who), "and"))
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
	if len(doubts) > 0 {
		return doubtful(doubts[0])
	}
	for _, a := range who {
		if a.ID != h.request.Author.ID {
			return found(!c.Want, "contributor "+a.Login+" beside the author "+h.request.Author.Login)
		}
	}
	return found(c.Want, "only "+h.request.Author.Login)
}
