package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Past is what a backtest needs of GitHub.
type Past interface {
	// MergedPulls lists the numbers of the last merged pull requests, the latest landing first.
	MergedPulls(ctx context.Context, repo pull.Repo, last int) ([]int, error)
	// LandedPull reads a merged pull request as it was about to land, without policy and standing.
	LandedPull(ctx context.Context, repo pull.Repo, number int) (pull.Request, error)
	historian
	Standing(ctx context.Context, r pull.Request, q pull.Question) (pull.Standing, error)
	Pusher(ctx context.Context, r pull.Request) (pull.Account, error)
	librarian
	registrar
	keeper
}

// Replay decides about a merged pull request as if the policy had governed its landing, together with the floor; nil
// stands for the one that is in force now. What GitHub no longer tells is as it is today: roles, teams, title, labels, the
// repository's custom properties, and what a policy points to. Where it does not say who pushed last, the last commit's committer did.
func (r *Reconciler) Replay(ctx context.Context, past Past, repo pull.Repo, number int, policy pull.Source, floor *pull.Source) (Decision, error) {
	request, err := past.LandedPull(ctx, repo, number)
	if err != nil {
		return Decision{}, err
	}
	request.Policy = policy
	if floor != nil {
		request.Floor = *floor
	}
	request.Reviews = slices.DeleteFunc(request.Reviews, func(v pull.Review) bool { return v.At.After(request.Landed.At) })
	if request.Pusher, err = past.Pusher(ctx, request); err != nil {
		return Decision{}, fmt.Errorf("asking who pushed %s: %w", request.Ref(), err)
	}
	if !request.Pusher.Known() {
		request.Pusher = lastHand(request)
	}
	w := World{Request: request, People: r.People(), Ring: r.Ring(), App: r.App, DuoReady: true}.ruled()
	if err := w.follow(ctx, past); err != nil {
		return Decision{}, err
	}
	if err := w.readProperties(ctx, past); err != nil {
		return Decision{}, err
	}
	if err := w.readHistory(ctx, past); err != nil {
		return Decision{}, err
	}
	if err := w.readOwners(ctx, past); err != nil {
		return Decision{}, err
	}
	if q := w.question(); !q.Empty() {
		if w.Request.Standing, err = past.Standing(ctx, w.Request, q); err != nil {
			return Decision{}, fmt.Errorf("reading roles and teams for %s: %w", request.Ref(), err)
		}
	}
	return w.Decide(), nil
}

// lastHand is who made the head: its committer, or its author where GitHub's own pages committed.
func lastHand(r pull.Request) pull.Account {
	if len(r.Commits) == 0 {
		return pull.Account{}
	}
	head := r.Commits[len(r.Commits)-1]
	if head.ByGitHub || !head.Committer.Known() {
		return head.Author
	}
	return head.Committer
}
