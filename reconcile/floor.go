package reconcile

import (
	"context"
	"fmt"
	"regexp"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// Floor is what a repository's owner asks of all of their repositories, parsed. The zero Floor asks nothing.
type Floor struct {
	Present  bool
	Rules    approval.Policy
	Glass    *automerge.BreakGlass // nil: nobody lands past it
	Problems *config.Problems
	// Always says that the floor stands in for the policy of repositories that have none.
	Always bool
}

// alwaysLine finds the wish to stand in for missing policies in a floor that is otherwise past reading.
var alwaysLine = regexp.MustCompile(`(?m)^applies:\s*["']?always\b`)

// floor reads what the owner asks of the request's repository. What its own text says of landings is for its own
// repository.
func (r *rules) floor(q pull.Request) Floor {
	if !q.Floor.Present() {
		return Floor{}
	}
	policy, problems := r.parse(q.Floor)
	return Floor{Present: true, Rules: policy.Approval, Glass: policy.BreakGlass, Problems: problems,
		Always: policy.Always || problems != nil && alwaysLine.MatchString(q.Floor.Text)}
}

// standsIn reports whether a floor gates repositories that have no policy of their own.
func standsIn(floor pull.Source) bool {
	return new(rules).floor(pull.Request{Floor: floor}).Always
}

// gated reports whether anything says what may become of the request: a policy, a file about landing, or a floor that
// stands in for a policy.
func (w World) gated() bool { return w.Request.Governed() || w.Floor.Always }

// judged reports whether anything says who must agree: the request's own policy, or a floor in its place. Nothing lands
// under a floor without being judged by it.
func (w World) judged() bool {
	return w.Request.Policy.Present() || w.Floor.Always || w.Floor.Present && w.Request.Landing.Present()
}

// floorFault says why the floor cannot be judged by. Then nothing can: it might ask anything.
func (w World) floorFault() (pull.Reason, bool) {
	var reason pull.Reason
	switch source := w.Request.Floor; {
	case !w.Floor.Present:
		return pull.Reason{}, false
	case source.Unreadable != "":
		reason = unreadable(source)
		reason.Next = fmt.Sprintf("Let the app read %s, and put a plain text file of at most 256 KiB there.", source.Path)
	case w.Floor.Problems != nil:
		reason = invalid(w.Floor.Problems)
		reason.Next = fmt.Sprintf("Mend %s on its default branch; `sallyport check --floor FILE` tries it beforehand.", source.Path)
	default:
		return pull.Reason{}, false
	}
	reason.Code = "floor" + reason.Code[len("policy"):]
	reason.Evidence = map[string]string{"floor": w.Request.Floor.Path}
	return reason, true
}

// judgeFloor adds to the verdict by the repository's own policy what the floor asks besides.
func (d *Decision) judgeFloor(own pull.Verdict, signatures pull.State) pull.Verdict {
	if !d.Floor.Present || !d.Request.Policy.Present() {
		return own
	}
	floor, needs := approval.JudgeFloor(d.Floor.Rules, d.Request.Floor.Path, d.Request, d.People, signatures)
	d.Needs = d.Needs.With(needs, d.Request)
	if len(floor.Reasons) == 0 {
		return own
	}
	return approval.Joined(own, floor)
}

// librarian reads the CODEOWNERS file of the target branch.
type librarian interface {
	Codeowners(ctx context.Context, r pull.Request) (pull.Source, error)
}

// readOwners reads the CODEOWNERS file where something rests on it.
func (w *World) readOwners(ctx context.Context, github librarian) (err error) {
	if !w.Rulebook.Approval.WeighsCodeowners() && !w.Floor.Rules.WeighsCodeowners() && !w.Proposal.Rulebook.Approval.WeighsCodeowners() {
		w.Request.Codeowners = pull.Source{}
		return nil
	}
	w.Request.Codeowners, err = github.Codeowners(ctx, w.Request)
	return err
}
