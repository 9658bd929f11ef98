package reconcile

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// readUngated looks at a pull request that nothing here governs: it may still change what will govern this branch, or
// what governs others.
func (p *pass) readUngated(ctx context.Context, w *World) (err error) {
	if w.Request.Test.State != pull.Clean {
		w.Expects, err = p.expects(ctx, w.Request)
		return err
	}
	if err := p.readLent(ctx, w); err != nil {
		return err
	}
	if err := p.propose(ctx, w); err != nil || !w.advised() {
		return err
	}
	if err := p.properties(ctx, w); err != nil {
		return err
	}
	if err := p.proposer(ctx, w); err != nil {
		return err
	}
	return p.ask(ctx, w)
}

// expects reports whether what is not known yet of an ungated pull request may be worth asking for again.
func (p *pass) expects(ctx context.Context, r pull.Request) (bool, error) {
	if r.Test.State != pull.Unsettled {
		return false, nil
	}
	if r.Test.Touches || inHouse(r) {
		return true, nil
	}
	names, err := p.Store.Lent(ctx, r.Repo.FullName())
	return len(names) > 0, err
}

// readLent reads the landing diff, which a snapshot leaves out where nothing governs, if others point to files here.
func (p *pass) readLent(ctx context.Context, w *World) error {
	if len(w.Request.Files) > 0 {
		return nil
	}
	names, err := p.Store.Lent(ctx, w.Request.Repo.FullName())
	if err != nil || len(names) == 0 {
		return err
	}
	r := &w.Request
	if r.Files, err = p.GitHub.Difference(ctx, r.Repo, r.Base.Tree, r.Test.Tree); err != nil {
		return fmt.Errorf("reading what %s changes of the files that others point to: %w", r.Ref(), err)
	}
	r.Content = pull.Digest(r.Files)
	return nil
}

// advised reports whether nothing governs the pull request, and it changes what governs others, or will govern this branch.
func (w World) advised() bool {
	return !w.gated() && (len(w.Proposal.Drafts) > 0 || len(w.Proposal.Shared) > 0 || w.Proposal.AltersFloor)
}

// advise decides about such a pull request: what it proposes is checked and tried, and nobody has to agree.
func (d Decision) advise() Decision {
	v := d.proposalFault(pull.Verdict{Gate: pull.GateApproval, State: pull.Pass, Reasons: []pull.Reason{{Code: "not-governed", State: pull.Pass,
		Message: fmt.Sprintf("Nothing governs %s yet, so nobody has to agree; the files about it that this changes were checked.", d.Request.Base.Branch)}}})
	d.Verdicts, d.Reports = []pull.Verdict{v}, []pull.Report{d.report(v)}
	return d
}

// leaveAlone ends the round of a pull request that nothing governs.
func (p *pass) leaveAlone(ctx context.Context, d Decision) (pull.Outcome, error) {
	if err := p.save(ctx, d, StateUngated); err != nil {
		return pull.Outcome{}, err
	}
	if d.Expects {
		return pull.Outcome{After: patience(d.Unsettled)}, nil
	}
	checks, wrote, err := p.writeChecks(ctx, d, d.Reports, d.Request.Checks)
	if err != nil || !wrote {
		return pull.Outcome{}, err
	}
	d.Request.Checks = checks
	return pull.Outcome{}, p.save(ctx, d, StateUngated)
}
