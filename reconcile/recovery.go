package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

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

// stretch is a part of GitHub's list of deliveries: from a place in it back to a time.
type stretch struct {
	from  string
	since time.Time
}

// Recover asks GitHub to hand over again, once, what it recorded as failed and what never arrived.
func (u *Upkeep) Recover(ctx context.Context) error {
	now := u.Now()
	failed, err := u.lost(ctx, now)
	if err != nil {
		return fmt.Errorf("listing failed deliveries: %w", err)
	}
	gap, err := u.look(ctx, failed, now)
	if err != nil {
		return err
	}
	u.owe(failed)
	for len(u.owed) > 0 && gap.Asked < redeliverMost {
		f := u.owed[0]
		u.owed = u.owed[1:]
		if _, lost := u.missing[f.GUID]; !lost {
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
	if u.Gap != nil {
		u.Gap(gap)
	}
	return nil
}

// owe adds to what is to be asked for again. Looks overlap, so that much is listed twice.
func (u *Upkeep) owe(failed []pull.FailedDelivery) {
	owed := map[string]bool{}
	for _, f := range u.owed {
		owed[f.GUID] = true
	}
	for _, f := range failed {
		if !owed[f.GUID] {
			owed[f.GUID] = true
			u.owed = append(u.owed, f)
		}
	}
}

// lost lists what failed since the last look, and goes on with what earlier looks had to leave, the newest first.
func (u *Upkeep) lost(ctx context.Context, now time.Time) ([]pull.FailedDelivery, error) {
	since := now.Add(-recoverWindow)
	if !u.looked.IsZero() {
		since = u.looked.Add(-recoverOverlap)
	}
	failed, rest, err := u.GitHub.FailedDeliveries(ctx, since, "")
	if err != nil {
		return nil, err
	}
	u.looked = now
	if rest != "" {
		u.unread = append(u.unread, stretch{rest, since})
		return failed, nil
	}
	last := len(u.unread) - 1
	if last < 0 {
		return failed, nil
	}
	older, rest, err := u.GitHub.FailedDeliveries(ctx, u.unread[last].since, u.unread[last].from)
	if err != nil {
		return failed, nil // what is new need not wait for it; it is tried again
	}
	if u.unread[last].from = rest; rest == "" {
		u.unread = u.unread[:last]
	}
	return append(failed, older...), nil
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
