package reconcile

import (
	"cmp"
	"context"
	"fmt"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// governedByLanding reports whether a file about landing has a say: it has where the policy says nothing of landing.
func governedByLanding(policy config.Policy, r pull.Request) bool {
	return policy.Automerge == nil && r.Landing.Present() && r.Policy.Unreadable == ""
}

// landing reads how r lands from bulldozer's file. A file that cannot be judged by is the reason why nothing lands.
func (r *rules) landing(source pull.Source) (config.Bulldozer, *pull.Reason) {
	if source.Unreadable != "" {
		fault := unreadable(source)
		fault.Code = "landing-unreadable"
		return config.Bulldozer{}, &fault
	}
	book := r.read(source, func() rulebook {
		b, problems := config.ParseBulldozer(source.Path, []byte(source.Text))
		return rulebook{bulldozer: b, problems: problems}
	})
	if book.problems != nil {
		fault := invalid(book.problems)
		fault.Code = "landing-invalid"
		return config.Bulldozer{}, &fault
	}
	return book.bulldozer, nil
}

// fileLanding lays what bulldozer's file says over a policy that says nothing of landing.
func (book *rules) fileLanding(policy config.Policy, r pull.Request) (config.Policy, *pull.Reason) {
	if !governedByLanding(policy, r) {
		return policy, nil
	}
	b, fault := book.landing(r.Landing)
	switch {
	case fault != nil:
	case b.Remote != nil:
		fault = &pull.Reason{Code: "landing-unreadable", Message: fmt.Sprintf("%s:1:1: it points on to %s, which is one step too many", r.Landing.Path, b.Remote.Repo),
			Next: "Point straight to where the configuration is kept."}
	default:
		if b.Landing.Replays() && r.Policy.Path == config.PolicyFile {
			policy.Approval.History = approval.EveryCommit
		}
		policy.Automerge = b.Landing
	}
	return policy, fault
}

// findLanding settles which file about landing has the say: the one that the snapshot found (the repository's own, or the
// owner's shared one), where that points, or the server's, which is for repositories that have no policy in our language.
func (p *pass) findLanding(ctx context.Context, r pull.Request, policy config.Policy) (pull.Request, error) {
	var err error
	if policy.Automerge != nil {
		return r, nil
	}
	if !r.Landing.Present() && r.Policy.Path != config.PolicyFile {
		r.Landing = p.Landing
	}
	if !governedByLanding(policy, r) {
		return r, nil
	}
	if b, fault := p.rules.landing(r.Landing); fault == nil && b.Remote != nil {
		to := b.Remote
		if r.Landing, err = p.GitHub.RemotePolicy(ctx, r.Repo, to.Repo, cmp.Or(to.Path, config.BulldozerFile), to.Ref); err != nil {
			return r, err
		}
	}
	return r, nil
}

// byLandingFile reports whether bulldozer's file decides on landing; then a check run of automerge's own says how far it is.
func (d Decision) byLandingFile() bool {
	return d.Request.Landing.Present() && (d.LandingFault != nil || d.FileLands)
}

// judgeLanding decides where nothing but a file about landing applies: no gate of ours is asked for, so none is written.
func (d Decision) judgeLanding() Decision {
	c := d.Case(nil)
	c.Reports = d.names()
	d.Reports = []pull.Report{d.report(d.proposalFault(automerge.Standing(c)))}
	c.Reports = d.Reports
	v, stage := automerge.Judge(c)
	if v = d.proposalFault(v); d.faultyDraft() {
		stage = automerge.NotReady // it would break what lands every other pull request
	}
	d.Verdicts, d.Stage = []pull.Verdict{v}, stage
	return d
}
