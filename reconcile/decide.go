package reconcile

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// Decision is what follows from a world.
type Decision struct {
	World
	Gated    bool // a policy applies, or a file about landing
	Policy   config.Policy
	Verdicts []pull.Verdict // approval, duo, signatures, automerge
	Binding  pull.Binding
	Needs    approval.Needs
	Asks     []duobot.Ask // who should be asked for a confirmation now
	Reports  []pull.Report
	Stage    automerge.Stage
	Tidy     *pull.Tidy // what is left to do once it has landed
	Attest   *pull.Attestation
	Debrief  *pull.Debrief
}

// Decide judges the world. It is a pure function: the same world always gives the same decision.
func (w World) Decide() Decision {
	d := Decision{World: w, Gated: w.gated()}
	if w.advised() {
		return d.advise()
	}
	if !d.Gated {
		return d
	}
	if w.Halted != nil {
		return d.allBlock(*w.Halted)
	}
	if reason, faulty := w.floorFault(); faulty {
		return d.allBlock(reason)
	}
	if w.Request.Policy.Unreadable != "" {
		return d.allBlock(w.mended(unreadable(w.Request.Policy)))
	}
	if w.Problems != nil {
		return d.allBlock(w.mended(invalid(w.Problems)))
	}
	d.Policy = w.Rulebook
	if !w.Request.Policy.Present() && w.judged() {
		d.Policy.Approval = w.Floor.Rules
	}
	if (d.Policy.Approval.WeighsSigners() || w.Floor.Rules.WeighsSigners()) && !w.Supposed {
		d.Request = w.withSigned()
	}
	d.Binding = binding(w.Request, w.Rulebook.Automerge)
	if w.Batch != nil && d.Binding.Method == pull.MethodExact {
		d.Binding.Batch = w.Batch.Head
	}
	if !w.judged() {
		return d.judgeLanding()
	}
	return d.judge()
}

func (d Decision) judge() Decision {
	approvals, signatures := d.judgePaths()
	approvals = d.proposalFault(approvals)
	d.Binding = d.throughGlass(d.Binding)
	if d.Binding.Method == pull.MethodExact && d.fits() {
		d.Binding.Merge = d.Candidate.SHA
	}
	settled := []pull.Verdict{approvals, signatures}
	others := d.Case(settled)
	others.Reports = d.names()
	_, stage := automerge.Judge(others)
	ready := stage >= automerge.Ready

	duo := d.judgeDuo(ready)
	gates := []pull.Verdict{approvals, duo, signatures}
	shown := d.lifted(gates)
	d.Reports = d.reports(shown)
	c := d.Case(gates)
	if c.Reports = d.names(); d.byLandingFile() {
		d.Reports = append(d.Reports, d.report(automerge.Standing(c)))
	}
	c.Reports = d.Reports
	verdict, stage := automerge.Judge(c)
	d.Verdicts, d.Stage = append(shown, d.withGlass(verdict, c)), stage
	d.Asks = duobot.Wanted(d.duoCase(ready))
	return d
}

// turn reports whether this pull request may act: it has not asked for its turn yet, or holds it.
func (d Decision) turn() bool {
	return (d.Turn == nil || d.Turn.Holds) && (d.Batch == nil || d.Batch.State != pull.BatchTesting)
}

// judgePaths judges approvals and signatures. Where a rule offers alternatives, a bad signature rules out those
// that rest on it.
func (d *Decision) judgePaths() (approvals, signatures pull.Verdict) {
	approvals = d.judgeApprovals(pull.Pass)
	signatures = d.judgeSignatures()
	if signatures.State == pull.Pass {
		return approvals, signatures
	}
	approvals = d.judgeApprovals(signatures.State)
	return approvals, d.judgeSignatures()
}

// judgeApprovals judges by the repository's own policy and by the floor, and gathers what both need.
func (d *Decision) judgeApprovals(signatures pull.State) (own pull.Verdict) {
	if d.Policy.PolicyBot != nil {
		own, d.Needs = d.judgePolicyBot(), approval.Needs{}
	} else {
		own, d.Needs = approval.Judge(d.Policy.Approval, d.Request, d.People, signatures)
	}
	return d.judgeFloor(own, signatures)
}

func (d *Decision) judgeSignatures() pull.Verdict {
	if d.Supposed {
		return supposedSignatures(d.Needs.Signatures, d.Request.Commits)
	}
	results := map[string]signature.Result{}
	if d.Needs.Signatures {
		for _, c := range d.Request.Commits {
			results[c.SHA] = signature.Verify(c, d.Ring, d.Request.At)
		}
	}
	return duobot.JudgeSignatures(d.Needs.Signatures, d.Request, results, d.People)
}

