package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Directory is what upkeep needs of GitHub.
type Directory interface {
	// Repos lists every repository that the app is installed on.
	Repos(ctx context.Context) ([]pull.Repo, error)
	// OpenPulls lists a repository's open pull requests, and tells whether anything judges them.
	OpenPulls(ctx context.Context, repo pull.Repo) (pull.Listing, error)
	// FailedDeliveries lists the webhooks since then that GitHub could not hand over and that no later attempt did.
	FailedDeliveries(ctx context.Context, since time.Time) ([]pull.FailedDelivery, error)
	Redeliver(ctx context.Context, id int64) error
}

// Filing is what upkeep needs of the store.
type Filing interface {
	UpsertRepos(ctx context.Context, repos []pull.Repo) error
	// File asks for a fresh pass over the pull requests in the scopes.
	File(ctx context.Context, scopes []pull.Scope, fresh bool) (int, error)
	// AuditTips has branches looked at whose tips are not what the books account for.
	AuditTips(ctx context.Context, repo int64, tips map[string]string) error
	// Seen tells which deliveries arrived after all.
	Seen(ctx context.Context, guids []string) (map[string]bool, error)
	// Redelivered reports true the first time it is told of a delivery.
	Redelivered(ctx context.Context, guid string) (bool, error)
}

// Upkeep heals what events missed. It runs periodically, on one replica at a time.
type Upkeep struct {
	GitHub Directory
	Store  Filing
	// Landing is the server's own file about landing, for repositories without one; absent for none.
	Landing pull.Source
	Log     *slog.Logger
	Now     func() time.Time
}

// Sweep files a fresh pass over every open pull request of every gated repository, so that a lost event costs
// minutes, never forever. One repository's trouble does not keep the others from being swept.
func (u *Upkeep) Sweep(ctx context.Context) error {
	repos, err := u.GitHub.Repos(ctx)
	if err != nil {
		return fmt.Errorf("listing repositories: %w", err)
	}
	if err := u.Store.UpsertRepos(ctx, repos); err != nil {
		return fmt.Errorf("remembering repositories: %w", err)
	}
	for _, repo := range repos {
		if err := u.Discover(ctx, repo); err != nil {
			u.Log.Warn("sweep skipped a repository", "repo", repo.FullName(), "error", err.Error())
		}
	}
	return ctx.Err()
}

// Discover files a fresh pass over the open pull requests of one repository, and over those that the books call
// open, in case they ended unseen.
func (u *Upkeep) Discover(ctx context.Context, repo pull.Repo) error {
	list, err := u.GitHub.OpenPulls(ctx, repo)
	if err != nil {
		return fmt.Errorf("listing pull requests of %s: %w", repo.FullName(), err)
	}
	gated := list.Gated || standsIn(list.Floor) || u.Landing.Present()
	scopes := []pull.Scope{{Repo: repo.ID}}
	for _, o := range list.Open {
		if gated {
			scopes = append(scopes, pull.Scope{Repo: repo.ID, Number: o.Number})
		}
	}
	if _, err = u.Store.File(ctx, scopes, true); err != nil || !gated {
		return err
	}
	return u.Store.AuditTips(ctx, repo.ID, list.Tips)
}

// recoverWindow is how far back lost deliveries are looked for: GitHub keeps them for three days.
const recoverWindow = 72 * time.Hour

// Recover asks GitHub to hand over again, once, what it recorded as failed and what never arrived.
func (u *Upkeep) Recover(ctx context.Context) error {
	failed, err := u.GitHub.FailedDeliveries(ctx, u.Now().Add(-recoverWindow))
	if err != nil {
		return fmt.Errorf("listing failed deliveries: %w", err)
	}
	guids := make([]string, len(failed))
	for i, f := range failed {
		guids[i] = f.GUID
	}
	seen, err := u.Store.Seen(ctx, guids)
	if err != nil {
		return fmt.Errorf("looking up deliveries: %w", err)
	}
	for _, f := range failed {
		if seen[f.GUID] {
			continue
		}
		if err := u.redeliver(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (u *Upkeep) redeliver(ctx context.Context, f pull.FailedDelivery) error {
	first, err := u.Store.Redelivered(ctx, f.GUID)
	if err != nil || !first {
		return err
	}
	u.Log.Info("redelivery", "delivery", f.GUID, "event", f.Event, "status", f.Status)
	if err := u.GitHub.Redeliver(ctx, f.ID); err != nil {
		return fmt.Errorf("asking for delivery %s again: %w", f.GUID, err)
	}
	return nil
}
