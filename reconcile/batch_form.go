package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// lookedAt bounds how many of those who queue are looked at for each place in a batch.
const lookedAt = 2

// watches is the commit besides the head whose checks matter: the batch's head, while CI runs there.
func (d Decision) watches() string {
	if d.Batch == nil || d.Batch.State != pull.BatchTesting || d.Batch.Leader != d.Request.Number {
		return ""
	}
	return d.Batch.Head
}

// form puts a batch together where the policy asks for it and it is this pull request's turn: itself first, then those who
// queue behind it. It reports whether there is one; otherwise the pull request lands alone.
func (p *pass) form(ctx context.Context, d Decision) (formed bool, err error) {
	policy := d.Policy.Automerge.Batches(d.Request)
	if policy.Size == 0 || d.epoch() == 0 || d.Stage < automerge.Ready {
		return false, nil
	}
	if b := p.unfinished(d.epoch()); b != nil {
		return true, p.handOver(ctx, d, *b)
	}
	if d.Binding.Method != pull.MethodExact || !d.judged() || d.askedFor() || d.fits() || d.breaksGlass() {
		return false, nil
	}
	b, err := p.assemble(ctx, d, policy)
	if err != nil || len(b.Members) == 0 {
		return false, err
	}
	b, err = p.Store.FormBatch(ctx, *d.Turn, b)
	if isAny(err, pull.ErrTurnPassed, pull.ErrBatchMoved) {
		p.log.Info("batch not formed", "why", err.Error())
		return true, p.reload(ctx) // it is looked at again
	}
	if err != nil {
		return false, fmt.Errorf("writing a batch down: %w", err)
	}
	p.log.Info("batch", "batch", b.Head, "base", b.Base, "members", b.Listed())
	return true, p.handOver(ctx, d, b)
}

// unfinished is a batch that was written down under this turn and not handed over, as far as the books know.
func (p *pass) unfinished(epoch int64) *pull.Batch {
	for i, b := range p.work.Batches {
		if b.State == pull.BatchForming && b.Leader == p.work.Key.Number && b.Epoch == epoch {
			return &p.work.Batches[i]
		}
	}
	return nil
}

// mayLandTogether leaves out what decides how others land: each pull request of a batch is judged by the policy at the batch's
// base.
func (d Decision) mayLandTogether() bool {
	r := d.Request
	return d.Binding.Method == pull.MethodExact && !inHouse(r) && d.judged() && !inTier(r)
}

func inTier(r pull.Request) bool {
	return slices.ContainsFunc(r.Files, func(f pull.File) bool { return approval.Decides(f.Path, r) })
}

// askedFor reports whether a person asked for a push about this pull request: it is then about this one alone, and by another
// factor where no push can reach them.
func (d Decision) askedFor() bool {
	return slices.ContainsFunc(d.Asks, func(a duobot.Ask) bool { return a.Request != "" })
}

// breaksGlass reports whether it lands, or somebody wants it to land, past the gates: that is nobody else's affair.
func (d Decision) breaksGlass() bool { return d.Binding.Glass != "" || d.Request.Glass.Open() }

// assemble makes the commits of a batch, one on top of the other. A batch of one is none, unless it is to be tested.
func (p *pass) assemble(ctx context.Context, d Decision, policy automerge.Batch) (pull.Batch, error) {
	last, had, err := p.Store.LastBatch(ctx, p.work.Key.Repo, d.Request.Base.Branch)
	if err != nil {
		return pull.Batch{}, err
	}
	bound := policy.Bound(nil)
	if had {
		bound = policy.Bound(&last)
	}
	c := p.newChain(d, policy, bound)
	if d.mayLandTogether() && bound > 1 {
		numbers, err := p.queuedBehind(ctx, c.Branch, lookedAt*bound)
		if err != nil {
			return pull.Batch{}, err
		}
		if err := p.chainUp(ctx, c, d, numbers); err != nil && !alone(err) {
			return pull.Batch{}, err
		} else if err != nil {
			p.log.Warn("no batch can be put together", "error", err.Error())
			c = p.newChain(d, policy, bound)
		}
	}
	switch {
	case len(c.Members) < 2 && !policy.Tests():
		return pull.Batch{}, nil
	case len(c.Members) == 0:
		if err := p.sealed(c, d); err != nil {
			return pull.Batch{}, err
		}
	}
	c.Head = c.Members[len(c.Members)-1].Candidate.SHA
	return c.Batch, nil
}

// alone reports whether a failure to merge on the scratch branch is one that only landing alone gets around: GitHub will not have
// the branch, or somebody keeps moving it.
func alone(err error) bool {
	var f *pull.Failure
	return errors.As(err, &f) && (f.Class == pull.Permanent || f.Code == "base-modified")
}

// queuedBehind are those who queue for the branch and whose records say that nothing but people's answers is missing, in order.
func (p *pass) queuedBehind(ctx context.Context, branch string, most int) ([]int, error) {
	turns, err := p.Store.Turns(ctx, p.work.Key.Repo)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, t := range turns {
		if t.Branch != branch || t.Number == p.work.Key.Number || t.Holds || len(numbers) == most {
			continue
		}
		record, known, err := p.Store.Record(ctx, pull.Key{Repo: t.Repo, Number: t.Number})
		if err != nil {
			return nil, err
		}
		if known && record.State == StateOpen && !blocked(record) {
			numbers = append(numbers, t.Number)
		}
	}
	return numbers, nil
}

func blocked(r pull.Record) bool {
	return slices.ContainsFunc(r.Verdicts, func(v pull.Verdict) bool { return v.State == pull.Block })
}

// handOver uploads the commits of a batch, and has CI run on its head where it is tested. That it was handed over is written
// down afterwards; until then it is done again, which changes nothing.
func (p *pass) handOver(ctx context.Context, d Decision, b pull.Batch) error {
	for i, m := range b.Members {
		given, err := p.give(ctx, d.Request.Repo, m.Candidate)
		if err != nil {
			return err
		}
		if i == 0 && given.Doubt != "" {
			if ended, err := p.distrusted(ctx, d, b, given); ended || err != nil {
				return err
			}
		}
	}
	next := pull.BatchAsking
	if b.Tested != "" {
		next = pull.BatchTesting
		if err := p.point(ctx, d.Request.Repo, b.Staging()); pull.ClassOf(err) == pull.Permanent && err != nil {
			return p.untestable(ctx, b, err)
		} else if err != nil {
			return err
		}
	}
	if err := p.Store.AdvanceBatch(ctx, b.ID, pull.BatchForming, next); err != nil && !errors.Is(err, pull.ErrBatchMoved) {
		return err
	}
	return p.reload(ctx)
}

// distrusted ends a batch where GitHub would not take its first commit for want of a signature that it knows. That commit is what
// its leader would land by alone, so the leader is told, and makes room.
func (p *pass) distrusted(ctx context.Context, d Decision, b pull.Batch, first pull.Candidate) (ended bool, err error) {
	d.World.Candidate = &first
	if d = d.World.Decide(); d.Stage >= automerge.Ready {
		return false, nil
	}
	if err := p.save(ctx, d, StateOpen); err != nil {
		return true, err
	}
	return true, p.dissolve(ctx, b, d.Verdict(pull.GateAutomerge).Lead())
}