// judgeDuo adds to the gate's own verdict what became of people's requests for another push.
func (d Decision) judgeDuo(ready bool) pull.Verdict {
	c := d.duoCase(ready)
	v := duobot.Judge(c)
	if d.HeldBack != nil {
		said := *d.HeldBack
		said.State = v.State
		v.Reasons = append(v.Reasons, said)
	}
	for _, q := range d.Requests {
		reason := q.Refused
		if refusal, ok := duobot.MayAsk(c, q.News); reason == nil && !ok {
			reason = &refusal
		}
		if reason != nil {
			said := *reason
			said.State = v.State
			v.Reasons = append(v.Reasons, said)
		}
	}
	return v
}

func (d Decision) duoCase(ready bool) duobot.Case {
	c := duobot.Case{
		Need:    duobot.Need{Duo: duobot.Who(d.Needs.Duo), Ready: ready && d.turn()},
		Request: d.Request, Binding: d.Binding, Confirmations: d.Confirmations, People: d.People,
		Freezes: automerge.StandingFreezes(d.Binding, d.Freezes), Approvers: d.Needs.Approvers,
	}
	if d.Binding.Glass != "" {
		c.Glass = d.breakers()
	}
	if !d.DuoReady {
		c.Need.Unavailable = "the server's configuration has no duo section"
	}
	for _, q := range d.Requests {
		if q.Refused == nil {
			c.News = append(c.News, q.News)
		}
	}
	return c
}

// Case is the automerge judge's view, with the given gates.
func (d Decision) Case(gates []pull.Verdict) automerge.Case {
	return automerge.Case{
		Policy: d.Policy.Automerge, Request: d.Request, Gates: gates, App: d.App, Freezes: d.Freezes,
		Intents: d.freshIntents(), Binding: d.Binding, Turn: d.Turn, Signs: d.Signs, Doubt: d.doubt(), Fault: d.LandingFault, Update: d.Update,
		Enqueuing: d.Enqueuing, Released: d.Released, Rechecked: d.Rechecked, Batch: d.Batch, Ahead: d.ahead(), Red: d.redAlone(),
		Breaking: d.Request.Glass.Open() && d.Request.Glass.Head == d.Request.Head.SHA, Broken: d.broken() != "",
		Ringing: slices.ContainsFunc(d.Confirmations, func(c pull.Confirmation) bool { return c.State.Pending() }),
	}
}

// freshIntents leaves out what was refused before somebody asked to try again.
func (d Decision) freshIntents() []pull.Intent {
	var out []pull.Intent
	for _, i := range d.Intents {
		if i.EndedAt.IsZero() || i.EndedAt.After(d.Rechecked) {
			out = append(out, i)
		}
	}
	return out
}

func binding(r pull.Request, landing *automerge.Policy) pull.Binding {
	b := pull.Binding{
		Repo: r.Repo.ID, Number: r.Number, Branch: r.Base.Branch, Base: r.Base.SHA, Head: r.Head.SHA,
		Tree: r.Test.Tree, Merge: r.Test.SHA, Policy: r.Rulebook(), Method: landing.MethodFor(r),
	}
	switch {
	case b.Method == pull.MethodFastForward:
		b.Merge = r.Head.SHA
	case b.Method == pull.MethodQueue && r.Queued.Built():
		b.Merge = r.Queued.Head
	case b.Method == pull.MethodQueue:
		b.Merge = "" // the queue makes it
	}
	return b
}

// allBlock is the decision where no policy can be judged by: every gate says why.
func (d Decision) allBlock(reason pull.Reason) Decision {
	for _, gate := range pull.Gates {
		v := pull.Verdict{Gate: gate, Reasons: []pull.Reason{reason}}
		if gate == pull.GateApproval {
			v = d.proposalFault(v)
		}
		d.Verdicts = append(d.Verdicts, v)
	}
	d.Reports = d.reports(d.Verdicts)
	d.Verdicts = append(d.Verdicts, pull.Verdict{Gate: pull.GateAutomerge, Reasons: []pull.Reason{reason}})
	return d
}

func unreadable(s pull.Source) pull.Reason {
	return pull.Reason{Code: "policy-unreadable",
		Message: fmt.Sprintf("%s:1:1: %s", s.Path, s.Unreadable),
		Next:    "Put a plain text file of at most 256 KiB there."}
}

func invalid(problems *config.Problems) pull.Reason {
	reason := pull.Reason{Code: "policy-invalid", Message: problems.Error(),
		Next: "Mend the policy on the target branch; `sallyport check FILE` tries it beforehand."}
	for _, p := range problems.List() {
		because := pull.Reason{Code: "policy-problem", Message: p.String(), Next: p.Mend}
		if p.Excerpt != "" {
			because.Evidence = map[string]string{"line": p.Excerpt}
		}
		reason.Because = append(reason.Because, because)
	}
	return reason
}

// next is the smallest next step over all gates.
func (d Decision) next() string {
	for _, v := range d.Verdicts {
		if v.State != pull.Pass {
			return v.Lead().Next
		}
	}
	return ""
}
