package chaos

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// Hour is what an hour of bad weather for deliveries came to, in which a minute is as long as whoever asks for it says.
type Hour struct {
	Sent, Lost    int           // deliveries within the hour, and those of them that did not come at first
	Ever          int           // those that did not come at first, at any time
	Again, Came   int           // those that were asked for again, and those of them that came then
	Missing       int           // the most that were missing at a time, by the metric
	Gap           time.Duration // the longest that one was, by the metric
	Healed        int           // how many came late, by the metric
	Took          time.Duration // and how long they took together
	AllLanded     time.Duration // after the hour, until everything had landed
	Listings      int           // requests for the list of deliveries
	Sweeps, Reads int           // requests for listings of pull requests, and reads of single ones
	Requests      int           // all that count against the installation's hour
}

// pullsInAnHour is how many pull requests are opened in one.
const pullsInAnHour = 20

// BadHour lets people work for an hour of such minutes in which GitHub drops three of ten deliveries, redeliveries included, has
// as many come minutes late, behind others, and doubles one of ten. Recovery runs each minute and the sweep every five.
// Nobody asks for anything twice: in the end everything has to land by itself.
func (t *Town) BadHour(ctx context.Context, minute time.Duration) (Hour, error) {
	var h Hour
	for _, user := range []string{"dev.eloper", "eve.engineer"} {
		t.Duo.AutoApprove(user, 0)
	}
	if err := t.play(ctx, "recovery "+minute.String(), "sweeping "+(5*minute).String()); err != nil {
		return h, err
	}
	if err := t.open(ctx); err != nil {
		return h, err
	}
	t.weather(minute)
	if err := t.work(ctx, minute, &h); err != nil {
		return h, fmt.Errorf("%w\n%s", err, t.Tail(40))
	}
	ended := time.Now()
	h.weathered(t.App.Deliveries())
	t.GitHub.Heal()
	if err := t.landAll(ctx, &h); err != nil {
		return h, fmt.Errorf("%w\n%s", err, t.Tail(40))
	}
	h.AllLanded = time.Since(ended)
	h.count(t.App.Deliveries(), t.GitHub.Calls())
	return h, t.judge(h)
}

// weather has deliveries drawn by the town's seed. It is the hook that draws, under its own lock.
func (t *Town) weather(minute time.Duration) {
	sky := New(nil, t.rng.Uint64()).rng
	chance := func(percent int) func() bool { return func() bool { return sky.IntN(100) < percent } }
	t.App.FaultWebhooks(githubtest.WebhookFault{Drop: true, Chance: chance(30)})
	t.App.FaultWebhooks(githubtest.WebhookFault{Delay: minute / 2, Chance: chance(15)})
	t.App.FaultWebhooks(githubtest.WebhookFault{Delay: 3 * minute, Chance: chance(15)})
	t.App.FaultWebhooks(githubtest.WebhookFault{Duplicate: 1, Chance: chance(10)})
}

// work has people propose, approve, push, label and test for an hour, and give in its last minutes whatever is still lacking. Each
// changes files of its own: of two that conflict the second would never land by itself.
func (t *Town) work(ctx context.Context, minute time.Duration, h *Hour) error {
	tick := time.NewTicker(minute)
	defer tick.Stop()
	for m := range 60 {
		if m%3 == 0 && len(t.Repo.Pulls()) < pullsInAnHour {
			if err := t.proposeTo(ctx, fmt.Sprintf("%s/hour-%d.nomad", pick(t.rng, "staging", "prod"), m)); err != nil {
				return err
			}
		}
		for _, p := range t.openPulls() {
			deed := pick(t.rng, "ci green", "review ana approves", "review bo approves", "push "+t.author(p)+fmt.Sprintf(" prod/pull-%d.nomad", p.Number), "ci running", "label ana do not merge", "")
			if deed == "" || m > 55 || t.rng.IntN(2) == 0 {
				continue
			}
			if err := t.does(ctx, p, deed); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := t.gauge(ctx, h); err != nil {
			return err
		}
	}
	for _, p := range t.openPulls() {
		for _, deed := range []string{"unlabel ana do not merge", "ci green", "review ana approves"} {
			if err := t.does(ctx, p, deed); err != nil {
				return err
			}
		}
	}
	return nil
}

// does has somebody do something to a pull request, which may have landed meanwhile.
func (t *Town) does(ctx context.Context, p *githubtest.Pull, deed string) error {
	t.seen.note(deed, p.Number, p.Head())
	err := t.play(ctx, fmt.Sprintf("%s pr%d", deed, p.Number))
	if err != nil && (p.State() != "open" || strings.HasPrefix(deed, "unlabel")) {
		return nil
	}
	return err
}

// landAll waits until everything has landed, and nothing is missing that could still come.
func (t *Town) landAll(ctx context.Context, h *Hour) error {
	ctx, cancel := context.WithTimeout(ctx, 8*time.Minute)
	defer cancel()
	for {
		open := t.openPulls()
		if len(open) == 0 {
			return t.gauge(ctx, h)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			said, _, err := t.Get(context.WithoutCancel(ctx), fmt.Sprintf("/api/v1/pulls/%s/%d", t.Repo.FullName(), open[0].Number))
			return fmt.Errorf("after the hour %d of %d pull requests are still open, #%d first: %s %v", len(open), len(t.Repo.Pulls()), open[0].Number, said, err)
		}
	}
}

// gauge reads what the metrics say of the gap.
func (t *Town) gauge(ctx context.Context, h *Hour) error {
	body, _, err := t.Get(ctx, "/metrics")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseFloat(value, 64)
		seconds := time.Duration(n * float64(time.Second))
		switch {
		case err != nil:
		case name == "sallyport_deliveries_missing":
			h.Missing = max(h.Missing, int(n))
		case name == "sallyport_deliveries_gap_seconds":
			h.Gap = max(h.Gap, seconds)
		case name == "sallyport_deliveries_heal_seconds_count":
			h.Healed = int(n)
		case name == "sallyport_deliveries_heal_seconds_sum":
			h.Took = seconds
		}
	}
	return nil
}

