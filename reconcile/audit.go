package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// Branches is what an audit needs of GitHub.
type Branches interface {
	// Tip says where a branch is now, and what policy it carries there and at the commit before.
	Tip(ctx context.Context, repo pull.Repo, branch, before string) (pull.BranchTip, error)
	// Arrival says which merged pull requests became a commit of the branch.
	Arrival(ctx context.Context, repo pull.Repo, branch, sha string) (pull.Arrival, error)
	// Extends reports whether after is a descendant of before.
	Extends(ctx context.Context, repo pull.Repo, before, after string) (bool, error)
	// Mover says who moved a branch to a commit, the zero Account when GitHub does not know.
	Mover(ctx context.Context, repo pull.Repo, branch, sha string) (pull.Account, error)
}

// Tips is what an audit needs of the store.
type Tips interface {
	Tip(ctx context.Context, repo int64, branch string) (sha string, known bool, err error)
	MoveTip(ctx context.Context, repo int64, branch, before, after string) error
	LandedAs(ctx context.Context, repo int64, branch, sha string) (pull.LandedAs, bool, error)
	LandingsUnderWay(ctx context.Context, repo int64, branch string) ([]pull.Intent, error)
	Record(ctx context.Context, k pull.Key) (pull.Record, bool, error)
	File(ctx context.Context, scopes []pull.Scope, fresh bool) (int, error)
	Pusher(ctx context.Context, repo int64, sha string) (pull.Account, bool, error)
	Raise(ctx context.Context, a pull.Alarm, entry *pull.Entry, freezes ...pull.Freeze) (fresh bool, err error)
}

// Auditor sees how guarded branches come to be where they are. What no pull request that the books know accounts for
// came in past the gate: a direct push, a forced one, a merge behind our back.
type Auditor struct {
	GitHub    Branches
	Store     Tips
	PublicURL string
	Log       *slog.Logger
}

// soon is when to look again while a landing is being settled.
const soon = 500 * time.Millisecond

// Audit compares a branch's tip with the last one that the books account for. The first sight of a branch is where its
// accounts begin. Like a pass it reads the world, so it may run at any time, any number of times.
//
// A push that is a landing of the books' own needs no look: whatever moved the branch after it has a push of its own, and a sweep
// holds tips against the books. While a landing is being written down, there is nothing yet to hold the tip against.
func (a *Auditor) Audit(ctx context.Context, repo pull.Repo, branch, before, after string) (pull.Outcome, error) {
	known, seen, err := a.Store.Tip(ctx, repo.ID, branch)
	if err != nil {
		return pull.Outcome{}, err
	}
	if booked, err := a.booked(ctx, repo, branch, known, before, after); err != nil || booked {
		return pull.Outcome{}, err
	}
	if ours, err := a.Store.LandingsUnderWay(ctx, repo.ID, branch); err != nil || seen && len(ours) > 0 {
		return pull.Outcome{After: soon}, err
	}
	b, err := a.GitHub.Tip(ctx, repo, branch, known)
	if err != nil || b.SHA == "" || b.SHA == known || !guarded(b) { // gone, unmoved, or anybody's to push to
		return pull.Outcome{}, err
	}
	if !seen || !gated(b) {
		return pull.Outcome{}, a.Store.MoveTip(ctx, repo.ID, branch, known, b.SHA)
	}
	ours, err := a.Store.LandingsUnderWay(ctx, repo.ID, branch)
	if err != nil || len(ours) > 0 {
		return pull.Outcome{After: soon}, err // it is being written down what that landing became
	}
	how, at, err := a.account(ctx, repo, b, known)
	if err == nil && how == accounted && before != "" && before != known { // it was elsewhere in between
		at = b.SHA
		how, err = a.kept(ctx, repo, before, b.SHA)
	}
	if err != nil || how == unsettled {
		return pull.Outcome{After: soon}, err
	}
	if how != accounted {
		if err := a.raise(ctx, repo, b, known, at, how == rewritten); err != nil {
			return pull.Outcome{}, fmt.Errorf("raising the alarm about %s: %w", branch, err)
		}
	}
	return pull.Outcome{}, a.Store.MoveTip(ctx, repo.ID, branch, known, b.SHA)
}

// recent bounds the landings among which a push is looked for.
const recent = 20

// booked reports whether a push is a piece of the branch's history in the books: from the tip down to where it led, and from
// there to where it began, landing by landing. A push back to an earlier landing began elsewhere, and is none.
func (a *Auditor) booked(ctx context.Context, repo pull.Repo, branch, known, before, after string) (bool, error) {
	led := false
	for at, step := known, 0; before != "" && at != "" && step < recent; step++ {
		if led = led || at == after; led && at == before {
			return true, nil
		}
		landed, found, err := a.Store.LandedAs(ctx, repo.ID, branch, at)
		if err != nil || !found {
			return false, err
		}
		at = landed.Under
	}
	return false, nil
}

// guarded leaves out the branches that pull requests come from: people push to those.
func guarded(b pull.BranchTip) bool { return b.Default || b.Heads == 0 }

// gated asks the policy that was there before: bringing in the first one is nobody's intrusion. Where that commit is
// gone without a trace, it takes the policy that is there now.
func gated(b pull.BranchTip) bool { return b.Before.Present() || b.Lost && b.Policy.Present() }

