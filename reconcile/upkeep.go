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
	// FailedDeliveries lists the webhooks since then that GitHub could not hand over and that no later attempt did, the newest
	// of all where from is empty. Where that is too much for one look, rest is from where the next one goes on.
	FailedDeliveries(ctx context.Context, since time.Time, from string) (failed []pull.FailedDelivery, rest string, err error)
	Redeliver(ctx context.Context, id int64) error
}

// Filing is what upkeep needs of the store.
type Filing interface {
	UpsertRepos(ctx context.Context, repos []pull.Repo) error
	// File asks for a fresh pass over the pull requests in the scopes.
	File(ctx context.Context, scopes []pull.Scope, fresh bool) (int, error)
	// OpenHeads lists the heads of a repository's pull requests that the books call open, by number.
	OpenHeads(ctx context.Context, repo int64) (map[int]string, error)
	// Stalest names the open pull requests of an installation that were read, or named here, longest ago.
	Stalest(ctx context.Context, installation int64, most int) ([]pull.Key, error)
	// SideLeaders are the pull requests that made branches of ours which are still in the books.
	SideLeaders(ctx context.Context) ([]pull.Key, error)
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

	looked  time.Time             // when recovery last looked, in this process
	unread  []stretch             // what recovery has not looked through yet, the newest last
	owed    []pull.FailedDelivery // what is still to be asked for again, in the order in which that is done
	missing map[string]time.Time  // deliveries that GitHub could not hand over and that have not come since, and when they were due
}

// rereadMost is how many pull requests of one installation a sweep has read again that show no sign of having changed, those
// first that were read longest ago. It bounds what sweeping costs of an hour's budget: with more open than that, a change
// that neither an event nor the listing told of is found some sweeps later.
const rereadMost = 100

// Sweep files a fresh pass over every open pull request of a gated repository that GitHub's listing shows otherwise than the
// books, and over those that were read longest ago, so that a lost event costs minutes, never forever. One repository's
// trouble does not keep the others from being swept.
func (u *Upkeep) Sweep(ctx context.Context) error {
	repos, err := u.GitHub.Repos(ctx)
	if err != nil {
		return fmt.Errorf("listing repositories: %w", err)
	}
	if err := u.Store.UpsertRepos(ctx, repos); err != nil {
		return fmt.Errorf("remembering repositories: %w", err)
	}
	installations := map[int64]bool{}
	for _, repo := range repos {
		installations[repo.Installation] = true
		if err := u.compare(ctx, repo); err != nil {
			u.Log.Warn("sweep skipped a repository", "repo", repo.FullName(), "error", err.Error())
		}
	}
	for _, id := range slices.Sorted(maps.Keys(installations)) {
		if err := u.reread(ctx, id); err != nil {
			return fmt.Errorf("having the pull requests of installation %d read again: %w", id, err)
		}
	}
	leaders, err := u.Store.SideLeaders(ctx)
	if err == nil {
		err = u.file(ctx, leaders, false)
	}
	if err != nil {
		return fmt.Errorf("having branches of ours deleted that are left over: %w", err)
	}
	return ctx.Err()
}

// compare files a fresh pass over what the books do not have as GitHub lists it: new ones, other heads, and what ended unseen.
func (u *Upkeep) compare(ctx context.Context, repo pull.Repo) error {
	list, gated, err := u.list(ctx, repo)
	if err != nil {
		return err
	}
	known, err := u.Store.OpenHeads(ctx, repo.ID)
	if err != nil {
		return err
	}
	var scopes []pull.Scope
	for _, o := range list.Open {
		head, open := known[o.Number]
		delete(known, o.Number)
		if gated && (!open || head != o.Head) {
			scopes = append(scopes, pull.Scope{Repo: repo.ID, Number: o.Number})
		}
	}
	for number := range known {
		scopes = append(scopes, pull.Scope{Repo: repo.ID, Number: number})
	}
	if _, err = u.Store.File(ctx, scopes, true); err != nil || !gated {
		return err
	}
	return u.Store.AuditTips(ctx, repo.ID, list.Tips)
}

func (u *Upkeep) reread(ctx context.Context, installation int64) error {
	stalest, err := u.Store.Stalest(ctx, installation, rereadMost)
	if err != nil {
		return err
	}
	return u.file(ctx, stalest, true)
}

func (u *Upkeep) file(ctx context.Context, keys []pull.Key, fresh bool) error {
	scopes := make([]pull.Scope, len(keys))
	for i, k := range keys {
		scopes[i] = pull.Scope{Repo: k.Repo, Number: k.Number}
	}
	_, err := u.Store.File(ctx, scopes, fresh)
	return err
}

// Discover files a fresh pass over the open pull requests of one repository, and over those that the books call
// open, in case they ended unseen.
func (u *Upkeep) Discover(ctx context.Context, repo pull.Repo) error {
	list, gated, err := u.list(ctx, repo)
	if err != nil {
		return err
	}
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

// list reads a repository's open pull requests, and whether anything judges them.
func (u *Upkeep) list(ctx context.Context, repo pull.Repo) (list pull.Listing, gated bool, err error) {
	if list, err = u.GitHub.OpenPulls(ctx, repo); err != nil {
		return list, false, fmt.Errorf("listing pull requests of %s: %w", repo.FullName(), err)
	}
	return list, list.Gated || standsIn(list.Floor) || u.Landing.Present(), nil
}
