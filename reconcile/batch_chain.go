package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// chain is a batch in the making.
type chain struct {
	pull.Batch
	repo  pull.Repo
	at    string // where the scratch branch is
	noted string // where it was when that was last written down
	below pull.Base
}

func (p *pass) newChain(d Decision, policy automerge.Batch, bound int) *chain {
	c := &chain{repo: d.Request.Repo, below: d.Request.Base, Batch: pull.Batch{Repo: p.work.Key.Repo, Branch: d.Request.Base.Branch,
		Leader: p.work.Key.Number, Epoch: d.epoch(), Base: d.Request.Base.SHA, Bound: bound}}
	if policy.Tests() {
		c.Tested = stagingPrefix + c.Branch
	}
	return c
}

// scratch is the branch on which GitHub merges, as it is while a head is merged into it; "" for none.
func (c *chain) scratch(head string) pull.SideBranch {
	return pull.SideBranch{Repo: c.Repo, Name: scratchPrefix + c.Branch, Branch: c.Branch, Leader: c.Leader, Epoch: c.Epoch, SHA: c.at, Head: head}
}

// chainUp merges the leader, and on top of it those who queue behind it and can land with it.
func (p *pass) chainUp(ctx context.Context, c *chain, d Decision, numbers []int) error {
	if len(numbers) == 0 {
		return nil
	}
	defer func() { p.clean(context.WithoutCancel(ctx), c) }()
	if err := p.link(ctx, c, d); err != nil {
		return err
	}
	for _, number := range numbers {
		if len(c.Members) == c.Bound {
			break
		}
		if err := p.join(ctx, c, number); err != nil {
			return err
		}
	}
	return nil
}

// clean removes the scratch branch. What is left of it is in the books, and goes later.
func (p *pass) clean(ctx context.Context, c *chain) {
	b := c.scratch("")
	err := p.GitHub.Drop(ctx, c.repo, b.Name, b.SHA)
	if err == nil {
		b.SHA = c.noted
		err = p.Store.ForgetSide(ctx, b)
	}
	if err != nil {
		p.log.Info("a branch of ours is left for later", "branch", b.Name, "error", err.Error())
	}
}

// vouches reports whether the books say of this very head that the right people approved it and that its commits are signed as they
// have to be. Before that nothing of it may stand on a branch of ours, where workflows run with the repository's secrets.
func (p *pass) vouches(r pull.Request) bool {
	return p.work.Last != nil && r.Head.SHA != "" && p.work.Last.Vouched == r.Head.SHA
}

// vouched is what the books are to say of that. While GitHub works out what would land, nothing can be judged, and what they said
// before of the same head, target and policy stands: otherwise every movement of the branch would empty the next batch.
func (d Decision) vouched(last *pull.Record) string {
	r := d.Request
	if r.Test.State == pull.Unsettled || r.Test.State == pull.Outdated {
		if last != nil && last.Vouched == r.Head.SHA && last.Request.Base.Branch == r.Base.Branch && last.Request.Rulebook() == r.Rulebook() {
			return last.Vouched
		}
		return ""
	}
	for _, gate := range []pull.Gate{pull.GateApproval, pull.GateSignatures} {
		if d.Verdict(gate).State != pull.Pass {
			return ""
		}
	}
	return r.Head.SHA
}

// join adds a pull request to the chain, if it can land on top of what is there.
func (p *pass) join(ctx context.Context, c *chain, number int) error {
	other, err := p.neighbour(ctx, number)
	if err != nil {
		return err
	}
	if other.landingOpen() {
		return nil // it landed with those before, which is being written down
	}
	hint := other.hint()
	r, err := p.GitHub.Snapshot(ctx, c.repo, number, hint)
	if err != nil {
		return err
	}
	if r.State != pull.Open || r.Base.SHA != c.Base || r.Base.Branch != c.Branch {
		return nil
	}
	if !other.vouches(r) {
		c.leave(number, "batch-not-ready", "nobody has approved its present head yet, as far as the books know.")
		return nil
	}
	m, ok, err := p.merge(ctx, c, r)
	if err != nil || !ok {
		return err
	}
	if r, err = p.lay(ctx, r, c.below, m); err != nil {
		return err
	}
	w, err := other.readOn(ctx, r, "", hint)
	if err != nil {
		return err
	}
	w.Candidate = nil // its own is made next
	d := w.Decide()
	if code, why := d.cannotJoin(); code != "" {
		c.leave(number, code, why)
		return p.GitHub.Point(ctx, c.repo, c.scratch("").Name, c.at)
	}
	c.at = m.SHA
	return p.sealed(c, d)
}

func (c *chain) leave(number int, code, message string) {
	c.LeftOut = append(c.LeftOut, pull.LeftOut{Number: number, Code: code, Message: message})
}

// cannotJoin says why a pull request, on top of what lands before it, is not to land with it; no code where it is.
func (d Decision) cannotJoin() (code, why string) {
	switch duo := d.duo(); {
	case !d.mayLandTogether():
		return "batch-tier", "it changes what decides landings, and lands alone."
	case d.askedFor():
		return "batch-alone", "somebody asked for a push about it alone."
	case d.breaksGlass():
		return "batch-glass", "somebody breaks the glass for it: it lands alone."
	case d.Stage < automerge.Ready:
		return "batch-not-ready", "on top of that, it is held back: " + d.Verdict(pull.GateAutomerge).Lead().Message
	case duo.State == pull.Block:
		return "batch-not-confirmed", duo.Lead().Message
	}
	return "", ""
}

// merge has GitHub merge the pull request on top of the chain. ok is false where that cannot be, and c says why.
func (p *pass) merge(ctx context.Context, c *chain, r pull.Request) (m pull.TestMerge, ok bool, err error) {
	b := c.scratch(r.Head.SHA)
	if err := p.Store.KeepSide(ctx, b); err != nil {
		return m, false, err
	}
	c.noted = b.SHA
	m, err = p.GitHub.MergeInto(ctx, c.repo, b.Name, b.SHA, r.Head.SHA)
	var f *pull.Failure
	if errors.As(err, &f) && (f.Code == "conflict" || f.Code == "contained") {
		c.leave(r.Number, "batch-"+f.Code, f.Err.Error()+".")
		return m, false, nil
	}
	return m, err == nil, err
}

// link begins the chain with the leader, which GitHub merges on the scratch branch as it does those that follow.
func (p *pass) link(ctx context.Context, c *chain, d Decision) error {
	c.at, c.noted = c.Base, c.Base
	if err := p.point(ctx, c.repo, c.scratch("")); err != nil {
		return err
	}
	m, ok, err := p.merge(ctx, c, d.Request)
	if err != nil {
		return err
	}
	if !ok || m.Tree != d.Request.Test.Tree {
		return &pull.Failure{Class: pull.Transient, Code: "candidate-mismatch",
			Err: fmt.Errorf("GitHub merges #%d as the tree %.10s and shows %.10s", d.Request.Number, m.Tree, d.Request.Test.Tree)}
	}
	c.at = m.SHA
	return p.sealed(c, d)
}

// sealed makes the member's own merge commit, on top of those before.
func (p *pass) sealed(c *chain, d Decision) error {
	m, err := p.sign(automerge.NewCandidate(d.Request, p.bot(d.Request.At), d.approvers(), nil))
	if err != nil {
		return fmt.Errorf("signing a merge commit of the batch: %w", err)
	}
	c.Members = append(c.Members, pull.BatchMember{Number: d.Request.Number, Title: d.Request.Title, Candidate: m})
	c.below = pull.Base{SHA: m.SHA, Branch: c.Branch, Tree: m.Tree}
	return nil
}
