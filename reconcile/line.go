package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// askForTurn has what waits in line ask the books for its turn before it asks GitHub for anything. Where the turn has come,
// the look that follows is younger than it, and one look is enough to land on.
func (p *pass) askForTurn(ctx context.Context) error {
	last := p.work.Last
	if last == nil || !last.Queues && !heldUnsettled(last) || last.State != StateOpen || last.Error != "" || p.standing() != nil || p.landingOpen() {
		return nil
	}
	return p.lineUpFirst(ctx, p.world(last.Request).Decide())
}

// lineUp takes the turn on the branch, or a place in the line for it.
func (p *pass) lineUp(ctx context.Context, d Decision) (pull.Turn, error) {
	branch := d.Request.Base.Branch
	turn, err := p.Store.TakeTurn(ctx, p.work.Key, branch, p.turnTTL(), d.hurries())
	if err != nil {
		return turn, fmt.Errorf("taking the turn on %s: %w", branch, err)
	}
	return turn, nil
}

// lineUpFirst does so before GitHub is asked.
func (p *pass) lineUpFirst(ctx context.Context, d Decision) error {
	turn, err := p.lineUp(ctx, d)
	if err != nil {
		return err
	}
	if p.turn = &turn; turn.Holds {
		p.epoch = turn.Epoch
	}
	return nil
}

// heldUnsettled reports whether the turn came while GitHub had not yet worked out what would land.
func heldUnsettled(last *pull.Record) bool { return last.Epoch != 0 && last.Unsettled > 0 }

// inLine reports whether others go first.
func (p *pass) inLine() bool { return p.turn != nil && !p.turn.Holds }

// stillInLine reports whether nothing has happened but that the pull request had to show that it still waits. Whatever happens
// to it wakes it, and so does its turn.
func (p *pass) stillInLine() (quiet bool, outcome pull.Outcome) {
	if !p.inLine() || p.work.Woken || p.work.Fresh || len(p.work.News) > 0 || p.work.Last.Request.Test.State != pull.Clean {
		return false, outcome
	}
	w := p.world(p.work.Last.Request)
	w.Turn = p.turn
	d := w.Decide()
	if d.Stage < automerge.Ready {
		return false, outcome
	}
	return true, pull.Outcome{After: sooner(p.patience(d), sooner(automerge.NextLook(d.Case(nil)), automerge.NextUpdate(d.Case(nil))))}
}

// queues reports whether the pull request is ready and others go first.
func (d Decision) queues() bool { return d.Turn != nil && !d.Turn.Holds && d.wantsTurn() }

// calm reports whether it can wait to be told that its target moved: it is looked at when its turn comes, or nobody can land it
// before something else happens to it, of which it is told. What people may merge by hand at any moment is not calm: what is
// in the books about it must be about the branch as it stands.
func (d Decision) calm() bool {
	r := d.Request
	if d.Batch != nil || r.Queued != nil || d.epoch() != 0 || r.Test.State == pull.Unsettled {
		return false
	}
	if d.queues() {
		return true
	}
	return !r.AutoMerge && (r.Draft || d.gateShut() || d.lacksRequired())
}

func (d Decision) gateShut() bool {
	for _, v := range d.Verdicts {
		if v.Gate != pull.GateAutomerge && v.State != pull.Pass {
			return true
		}
	}
	return false
}

// lacksRequired reports whether GitHub itself would not let anybody merge it, for want of a check by an app or a status.
func (d Decision) lacksRequired() bool {
	return slices.ContainsFunc(d.Request.Rules.Checks, func(want pull.RequiredCheck) bool {
		return !slices.ContainsFunc(d.Request.Checks, func(have pull.Check) bool {
			return have.Name == want.Name && (want.App == 0 || have.App == want.App) && slices.Contains(enoughForGitHub, have.Conclusion)
		})
	})
}

// enoughForGitHub are the conclusions that satisfy a required check there, though not all of them do here.
var enoughForGitHub = []string{"success", "neutral", "skipped"}
