package policybot

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// disapproval judges whether the pull request is held back: a pass where it is not, a block where it is or where
// nobody can tell.
func (h *hearing) disapproval(d Disapproval) pull.Reason {
	var seen, doubts []pull.Reason
	for _, c := range d.If {
		holds, reason := h.weigh(c, pull.Pass)
		switch holds {
		case yes:
			reason.State = pull.Block
			return disapproved("disapproved-by-condition", "Disapproved by the policy: "+c.Key()+" holds.", "Change what the condition speaks of", reason)
		case unknown:
			doubts = append(doubts, reason)
		}
		seen = append(seen, reason)
	}
	if len(doubts) > 0 {
		return disapproved("disapproval-in-doubt", "Nobody can tell whether the policy disapproves.", doubts[0].Next, doubts...)
	}
	if d.Requires.Empty() {
		return pull.Reason{Code: "nobody-disapproves", State: pull.Pass, Message: "No condition disapproves, and nobody may.", Because: seen}
	}
	if doubts := h.unread(d.Requires); len(doubts) > 0 {
		return disapproved("disapproval-in-doubt", "Nobody can tell who may disapprove.", doubts[0].Next, doubts...)
	}
	if altered := h.altered(d); altered.Code != "" {
		return altered
	}
	reason := h.lastWord(d)
	reason.Because = append(reason.Because, seen...)
	return reason
}

// lastWord compares the last disapproval with the last revocation by those who may. Where both came in one moment, or
// somebody's right to disapprove cannot be told, it stays disapproved.
func (h *hearing) lastWord(d Disapproval) pull.Reason {
	objections := append(h.objecting(d.Disapprove), h.overruled(d)...)
	objector := h.last(objections, d.Requires, true)
	if objector == nil {
		return pull.Reason{Code: "nobody-disapproves", State: pull.Pass, Message: "Nobody disapproves."}
	}
	yes, ignored := h.agreeing(d.Revoke)
	if revoker := h.last(yes, d.Requires, false); revoker != nil && h.answersAll(*revoker, objections, d.Requires) {
		return pull.Reason{
			Code: "disapproval-revoked", State: pull.Pass,
			Message:  fmt.Sprintf("%s lifted the disapproval of %s.", revoker.who.Login, objector.who.Login),
			Evidence: map[string]string{"by": revoker.who.Login, "disapproved_by": objector.who.Login},
		}
	}
	reason := disapproved("disapproved", fmt.Sprintf("Disapproved by %s.", objector.who.Login),
		fmt.Sprintf("Settle it with %s; %s can lift it", objector.who.Login, d.Requires.describe()), ignored...)
	reason.Evidence = map[string]string{"login": objector.who.Login, "kind": objector.kind}
	return reason
}

// overruled are disapproving reviews that were dismissed by somebody who had no say in it: on GitHub whoever may write can dismiss
// them, the author of the change among them.
func (h *hearing) overruled(d Disapproval) (out []voice) {
	for i, r := range h.request.Reviews {
		fits := len(d.Disapprove.ReviewPatterns) == 0 || anyMatch(d.Disapprove.ReviewPatterns, r.Body)
		if r.Objected && d.Disapprove.reviews() && fits && !h.settledByDismissal(r, d) {
			out = append(out, h.reviews[i])
		}
	}
	return out
}

// settledByDismissal reports whether a dismissal settles a disapproval: by its own author, or by an admin or somebody who may revoke it and
// did not work on the change.
func (h *hearing) settledByDismissal(r pull.Review, d Disapproval) bool {
	by := r.DismissedBy
	if by.Known() && by.ID == r.Author.ID {
		return true
	}
	who, _ := h.contributors(true)
	if !by.Known() || slices.ContainsFunc(who, func(a pull.Account) bool { return h.same(a, by) }) {
		return false
	}
	in, _ := h.among(by, d.Requires)
	return in == yes || by.Kind == pull.User && h.request.Standing.Roles[by.ID] >= pull.Admin
}

// answersAll reports whether a revocation came after every disapproval by those who may.
func (h *hearing) answersAll(revoker voice, objections []voice, actors Actors) bool {
	return !slices.ContainsFunc(objections, func(o voice) bool {
		in, _ := h.among(o.who, actors)
		return o.who.Known() && in != no && !revoker.after(o)
	})
}

// last is the latest voice of somebody among the actors; doubtful says whether those count of whom that is not known.
func (h *hearing) last(voices []voice, actors Actors, doubtful bool) *voice {
	var latest *voice
	for i, v := range voices {
		in, _ := h.among(v.who, actors)
		counts := in == yes || in == unknown && doubtful
		if v.who.Known() && counts && (latest == nil || !v.at.Before(latest.at)) {
			latest = &voices[i]
		}
	}
	return latest
}

// altered finds a comment by somebody who may disapprove that somebody else changed afterwards: whoever may write to
// the repository can edit an objection away.
func (h *hearing) altered(d Disapproval) pull.Reason {
	reads := len(d.Disapprove.Comments)+len(d.Disapprove.CommentPatterns) > 0
	for _, c := range h.request.Comments {
		if !reads || !c.Edited || !c.EditedBy.Known() || c.EditedBy.ID == c.Author.ID || c.ID == 0 {
			continue
		}
		if in, _ := h.among(c.Author, d.Requires); in == no {
			continue
		}
		reason := disapproved("comment-altered", fmt.Sprintf("%s changed a comment of %s, who may disapprove.", c.EditedBy.Login, c.Author.Login),
			fmt.Sprintf("Ask %s what the comment said, then delete it", c.Author.Login))
		reason.Evidence = map[string]string{"author": c.Author.Login, "edited_by": c.EditedBy.Login}
		return reason
	}
	return pull.Reason{}
}

func disapproved(code, message, next string, because ...pull.Reason) pull.Reason {
	return pull.Reason{Code: code, Message: message, Next: next, Because: because}
}
