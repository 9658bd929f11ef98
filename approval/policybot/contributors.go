package policybot

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// webFlow is the account in whose name GitHub commits what people do on its pages. It is nobody, but only where
// GitHub's own signature says that GitHub made the commit: anybody can write its address into one of their own.
const webFlow = "web-flow"

// contributor is an account that shaped the change, and how.
type contributor struct {
	account pull.Account
	how     string
}

// contributors are whoever opened the pull request, wrote or committed; wide adds co-authors and who pushed. What
// cannot be attributed might be anybody's, and is a doubt.
func (h *hearing) contributors(wide bool) (who []pull.Account, doubts []pull.Reason) {
	list := []contributor{{h.request.Author, "opened the pull request"}}
	for _, c := range h.request.Commits {
		list = append(list, commitContributors(c, wide)...)
	}
	if wide {
		list = append(list, contributor{h.request.Pusher, "pushed the head"})
		list = append(list, h.pushers(h.request.Commits)...)
	}
	for _, c := range list {
		if c.account.Known() && !slices.ContainsFunc(who, func(a pull.Account) bool { return a.ID == c.account.ID }) {
			who = append(who, c.account)
		}
	}
	return who, h.contributorDoubts(h.request.Commits, wide)
}

func commitContributors(c pull.Commit, wide bool) []contributor {
	list := []contributor{{c.Author, "wrote commit " + short(c.SHA)}}
	if !(c.ByGitHub && c.Committer.Login == webFlow) {
		list = append(list, contributor{c.Committer, "committed " + short(c.SHA)})
	}
	if wide {
		for _, a := range c.CoAuthors {
			list = append(list, contributor{a, "is a co-author of commit " + short(c.SHA)})
		}
	}
	return list
}

// pushers are who pushed one of the commits as a head, whatever was pushed on top of it since.
func (h *hearing) pushers(commits []pull.Commit) (list []contributor) {
	for _, p := range h.request.Pushers {
		if slices.ContainsFunc(commits, func(c pull.Commit) bool { return c.SHA == p.SHA }) {
			list = append(list, contributor{p.By, "pushed commit " + short(p.SHA)})
		}
	}
	return list
}

func (h *hearing) contributorDoubts(commits []pull.Commit, wide bool) []pull.Reason {
	var doubts []pull.Reason
	for _, c := range commits {
		if !attributed(c) {
			doubts = append(doubts, pull.Reason{
				Code:     "commit-unattributed",
				Message:  fmt.Sprintf("Nobody can tell who made commit %s: GitHub attributes no account to it.", short(c.SHA)),
				Evidence: map[string]string{"commit": c.SHA},
				Next:     "Commit again with an e-mail address that belongs to a GitHub account, then push",
			})
		}
	}
	if len(h.request.Commits) < max(h.request.CommitsTotal, 1) {
		doubts = append(doubts, commitsUnseen(h.request))
	}
	if !wide {
		return doubts
	}
	if !h.request.Pusher.Known() {
		doubts = append(doubts, h.request.PusherUnknown(h.request.Head.SHA))
	}
	for _, p := range h.request.Pushers {
		if !p.By.Known() && p.SHA != h.request.Head.SHA && slices.ContainsFunc(commits, func(c pull.Commit) bool { return c.SHA == p.SHA }) {
			doubts = append(doubts, h.request.PusherUnknown(p.SHA))
		}
	}
	return doubts
}

func attributed(c pull.Commit) bool {
	if c.Committer.Login == webFlow && !c.ByGitHub {
		return false
	}
	return c.Author.Known() && (c.Committer.Known() || c.ByGitHub)
}

// banned says by account whose approvals a rule's options turn away, and what keeps that from being told.
func (h *hearing) banned(o Options) (map[int64]contributor, []pull.Reason) {
	out := map[int64]contributor{}
	author := h.request.Author
	if !o.AllowAuthor && !o.AllowContributor && author.Known() {
		out[author.ID] = contributor{author, "opened the pull request"}
	}
	if o.AllowContributor || o.AllowNonAuthorContributor {
		return out, nil
	}
	var counted, pushes []pull.Commit
	for _, c := range h.request.Commits {
		ignored := h.ignored(c, o)
		if !ignored {
			counted = append(counted, c)
		}
		if !ignored || !h.request.Alone(c) {
			pushes = append(pushes, c)
		}
	}
	list := append([]contributor{{h.request.Pusher, "pushed the head"}}, h.pushers(pushes)...)
	for _, c := range counted {
		list = append(list, commitContributors(c, true)...)
	}
	for _, c := range list {
		if _, known := out[c.account.ID]; !known && c.account.Known() && c.account.ID != author.ID {
			out[c.account.ID] = c
		}
	}
	return out, h.contributorDoubts(counted, true)
}

// ignored reports whether a rule leaves a commit out of account: a base update that changed nothing of its own, or a
// commit by trusted accounts that somebody vouches for.
func (h *hearing) ignored(c pull.Commit, o Options) bool {
	return o.IgnoreUpdateMerges && h.cleanUpdate(c) || !o.IgnoreCommitsBy.Empty() && h.trusted(c, o.IgnoreCommitsBy)
}

// cleanUpdate reports whether the commit only merges the target branch in. GitHub makes such merges, and merges that
// carry a resolved conflict, look alike; so what differs from both parents must have been looked at.
func (h *hearing) cleanUpdate(c pull.Commit) bool {
	if len(c.Parents) != 2 || !c.ByGitHub || !c.Diffed || len(c.Files) > 0 {
		return false
	}
	ours := func(sha string) bool {
		return slices.ContainsFunc(h.request.Commits, func(o pull.Commit) bool { return o.SHA == sha })
	}
	return ours(c.Parents[0]) && !ours(c.Parents[1])
}

// trusted reports whether author and committer are both among the actors, and a signature says that it was them:
// the names in a commit can be anybody's.
func (h *hearing) trusted(c pull.Commit, actors Actors) bool {
	vouched := c.ByGitHub || c.Signed != nil && c.Signed.Good
	if !vouched || !attributed(c) {
		return false
	}
	for _, who := range commitContributors(c, true) {
		if in, _ := h.among(who.account, actors); in != yes {
			return false
		}
	}
	return true
}
