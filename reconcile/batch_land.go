package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// landTogether lands the batch once every member's gates pass and GitHub shows it, each seen on a fresh look: our check runs on
// each merge commit, an intent for each, all or none, and one movement of the branch.
func (p *pass) landTogether(ctx context.Context, d Decision, wait time.Duration) (pull.Outcome, bool, error) {
	wait = sooner(wait, d.retryIn(p.Now()))
	ready, err := p.agreed(ctx, d)
	if err != nil || !ready {
		return pull.Outcome{After: wait}, false, err
	}
	all, ok, err := p.companions(ctx, d)
	if err != nil || !ok {
		return pull.Outcome{}, err == nil, err
	}
	for _, other := range all {
		if other.Stage != automerge.Proved || other.Binding.Batch != d.Batch.Head || other.Binding.Merge != other.Candidate.SHA {
			return pull.Outcome{After: time.Second}, false, nil
		}
	}
	for _, other := range all {
		if err := p.checkMerge(ctx, other); err != nil {
			return pull.Outcome{}, false, err
		}
	}
	intents := make([]pull.Intent, len(all))
	for i, other := range all {
		if intents[i], err = other.intent(); err != nil {
			return pull.Outcome{}, false, err
		}
	}
	intents, err = p.Store.BeginBatch(ctx, *d.Turn, d.Batch.ID, intents)
	if isAny(err, pull.ErrTurnPassed, pull.ErrLandingOpen, pull.ErrFrozen, pull.ErrRolledBack, pull.ErrBatchMoved) {
		p.log.Info("landing held back", "why", err.Error())
		return pull.Outcome{After: time.Second}, false, p.reload(ctx)
	}
	if err != nil {
		return pull.Outcome{}, false, fmt.Errorf("writing the intents to land: %w", err)
	}
	return p.moveBegun(ctx, d, all, intents)
}

// moveBegun moves the branch, and closes the books where GitHub is known not to have done so.
func (p *pass) moveBegun(ctx context.Context, d Decision, all []Decision, intents []pull.Intent) (pull.Outcome, bool, error) {
	err := p.moveTogether(ctx, all, intents)
	if err != nil && pull.ClassOf(err) != pull.Unknown {
		code, delay := again(err, d.refusedBefore())
		p.log.Warn("landing refused", "code", code, "batch", d.Batch.Head, "error", err.Error())
		if err := p.Store.AbandonBatch(ctx, d.Batch.ID, pull.Intent{Code: code, Detail: err.Error()}); err != nil {
			return pull.Outcome{}, false, fmt.Errorf("writing that the landing was refused: %w", err)
		}
		return pull.Outcome{After: delay}, code != "", p.reload(ctx)
	}
	if err != nil {
		p.log.Warn("landing outcome unknown", "error", err.Error())
	}
	if err := p.reload(ctx); err != nil {
		return pull.Outcome{}, false, err
	}
	return pull.Outcome{}, true, p.wakeOthers(ctx, *d.Batch)
}

// moveTogether moves the branch from B to the batch's head, and the notes to the attestations of all members, both or neither.
func (p *pass) moveTogether(ctx context.Context, all []Decision, intents []pull.Intent) error {
	b := *all[0].Batch
	move := pull.RefMove{Ref: "refs/heads/" + b.Branch, Before: b.Base, After: b.Head}
	list := make([]noted, len(all))
	for i, d := range all {
		l := d.Describe(d.moved(), d.rawDigest())
		if err := d.provable(l); err != nil {
			return &pull.Failure{Class: pull.Permanent, Code: "attestation-incomplete", Err: fmt.Errorf("#%d: %w", d.Request.Number, err)}
		}
		list[i] = noted{l, intents[i].Entry}
	}
	repo := all[0].Request.Repo
	_, err := p.noteAll(ctx, repo, list, move)
	return p.withoutNotes(ctx, repo, err, all[0], move)
}

// settleBatch brings the books up to what the branch shows of one member. That it did not land, the leader says of all.
func (p *pass) settleBatch(ctx context.Context, w World, intent pull.Intent) (pull.Outcome, bool, error) {
	b := intent.Binding
	landed, err := p.GitHub.Contains(ctx, w.Request.Repo, b.Branch, b.Merge)
	age := p.Now().Sub(intent.At)
	switch {
	case err != nil:
		return pull.Outcome{}, false, err
	case landed && w.Request.State == pull.Open && age < doubtful: // GitHub needs a moment to notice
		return pull.Outcome{After: min(doubtful, max(250*time.Millisecond, age))}, false, nil
	case landed:
		if w.Request.State == pull.Open {
			if err := p.closeLanded(ctx, w, b); err != nil {
				return pull.Outcome{}, false, err
			}
			w.Request.State = pull.Closed
		}
		return pull.Outcome{}, false, p.exactLanded(ctx, w, intent, true)
	case age < doubtful:
		return pull.Outcome{After: min(doubtful, max(250*time.Millisecond, age))}, false, nil
	}
	return p.forsaken(ctx, b, age)
}

// forsaken closes the books on a batch that the branch does not contain. The leader does, and after a long while anybody: while the
// leader may still be at it, nobody else knows.
func (p *pass) forsaken(ctx context.Context, b pull.Binding, age time.Duration) (pull.Outcome, bool, error) {
	i := slices.IndexFunc(p.work.Batches, func(own pull.Batch) bool { return own.Head == b.Batch })
	if i < 0 {
		return pull.Outcome{}, false, errors.New("the books know nothing of the batch that is to have landed")
	}
	if own := p.work.Batches[i]; own.Leader != b.Number && age < stalePatience {
		return pull.Outcome{After: doubtful}, false, nil
	}
	how := pull.Intent{Detail: "the answer was lost, and the branch does not contain it"}
	if err := p.Store.AbandonBatch(ctx, p.work.Batches[i].ID, how); err != nil {
		return pull.Outcome{}, false, err
	}
	return pull.Outcome{}, true, p.reload(ctx)
}

// batchOf is a batch as an attestation tells of it; nil for none.
func batchOf(d Decision) *attest.Batch {
	if d.Binding.Batch == "" {
		return nil
	}
	b := &attest.Batch{Head: d.Batch.Head, Base: d.Batch.Base, Position: d.Batch.Place(d.Request.Number) + 1}
	for _, m := range d.Batch.Members {
		b.Members = append(b.Members, attest.BatchMember{PullRequest: m.Number, Merge: m.Candidate.SHA})
	}
	return b
}

// batchFrom is as much of a batch as an attestation tells.
func batchFrom(a *attest.Batch) *pull.Batch {
	if a == nil {
		return nil
	}
	b := &pull.Batch{Head: a.Head, Base: a.Base, State: pull.BatchLanded}
	for _, m := range a.Members {
		b.Members = append(b.Members, pull.BatchMember{Number: m.PullRequest, Candidate: pull.Candidate{SHA: m.Merge}})
	}
	return b
}