// course is how a branch went from one commit to another. The zero value is the alarming one.
type course int

const (
	unaccounted course = iota // something is there that no pull request became
	rewritten                 // commits are gone from the branch
	unsettled                 // a pull request's end is not in the books yet
	accounted                 // every step is a pull request that the books know the end of
)

// longest bounds the steps that are followed; a branch that went further while nobody looked is not accounted for.
const longest = 500

// account follows the branch from its tip back to the commit that was known, from landing to landing. at is where the
// trail ends otherwise: the commit that nothing accounts for, whatever landed on top of it meanwhile.
func (a *Auditor) account(ctx context.Context, repo pull.Repo, b pull.BranchTip, known string) (how course, at string, err error) {
	at = b.SHA
	var trail []string
	for range longest {
		landed, found, err := a.Store.LandedAs(ctx, repo.ID, b.Name, at)
		if err != nil {
			return unaccounted, at, err
		}
		if !found {
			how, err := a.unbooked(ctx, repo, b, known, at)
			if err == nil && how == rewritten {
				at, err = a.back(ctx, repo, trail, known, at)
			}
			return how, at, err
		}
		if landed.Under == known {
			return accounted, known, nil
		}
		if landed.Under != "" {
			trail = append(trail, at)
			at = landed.Under
			continue
		}
		return unaccounted, at, nil
	}
	return unaccounted, at, nil
}

// back is where a branch was pushed back to: the newest landing on its trail that the known tip had behind it. Where it
// was pushed elsewhere, there is none, and at is what stands.
func (a *Auditor) back(ctx context.Context, repo pull.Repo, trail []string, known, at string) (string, error) {
	for _, sha := range trail {
		if behind, err := a.GitHub.Extends(ctx, repo, sha, known); err != nil || behind {
			return sha, err
		}
	}
	return at, nil
}

// kept reports whether the branch kept what a push found on it.
func (a *Auditor) kept(ctx context.Context, repo pull.Repo, before, tip string) (course, error) {
	if extends, err := a.GitHub.Extends(ctx, repo, before, tip); err != nil || !extends {
		return rewritten, err
	}
	return accounted, nil
}

// unbooked judges a step that the books do not know. Where GitHub says that a pull request became it, that one's own
// pass is about to write down how.
func (a *Auditor) unbooked(ctx context.Context, repo pull.Repo, b pull.BranchTip, known, at string) (course, error) {
	if extends, err := a.GitHub.Extends(ctx, repo, known, b.SHA); err != nil || !extends {
		return rewritten, err
	}
	arrival, err := a.GitHub.Arrival(ctx, repo, b.Name, at)
	if err != nil {
		return unaccounted, err
	}
	for _, number := range arrival.Pulls {
		k := pull.Key{Repo: repo.ID, Number: number}
		r, _, err := a.Store.Record(ctx, k)
		if err != nil {
			return unaccounted, err
		}
		if r.State != StateLanded && r.State != StateForeign && r.State != StateClosed {
			_, err := a.Store.File(ctx, []pull.Scope{{Repo: repo.ID, Number: number}}, true)
			return unsettled, err
		}
	}
	if _, found, err := a.Store.LandedAs(ctx, repo.ID, b.Name, at); err != nil || found {
		return unsettled, err // it was written down while we asked
	}
	return unaccounted, nil
}

// raise tells of a movement past the gate: in the ledger, in the log, on the pages and to people. It is named by the
// commit that nothing accounts for, so that two audits of one intrusion, with a landing between them, raise one alarm.
func (a *Auditor) raise(ctx context.Context, repo pull.Repo, b pull.BranchTip, known, at string, forced bool) error {
	by, ok, err := a.Store.Pusher(ctx, repo.ID, at)
	if err == nil && !ok {
		by, err = a.GitHub.Mover(ctx, repo, b.Name, at)
	}
	if err != nil {
		return err
	}
	what := "pushed to"
	if forced {
		what = "rewrote"
	}
	landed := pull.Landed{SHA: at, By: by, Under: known}
	entry := pull.Entry{Kind: pull.AlarmForeign, Repo: repo.ID,
		Body: map[string]any{"landed": landed, "branch": b.Name, "before": known, "forced": forced}}
	alarm := pull.Alarm{Kind: pull.AlarmForeign, Repo: repo.ID, Branch: b.Name, SHA: at, By: by, Mark: known + ".." + at,
		Text: fmt.Sprintf("%s: %s %s %s: it went from %.10s to %.10s without going through the gates.",
			repo.FullName(), orSomebody(by), what, b.Name, known, at), URL: a.PublicURL}
	fresh, err := a.Store.Raise(ctx, alarm, &entry, freezeForeign(onForeign(b), repo.ID, b.Name, landed)...)
	if fresh {
		a.Log.Error("foreign_landing", "repo", repo.FullName(), "branch", b.Name, "before", known, "sha", at, "forced", forced, "by", by.Login)
	}
	return err
}

// onForeign is read where the branch was before: what came in past the gate does not say what that leads to.
func onForeign(b pull.BranchTip) string {
	policy, problems := config.ParsePolicy(b.Before.Path, []byte(b.Before.Text))
	if problems != nil {
		return config.OnForeignReport
	}
	return policy.OnForeign
}
