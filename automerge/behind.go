package automerge

import (
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const (
	// updateSeen is how long GitHub may take to show an update that it was asked for. Asking again is safe: GitHub is told
	// the head that is meant.
	updateSeen  = time.Minute
	updateTries = 3
	// updateRest is how long a pull request is left alone after an update that no rule of the branch calls for.
	updateRest = time.Hour
	// testTime is how long the checks of an updated head may keep others from their turn.
	testTime = time.Hour
)

// UpdateNow reports whether GitHub is to be asked to bring the branch up to date. Where nothing lands that is behind,
// only the pull request that holds the turn is updated; otherwise whoever is not about to land anyway. It never
// happens while a phone shows this landing: the update would take it away under the person's thumb.
func UpdateNow(c Case, stage Stage) bool {
	r := c.Request
	switch {
	case !c.keptUpToDate(), !c.behind(), r.Test.State != pull.Clean && r.Test.State != pull.Outdated, r.Rules.Unreadable != "":
		return false
	case c.Breaking: // it is for this head, and a new one would undo what people agreed to
		return false
	case c.Ringing, len(c.Freezes) > 0, !c.updatable(), c.updateRefused() != nil, c.updating():
		return false
	case c.MustBeCurrent() && r.Test.State == pull.Clean: // what nobody can judge is not ready for a turn, and would never have one
		return stage == Stale && c.Turn != nil && c.Turn.Holds
	}
	return stage < Ready && (c.Update == nil || r.At.Sub(c.Update.At) >= updateRest)
}

// NextUpdate is how long until time alone calls for an update that is not due yet; 0 means never.
func NextUpdate(c Case) time.Duration {
	if !c.keptUpToDate() || !c.behind() || c.Update == nil || c.updateRefused() != nil {
		return 0
	}
	since := c.Request.At.Sub(c.Update.At)
	switch {
	case c.updating():
		return max(updateSeen-since, time.Second)
	case !c.MustBeCurrent() && since < updateRest:
		return updateRest - since
	}
	return 0
}

// MustBeCurrent reports whether nothing lands on the branch that does not contain its tip.
func (c Case) MustBeCurrent() bool {
	return c.Request.Rules.Strict || c.Policy != nil && c.Policy.MethodFor(c.Request) == pull.MethodFastForward
}

// keptUpToDate reports whether the policy wants this pull request brought up to date by itself.
func (c Case) keptUpToDate() bool {
	if c.Policy == nil || c.Policy.Update == nil {
		return false
	}
	u := c.Policy.Update
	if u.IgnoreDrafts && c.Request.Draft || !c.succeeded(u.Checks) {
		return false
	}
	if u.Unless != nil {
		if _, held := u.Unless.vetoed(c.Request); held {
			return false
		}
	}
	if u.If == nil {
		return true
	}
	_, asked := u.If.asked(c.Request)
	return asked
}

// succeeded reports whether every one of these checks is there and green.
func (c Case) succeeded(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return len(c.judgeCheck(wanted{RequiredCheck: pull.RequiredCheck{Name: name}})) > 0
	})
}

// behind reports whether the head is known to lack the target's tip.
func (c Case) behind() bool {
	return len(c.Request.Commits) >= c.Request.CommitsTotal && !c.upToDate()
}

// updatable reports whether GitHub would let us write the head branch: our own repository's, or a fork's whose owner
// lets maintainers in.
func (c Case) updatable() bool {
	h := c.Request.Head
	return h.Repo != 0 && (h.Repo == c.Request.Repo.ID || h.Modifiable)
}

// lastUpdate is the last try, if it was for this base and this head.
func (c Case) lastUpdate() *pull.Update {
	if u := c.Update; u != nil && u.Base == c.Request.Base.SHA && u.Head == c.Request.Head.SHA {
		return u
	}
	return nil
}

// updating reports whether GitHub was asked a moment ago, and does not show the new head yet.
func (c Case) updating() bool {
	u := c.lastUpdate()
	return u != nil && u.Code == "" && c.Request.At.Sub(u.At) < updateSeen
}

// updateRefused is why this very update is not tried again; nil when it may be.
func (c Case) updateRefused() *pull.Reason {
	u := c.lastUpdate()
	if u == nil || u.Code == "" && (u.Tries < updateTries || c.updating()) {
		return nil
	}
	r := pull.Reason{Code: "update-refused", State: pull.Wait,
		Message:  "GitHub would not bring the branch up to date: " + u.Detail,
		Evidence: map[string]string{"refusal": u.Code, "base": u.Base, "head": u.Head},
		Next:     fmt.Sprintf("Merge %s into the branch by hand and push.", c.Request.Base.Branch)}
	if u.Code == "" {
		r.Message = "GitHub was asked to bring the branch up to date and never did."
	}
	if u.Code == "workflows-permission" {
		r.Next = "Give the app the permission \"Workflows: write\", or update the branch by hand."
	}
	return &r
}

// notCurrent says that the head lacks the target's tip, which it must not, and what comes of it.
func (c Case) notCurrent(code, message string) pull.Reason {
	r := pull.Reason{Code: code, State: pull.Wait, Message: message,
		Evidence: map[string]string{"base": c.Request.Base.SHA}, Next: "Update the branch."}
	if refused := c.updateRefused(); refused != nil {
		return *refused
	}
	switch {
	case c.updating():
		r.Code, r.Message = "updating", "GitHub was asked to bring the branch up to date."
		r.Next = "Nothing to do: its checks run next."
	case !c.keptUpToDate():
	case !c.updatable():
		r.Next = "Update the branch: its fork does not let maintainers do it."
	default:
		r.Next = "Nothing to do: it is brought up to date when all else is green and its turn comes."
	}
	return r
}

// stale reports whether everything that is missing is what an update brings: the target's tip, and then the checks of
// the new head. Such a pull request queues for its turn and keeps it until it has landed, so that branches are
// updated one at a time and none is updated in vain.
func (c Case) stale(obstacles []pull.Reason) bool {
	if !c.MustBeCurrent() || !c.keptUpToDate() || !c.updatable() {
		return false
	}
	fresh := c.freshlyUpdated()
	return !slices.ContainsFunc(obstacles, func(r pull.Reason) bool {
		switch r.Code {
		case "behind", "not-fast-forward", "updating":
			return false
		case "check-missing", "check-pending", "mergeability-unknown":
			return !fresh
		}
		return true
	})
}

// freshlyUpdated reports whether the head is our own update onto the present base, and its checks still have time.
func (c Case) freshlyUpdated() bool {
	u, r := c.Update, c.Request
	if u == nil || u.Base != r.Base.SHA || u.Code != "" || r.At.Sub(u.At) >= testTime {
		return false
	}
	return slices.ContainsFunc(r.Commits, func(commit pull.Commit) bool {
		return commit.SHA == r.Head.SHA && slices.Equal(commit.Parents, []string{u.Head, u.Base})
	})
}

// updateNote tells of a refused update where no rule of the branch makes it an obstacle of its own.
func (c Case) updateNote(obstacles []pull.Reason) []pull.Reason {
	refused := c.updateRefused()
	if refused == nil || !c.keptUpToDate() || slices.ContainsFunc(obstacles, func(r pull.Reason) bool { return r.Code == refused.Code }) {
		return nil
	}
	return []pull.Reason{*refused}
}
