package approval

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// latestVotes are each account's latest decisive review, in the order in which they were given. A comment decides
// nothing; a dismissal does, so that it never brings an older approval back to life.
func latestVotes(reviews []pull.Review) []pull.Review {
	last := make(map[int64]int, len(reviews))
	for i, r := range reviews {
		if decisive(r) && r.Author.Known() {
			last[r.Author.ID] = i
		}
	}
	votes := make([]pull.Review, 0, len(reviews))
	for i, r := range reviews {
		ghost := decisive(r) && !r.Author.Known()
		if at, ok := last[r.Author.ID]; ghost || ok && at == i {
			votes = append(votes, r)
		}
	}
	return votes
}

func decisive(r pull.Review) bool {
	return r.State == pull.Approved || r.State == pull.ChangesRequested || r.State == pull.Dismissed
}

// vote is a latest decisive review with what speaks against it under every rule. Code "" is no objection.
type vote struct {
	paper
	objection pull.Reason
}

const askAnother = "Ask somebody who did not work on this change"

// weigh judges what does not depend on whom a rule names: who approved, and what they saw.
func (h *hearing) weigh(v paper, b *ballot) vote {
	who := v.Author.Login
	isAuthor := v.Author.Known() && v.Author.ID == h.request.Author.ID
	switch {
	case v.State == pull.Dismissed:
		return vote{v, ignored(v, "approval-dismissed", fmt.Sprintf("The latest review of %s was dismissed.", who), "Ask "+who+" to review again")}
	case v.State != pull.Approved:
		return vote{paper: v}
	case v.edited:
		return vote{v, ignored(v, "comment-edited", fmt.Sprintf("The comment of %s was edited, so nobody can tell who said what.", who), "Ask "+who+" to write a new comment, or to review")}
	case !v.Author.Known():
		return vote{v, ignored(v, "role-unknown", "An account that GitHub no longer knows approved; it does not count.", askAnother)}
	case isAuthor && !b.terms.authorCounts():
		return vote{v, ignored(v, "author-approval", fmt.Sprintf("The approval of %s does not count: %s opened the pull request.", who, who), askAnother)}
	}
	if !isAuthor {
		if objection := h.partiality(v, b); objection.Code != "" {
			return vote{v, objection}
		}
	}
	return vote{v, h.staleness(v)}
}

// partiality is what speaks against somebody who shaped the change, under this name or another.
func (h *hearing) partiality(v paper, b *ballot) pull.Reason {
	if c, ok := h.shaped(v, b); ok && !b.terms.othersCount() {
		return contributorObjection(v, c.how())
	}
	other, ok := b.contributors.twin(v.Author)
	if !ok || b.terms.mayCount(other.account, h.request.Author) {
		return pull.Reason{}
	}
	message := fmt.Sprintf("The approval of %s does not count: %s is the same person, who %s.", v.Author.Login, other.account.Login, other.how())
	return ignored(v, "same-human", message, askAnother)
}

// mayCount reports whether the options let a contributor approve.
func (a Approvals) mayCount(c, author pull.Account) bool {
	if c.ID == author.ID {
		return a.authorCounts()
	}
	return a.othersCount()
}

func contributorObjection(v paper, how string) pull.Reason {
	message := fmt.Sprintf("The approval of %s does not count: %s %s.", v.Author.Login, v.Author.Login, how)
	reason := ignored(v, "contributor-approval", message, askAnother)
	reason.Evidence["how"] = how
	return reason
}

// staleness binds an approval to the content it saw: this head for this target, or an earlier one whose landing diff
// is the same object by object. An unknown head is nobody's content.
func (h *hearing) staleness(v paper) pull.Reason {
	head := h.request.Head.SHA
	same := v.Content != "" && v.Content == h.request.Content
	if same || v.Commit == head && head != "" && !v.Elsewhere {
		return pull.Reason{}
	}
	if v.Elsewhere && v.Commit == head {
		message := fmt.Sprintf("%s approved this head for another target branch, where it changed something else.", v.Author.Login)
		return ignored(v, "approval-retargeted", message, "Ask "+v.Author.Login+" to review it again")
	}
	if v.spoken && v.Commit == "" && v.Content != "" {
		message := fmt.Sprintf("%s wrote it when the pull request changed something else.", v.Author.Login)
		return ignored(v, "approval-stale", message, "Ask "+v.Author.Login+" to review, or to comment again")
	}
	if v.spoken && v.Commit == "" {
		message := fmt.Sprintf("Nobody saw which head %s meant when they wrote it.", v.Author.Login)
		return ignored(v, "comment-unwitnessed", message, "Ask "+v.Author.Login+" to review, or to comment again")
	}
	message := fmt.Sprintf("%s approved %s, but the head is now %s.", v.Author.Login, pull.ShortSHA(v.Commit), pull.ShortSHA(head))
	reason := ignored(v, "approval-stale", message, "Ask "+v.Author.Login+" to review the new head")
	reason.Evidence["saw"], reason.Evidence["head"] = v.Commit, head
	return reason
}

func ignored(v paper, code, message, next string) pull.Reason {
	return pull.Reason{
		Code: code, Message: message, Next: next,
		Evidence: map[string]string{"login": v.Author.Login, "commit": v.Commit},
	}
}
