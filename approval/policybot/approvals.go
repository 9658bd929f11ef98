package policybot

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// tally is whose approvals count for a rule, and why each voice counts or does not.
type tally struct {
	agreed  []pull.Account // one a human, in the order in which they spoke
	because []pull.Reason
	doubts  []pull.Reason
	shared  contributor // a workflow, which had a hand in the change for nobody knows whom
}

// tally hears everybody who approves by the rule's methods.
func (h *hearing) tally(rule Rule) tally {
	banned, doubts := h.banned(rule.Options)
	t := tally{doubts: append(doubts, h.unread(rule.Requires.Actors)...)}
	for _, c := range banned {
		if c.account.Shared() {
			t.shared = c
		}
	}
	voices, ignored := h.agreeing(rule.Options.Methods)
	slices.SortStableFunc(voices, func(a, b voice) int { return a.at.Compare(b.at) })
	for _, v := range voices {
		if slices.ContainsFunc(t.agreed, func(a pull.Account) bool { return a.ID == v.who.ID }) {
			continue
		}
		if objection := h.against(v, rule, banned, t.agreed); objection.Code != "" {
			ignored = append(ignored, objection)
			continue
		}
		t.agreed = append(t.agreed, v.who)
		t.because = append(t.because, pull.Reason{
			Code: "approval-counted", State: pull.Pass, Message: fmt.Sprintf("%s approved by %s.", v.who.Canonical(), v.kind),
			Evidence: map[string]string{"login": v.who.Login, "kind": v.kind, "commit": v.commit},
		})
	}
	t.because = append(t.because, ignored...)
	return t
}

// missing is how many have yet to agree, and why it is one more than the rule says where a workflow had a hand in the change: one
// of those who approve may be who had it do so. Bots that the rule names are nobody's other account.
func (t tally) missing(count int) (int, []pull.Reason) {
	human := func(a pull.Account) bool { return a.Kind != pull.Bot }
	byBots := len(t.agreed) >= count && !slices.ContainsFunc(t.agreed, human)
	if !t.shared.account.Known() || byBots || len(t.agreed) > count {
		return max(count-len(t.agreed), 0), nil
	}
	return count + 1 - len(t.agreed), []pull.Reason{pull.PusherShared(t.shared.account, t.shared.how)}
}

// against says why a voice does not count under a rule; the zero Reason that it does.
func (h *hearing) against(v voice, rule Rule, banned map[int64]contributor, agreed []pull.Account) pull.Reason {
	if !v.who.Known() {
		return v.ignored("approver-unknown", "GitHub no longer knows the account", "Ask somebody else to review")
	}
	if last := h.latest[v.who.ID]; h.withdrawn(v, last) {
		return v.ignored("approval-withdrawn", "their latest review says otherwise", "Ask "+v.who.Login+" to review again")
	}
	if c, ok := h.bannedAs(v.who, banned); ok {
		return h.ownWork(v, c)
	}
	if rule.Options.IgnoreEditedComments && v.edited {
		return v.ignored("comment-edited", "it was edited, and the rule ignores edited words", "Ask "+v.who.Login+" to review again")
	}
	if rule.Options.InvalidateOnPush {
		if reason := h.stale(v, rule.Options); reason.Code != "" {
			return reason
		}
	}
	switch in, doubt := h.among(v.who, rule.Requires.Actors); {
	case in == unknown:
		return v.ignored(doubt.Code, "nobody can tell whether they are among "+rule.Requires.Actors.describe(), doubt.Next)
	case in == no:
		return v.ignored("not-an-approver", "it takes "+rule.Requires.Actors.describe(), "Ask "+rule.Requires.Actors.describe()+" to review")
	}
	for _, a := range agreed {
		if h.same(a, v.who) {
			return v.ignored("same-human", a.Login+" is the same person and approved already", "Ask somebody else to review")
		}
	}
	return pull.Reason{}
}

// withdrawn reports whether somebody's latest decisive review takes an approval back. A dismissed review says nothing
// about what was written in a comment.
func (h *hearing) withdrawn(v voice, last pull.Review) bool {
	if last.ID == 0 {
		return false
	}
	if v.kind == "review" {
		return last.State != pull.Approved
	}
	return last.State == pull.ChangesRequested && !last.At.Before(v.at)
}

// bannedAs finds the contributor whom an approver is, under whatever account.
func (h *hearing) bannedAs(a pull.Account, banned map[int64]contributor) (contributor, bool) {
	if c, ok := banned[a.ID]; ok {
		return c, true
	}
	for _, c := range banned {
		if h.same(a, c.account) {
			return c, true
		}
	}
	return contributor{}, false
}

func (h *hearing) ownWork(v voice, c contributor) pull.Reason {
	code := "contributor-approval"
	switch {
	case c.account.ID != v.who.ID:
		code = "same-human"
	case c.account.ID == h.request.Author.ID:
		code = "author-approval"
	}
	return v.ignored(code, c.account.Login+" "+c.how, "Ask somebody who did not work on this change")
}

// stale binds an approval to the content it saw, not to a clock: this head for this target, a head behind which only
// ignored commits follow, or another whose landing diff is the same object by object.
func (h *hearing) stale(v voice, o Options) pull.Reason {
	same := v.content != "" && v.content == h.request.Content
	here := v.commit != "" && slices.Contains(h.effectiveHeads(o), v.commit)
	if same || here && !v.elsewhere {
		return pull.Reason{}
	}
	next := "Ask " + v.who.Login + " to review the new head"
	if here {
		return v.ignored("approval-retargeted", "it was given for another target branch", next)
	}
	why := fmt.Sprintf("it was given on %s, and the head is now %s", short(v.commit), short(h.request.Head.SHA))
	if v.commit == "" {
		why = "nobody saw on which head it was given"
	}
	return v.ignored("approval-stale", why, next)
}

// effectiveHeads are the head and, for as long as the rule ignores the commit, the one it stands on.
func (h *hearing) effectiveHeads(o Options) []string {
	heads := []string{h.request.Head.SHA}
	for range h.request.Commits {
		tip := heads[len(heads)-1]
		at := slices.IndexFunc(h.request.Commits, func(c pull.Commit) bool { return c.SHA == tip })
		if at < 0 || len(h.request.Commits[at].Parents) == 0 || !h.ignored(h.request.Commits[at], o) {
			break
		}
		heads = append(heads, h.request.Commits[at].Parents[0])
	}
	return heads
}
