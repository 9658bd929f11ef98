package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
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
	// Gap is told after every recovery how deliveries stand; nil for nobody.
	Gap func(Gap)

	looked  time.Time            // when recovery last looked, in this process
	missing map[string]time.Time // deliveries that GitHub could not hand over and that have not come since, and when they were due
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

const (
	// recoverWindow is how far back lost deliveries are looked for at first: GitHub keeps them for three days.
	recoverWindow = 72 * time.Hour
	// recoverOverlap is how far recovery looks back behind its own last look: longer than GitHub takes to give up on one.
	recoverOverlap = 10 * time.Minute
	// redeliverMost bounds what one recovery asks for, so that an outage is not answered by a storm. The others follow with
	// the next, and the sweep does not wait for them.
	redeliverMost = 200
)

// Gap is how GitHub's deliveries stand.
type Gap struct {
	Missing int             // those that GitHub could not hand over and that have not come since
	Oldest  time.Duration   // how long ago the oldest of them was due
	Asked   int             // how many this recovery asked for again
	Healed  []time.Duration // how long those took that have come since the last look
}

// Recover asks GitHub to hand over again, once, what it recorded as failed and what never arrived.
func (u *Upkeep) Recover(ctx context.Context) error {
	now := u.Now()
	since := now.Add(-recoverWindow)
	if !u.looked.IsZero() {
		since = u.looked.Add(-recoverOverlap)
	}
	failed, err := u.GitHub.FailedDeliveries(ctx, since)
	if err != nil {
		return fmt.Errorf("listing failed deliveries: %w", err)
	}
	gap, err := u.look(ctx, failed, now)
	if err != nil {
		return err
	}
	for _, f := range failed {
		if _, lost := u.missing[f.GUID]; !lost || gap.Asked == redeliverMost {
			continue
		}
		asked, err := u.redeliver(ctx, f)
		if err != nil {
			return err
		}
		if asked {
			gap.Asked++
		}
	}
	if gap.Asked < redeliverMost {
		u.looked = now // whatever was left over is looked for again
	}
	if u.Gap != nil {
		u.Gap(gap)
	}
	return nil
}

// look notes what is missing, and what has come that was.
func (u *Upkeep) look(ctx context.Context, failed []pull.FailedDelivery, now time.Time) (Gap, error) {
	due := map[string]time.Time{}
	for _, f := range failed {
		due[f.GUID] = f.At
	}
	for guid, at := range u.missing {
		due[guid] = at // its first attempt counts, and later ones may have succeeded
	}
	seen, err := u.Store.Seen(ctx, slices.Collect(maps.Keys(due)))
	if err != nil {
		return Gap{}, fmt.Errorf("looking up deliveries: %w", err)
	}
	var gap Gap
	missing := map[string]time.Time{}
	for guid, at := range due {
		_, was := u.missing[guid]
		switch age := now.Sub(at); {
		case seen[guid] && was:
			gap.Healed = append(gap.Healed, age)
		case !seen[guid] && age < recoverWindow:
			missing[guid] = at
			gap.Oldest = max(gap.Oldest, age)
		}
	}
	u.missing, gap.Missing = missing, len(missing)
	return gap, nil
}

func (u *Upkeep) redeliver(ctx context.Context, f pull.FailedDelivery) (asked bool, err error) {
	first, err := u.Store.Redelivered(ctx, f.GUID)
	if err != nil || !first {
		return false, err
	}
	u.Log.Info("redelivery", "delivery", f.GUID, "event", f.Event, "status", f.Status)
	if err := u.GitHub.Redeliver(ctx, f.ID); err != nil {
		return false, fmt.Errorf("asking for delivery %s again: %w", f.GUID, err)
	}
	return true, nil
}
