package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// landingOpen reports whether a landing was attempted whose outcome is not in the books, or only in a part of them.
func (p *pass) landingOpen() bool { return p.openIntent() != nil || p.unbooked() != nil }

// unbooked is a landing that moved the branch and ended, while the record of its pull request does not say so: whoever was writing that
// down died in between. GitHub need not show it, if somebody closed the pull request or pushed to it meanwhile.
func (p *pass) unbooked() *pull.Intent {
	if p.ended() {
		return nil
	}
	i := slices.IndexFunc(p.work.Intents, func(i pull.Intent) bool { return i.State == pull.IntentDone && i.Binding.Moves() })
	if i < 0 {
		return nil
	}
	return &p.work.Intents[i]
}

func (p *pass) openIntent() *pull.Intent {
	for i := range p.work.Intents {
		if p.work.Intents[i].State == pull.IntentOpen {
			return &p.work.Intents[i]
		}
	}
	return nil
}

// settle brings the books up to what GitHub shows: landed by us, landed by somebody else, closed, or not landed.
func (p *pass) settle(ctx context.Context, w World) (pull.Outcome, bool, error) {
	intent := p.openIntent()
	if intent != nil && intent.Binding.Batch != "" {
		return p.settleBatch(ctx, w, *intent)
	}
	if intent != nil && intent.Binding.Moves() && !mergedAs(w.Request, intent.Binding.Merge) {
		if landed, err := p.exactOpen(ctx, &w, *intent); landed || err != nil {
			return pull.Outcome{}, false, errors.Join(err, p.exactLanded(ctx, w, *intent, landed))
		}
	}
	if done := p.unbooked(); done != nil && !mergedAs(w.Request, done.Binding.Merge) {
		return pull.Outcome{}, false, p.exactLanded(ctx, w, *done, true)
	}
	switch {
	case w.Request.State == pull.Merged && w.Request.Landed.SHA == "":
		return pull.Outcome{After: p.untilNamed(w.Request)}, false, p.Store.LeaveTurn(ctx, p.work.Key, w.Request.Base.Branch)
	case w.Request.State == pull.Merged:
		return pull.Outcome{}, false, p.landed(ctx, w)
	case w.Request.State == pull.Closed:
		return pull.Outcome{}, false, p.closed(ctx, w)
	}
	if intent.Binding.Method == pull.MethodQueue {
		return p.letGo(ctx, w, *intent)
	}
	if age := p.Now().Sub(intent.At); intent.Landed != "" || age < doubtful {
		return pull.Outcome{After: min(doubtful, max(250*time.Millisecond, age))}, false, nil
	}
	intent.State, intent.Detail = pull.IntentRefused, "the answer was lost, and GitHub shows the pull request open"
	return pull.Outcome{}, true, p.Store.EndLanding(ctx, *intent)
}

// mergedAs reports whether GitHub names that commit for what the pull request became. What we moved the branch to landed whatever
// it names, or where it names nothing: then the branch is asked.
func mergedAs(r pull.Request, sha string) bool {
	return r.State == pull.Merged && r.Landed.SHA == sha
}

// unnamedFor bounds how long nobody looks at what is merged and not named.
const unnamedFor = 10 * time.Minute

// untilNamed is when to look again at what GitHub calls merged without naming the commit, as it does for moments and now and then
// for good. Until it does, nobody can say what landed: whether it was agreed to, or is foreign.
func (p *pass) untilNamed(r pull.Request) time.Duration {
	age := p.Now().Sub(r.Landed.At)
	p.log.Warn("merged_unnamed", "age", age.String())
	return min(unnamedFor, max(250*time.Millisecond, age))
}

// exactLanded closes the books on an exact landing that the branch shows, with what GitHub says of when and by whom.
func (p *pass) exactLanded(ctx context.Context, w World, intent pull.Intent, landed bool) error {
	if !landed {
		return nil
	}
	b := intent.Binding
	w.Request.Landed = pull.Landed{SHA: b.Merge, Tree: b.Tree, Parents: []string{b.Base, b.Head}, Under: b.Base,
		By: w.Request.Landed.By, At: cmp.Or(w.Request.Landed.At, p.Now())}
	if b.Method == pull.MethodFastForward {
		w.Request.Landed.Parents = nil // they are the head's own
	}
	return p.landed(ctx, w)
}

func (p *pass) closed(ctx context.Context, w World) error {
	if intent := p.openIntent(); intent != nil {
		intent.State, intent.Detail = pull.IntentRefused, "the pull request was closed without landing"
		if err := p.Store.EndLanding(ctx, *intent); err != nil {
			return err
		}
	}
	if err := p.Store.LeaveTurn(ctx, p.work.Key, w.Request.Base.Branch); err != nil {
		return err
	}
	return p.save(ctx, Decision{World: w}, StateClosed)
}
