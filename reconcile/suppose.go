package reconcile

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// Suppose decides about a pull request that was made up, or taken from elsewhere, with nothing known beside it: Duo is
// there and nobody was asked yet.
func Suppose(r pull.Request, people *duobot.People) Decision {
	return World{Request: r, People: people, DuoReady: true, Supposed: true}.ruled().Decide()
}

// ruled reads the request's policy, for a world that no pass has made.
func (w World) ruled() World {
	book := new(rules)
	w.Rulebook, w.Problems = resolve(w.Request, book.parse)
	w.Floor = book.floor(w.Request)
	byFile := governedByLanding(w.Rulebook, w.Request)
	w.Rulebook, w.LandingFault = book.fileLanding(w.Rulebook, w.Request)
	w.FileLands = byFile && w.LandingFault == nil
	return w
}

// keeper reads a policy where another one points to.
type keeper interface {
	RemotePolicy(ctx context.Context, repo pull.Repo, remote, path, ref string) (pull.Source, error)
}

// follow reads the policy that the request's own points to, if it does.
func (w *World) follow(ctx context.Context, github keeper) (err error) {
	to := w.remote()
	if to == nil {
		return nil
	}
	if w.Request.Remote, err = github.RemotePolicy(ctx, w.Request.Repo, to.Repo, to.Path, to.Ref); err != nil {
		return err
	}
	*w = w.ruled()
	return nil
}

// supposedSignatures takes each commit's word, since there are no bytes to verify.
func supposedSignatures(need bool, commits []pull.Commit) pull.Verdict {
	v := pull.Verdict{Gate: pull.GateSignatures, State: pull.Pass}
	if !need {
		v.Reasons = []pull.Reason{{Code: "signatures-not-required", State: pull.Pass, Message: "Not required for these paths."}}
		return v
	}
	for i, c := range commits {
		if c.Signed == nil || !c.Signed.Good {
			v.State = pull.Block
			v.Reasons = append(v.Reasons, pull.Reason{Code: "signature-missing", Message: fmt.Sprintf("Commit %d is not signed.", i+1)})
		}
	}
	if v.State == pull.Pass {
		v.Reasons = []pull.Reason{{Code: "signatures-good", State: pull.Pass, Message: "Every commit is signed."}}
	}
	return v
}

// Verdict is what one gate says; the zero Verdict, which blocks, where it says nothing.
func (d Decision) Verdict(gate pull.Gate) pull.Verdict {
	for _, v := range d.Verdicts {
		if v.Gate == gate {
			return v
		}
	}
	return pull.Verdict{Gate: gate}
}

// Next is the smallest next step over all gates; "" when there is none.
func (d Decision) Next() string { return d.next() }