// weathered counts what the weather did. A slow machine has much of the hour's work done after it, when nothing is lost any more.
func (h *Hour) weathered(all []githubtest.Delivery) {
	seen := map[string]bool{}
	for _, d := range all {
		if seen[d.GUID] {
			continue
		}
		seen[d.GUID] = true
		if h.Sent++; d.StatusCode < 200 || d.StatusCode >= 300 {
			h.Lost++
		}
	}
}

// count goes through what GitHub recorded.
func (h *Hour) count(all []githubtest.Delivery, calls []githubtest.Call) {
	first, again, came := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, d := range all {
		took := d.StatusCode >= 200 && d.StatusCode < 300
		came[d.GUID] = came[d.GUID] || took
		if _, known := first[d.GUID]; !known {
			first[d.GUID] = took
		} else if !first[d.GUID] {
			again[d.GUID] = true
		}
	}
	for guid, took := range first {
		if !took {
			h.Ever++
		}
		if again[guid] && came[guid] {
			h.Came++
		}
	}
	for _, c := range calls {
		switch {
		case c.Method == "POST" && strings.HasPrefix(c.Path, "/app/hook/deliveries/"):
			h.Again++
		case c.Path == "/app/hook/deliveries":
			h.Listings++
		case c.Operation == "OpenPulls":
			h.Sweeps++
		case c.Operation == "Snapshot":
			h.Reads++
		}
		if c.Counts {
			h.Requests++
		}
	}
}

// judge holds what the hour cost, and what the metrics said of it, against what was promised.
func (t *Town) judge(h Hour) error {
	var errs []error
	hold := func(good bool, format string, args ...any) {
		if !good {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	hold(h.Lost > h.Sent/8, "%d of %d deliveries were lost: that was no bad hour", h.Lost, h.Sent)
	hold(h.Again <= h.Ever, "%d were asked for again, of %d that were lost", h.Again, h.Ever)
	hold(h.Came > 0 && h.Healed > 0, "%d came when asked for again, and the metric says %d", h.Came, h.Healed)
	hold(h.Missing > 0 && h.Gap > 0, "the metrics showed %d missing for %s at the most", h.Missing, h.Gap)
	return errors.Join(errs...)
}

func (h Hour) String() string {
	each := time.Duration(0)
	if h.Healed > 0 {
		each = h.Took / time.Duration(h.Healed)
	}
	return fmt.Sprintf("%d deliveries sent within it, %d of them lost, %d asked for again, %d came then, after %s on average (metric); at most %d missing, for at most %s (metrics); all landed %s after the hour; "+
		"%d requests for the list of deliveries, %d for listings of pull requests, %d reads of single ones, %d requests in all that count",
		h.Sent, h.Lost, h.Again, h.Came, each.Round(time.Millisecond), h.Missing, h.Gap.Round(time.Millisecond), h.AllLanded.Round(time.Millisecond), h.Listings, h.Sweeps, h.Reads, h.Requests)
}
