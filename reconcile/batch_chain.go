package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// chain is a batch in the making.
type chain struct {
	pull.Batch
	repo  pull.Repo
	at    string // where the scratch branch is; "" while there is none
	below pull.Base
}

func (c *chain) scratch() string { return scratchPrefix + c.Branch }

// clean removes the scratch branch. A failure costs nothing but a branch that nobody uses.
func (p *pass) clean(ctx context.Context, c *chain) {
	if c.at == "" {
		return
	}
	if err := p.GitHub.Drop(context.WithoutCancel(ctx), c.repo, c.scratch()); err != nil {
		p.log.Warn("a branch of ours is left over", "branch", c.scratch(), "error", err.Error())
	}
}

// vouches reports whether the books say of this very head that the right people approved it and that its commits are signed as they
// have to be. Before that nothing of it may stand on a branch of ours, where workflows run with the repository's secrets.
func (p *pass) vouches(r pull.Request) bool {
	last := p.work.Last
	return last != nil && last.Request.Head.SHA == r.Head.SHA && len(last.Verdicts) > 0 && !slices.ContainsFunc(last.Verdicts, func(v pull.Verdict) bool {
		return (v.Gate == pull.GateApproval || v.Gate == pull.GateSignatures) && v.State != pull.Pass
	})
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
		return p.GitHub.Point(ctx, c.repo, c.scratch(), c.at)
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
	m, err = p.GitHub.MergeInto(ctx, c.repo, c.scratch(), c.at, r.Head.SHA)
	var f *pull.Failure
	if errors.As(err, &f) && (f.Code == "conflict" || f.Code == "contained") {
		c.leave(r.Number, "batch-"+f.Code, f.Err.Error()+".")
		return m, false, nil
	}
	return m, err == nil, err
}

// link begins the chain with the leader. Where others may follow, GitHub merges it on the scratch branch as it does them.
func (p *pass) link(ctx context.Context, c *chain, d Decision, alone bool) error {
	if alone {
		return p.sealed(c, d)
	}
	if err := p.GitHub.Point(ctx, c.repo, c.scratch(), c.Base); err != nil {
		return err
	}
	c.at = c.Base
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
