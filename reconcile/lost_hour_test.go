package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// weather is a GitHub that drops, delays, doubles and reorders deliveries by a seed, the books that take them in, and a clock
// that tests turn. Pull requests have versions: what the books have read may be older than what GitHub has.
type weather struct {
	Directory
	Filing
	rng      *rand.Rand
	now      time.Time
	attempts []attempt
	came     map[string]bool
	asked    map[string]bool
	doubled  int
	world    [hourPulls]int // GitHub's version of each pull request
	read     [hourPulls]int // the version that a pass has seen
	next     int            // whom a sweep has read again next
	pages    int            // requests for listings
	again    int            // requests for redelivery
	rereads  int
}

type attempt struct {
	pull.FailedDelivery
	failed bool
	due    time.Time
	about  int
	ended  bool
}

const hourPulls = 250

// send makes a delivery about a pull request that has just changed; it comes, late and perhaps twice, or fails.
func (w *weather) send(guid string, about int, first bool) {
	a := attempt{FailedDelivery: pull.FailedDelivery{ID: int64(len(w.attempts) + 1), GUID: guid, Status: 502, At: w.now}, about: about, due: w.now}
	a.failed = w.rng.IntN(100) < 30
	if !a.failed && w.rng.IntN(100) < 30 {
		a.due = w.now.Add(time.Duration(w.rng.IntN(180)) * time.Second) // others overtake it
	}
	w.attempts = append(w.attempts, a)
	if first && w.rng.IntN(100) < 10 {
		w.doubled++
		w.send(guid, about, false)
	}
}

// arrive hands over what is due. Whatever it says, the pass reads the world as it is.
func (w *weather) arrive() {
	for i := range w.attempts {
		if a := &w.attempts[i]; !a.ended && !a.due.After(w.now) {
			if a.ended = true; !a.failed {
				w.came[a.GUID] = true
				w.read[a.about] = w.world[a.about]
			}
		}
	}
}

func (w *weather) FailedDeliveries(_ context.Context, since time.Time, _ string) ([]pull.FailedDelivery, string, error) {
	var failed []pull.FailedDelivery
	listed := 0
	newer := map[string]bool{}
	for i := len(w.attempts) - 1; i >= 0 && !w.attempts[i].At.Before(since); i-- {
		a := w.attempts[i]
		listed++
		if !newer[a.GUID] && a.failed {
			failed = append(failed, a.FailedDelivery)
		}
		newer[a.GUID] = true
	}
	w.pages += 1 + listed/100
	return failed, "", nil
}

func (w *weather) Redeliver(_ context.Context, id int64) error {
	w.again++
	a := w.attempts[id-1]
	w.send(a.GUID, a.about, false)
	return nil
}

func (w *weather) Seen(context.Context, []string) (map[string]bool, error) { return w.came, nil }

func (w *weather) Redelivered(_ context.Context, guid string) (bool, error) {
	first := !w.asked[guid]
	w.asked[guid] = true
	return first, nil
}

func (w *weather) Repos(context.Context) ([]pull.Repo, error) {
	return []pull.Repo{{ID: 1, Owner: "acme", Name: "infra", Installation: 5}}, nil
}

func (w *weather) OpenPulls(context.Context, pull.Repo) (pull.Listing, error) {
	w.pages += 1 + hourPulls/100
	list := pull.Listing{Gated: true}
	for n := range w.world { // the listing shows heads, and most news is about something else
		list.Open = append(list.Open, pull.Listed{Number: n + 1, Head: "h"})
	}
	return list, nil
}

func (w *weather) SideLeaders(context.Context) ([]pull.Key, error) { return nil, nil }
func (w *weather) OpenHeads(context.Context, int64) (map[int]string, error) {
	heads := map[int]string{}
	for n := range w.world {
		heads[n+1] = "h"
	}
	return heads, nil
}

func (w *weather) UpsertRepos(context.Context, []pull.Repo) error            { return nil }
func (w *weather) AuditTips(context.Context, int64, map[string]string) error { return nil }
func (w *weather) Stalest(_ context.Context, _ int64, most int) ([]pull.Key, error) {
	var keys []pull.Key
	for range min(most, hourPulls) {
		keys = append(keys, pull.Key{Repo: 1, Number: w.next + 1})
		w.next = (w.next + 1) % hourPulls
	}
	return keys, nil
}

func (w *weather) File(_ context.Context, scopes []pull.Scope, _ bool) (int, error) {
	for _, sc := range scopes {
		w.rereads++
		w.read[sc.Number-1] = w.world[sc.Number-1]
	}
	return len(scopes), nil
}

func (w *weather) behind() (n int) {
	for i := range w.world {
		if w.read[i] != w.world[i] {
			n++
		}
	}
	return n
}

// TestThreat7AnHourOfLostDeliveries: GitHub drops three of ten deliveries, and of redeliveries, delays as many, and doubles and
// reorders others, for an hour. Recovery and sweep heal all of it, and what that costs is bounded.
func TestThreat7AnHourOfLostDeliveries(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			w := &weather{rng: rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC), came: map[string]bool{}, asked: map[string]bool{}}
			var gaps []Gap
			var worst time.Duration
			u := &Upkeep{GitHub: w, Store: w, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now }, Gap: func(g Gap) { gaps = append(gaps, g) }}
			sent, lost, healed, missing, within := 0, 0, 0, 0, 0
			for minute := range 80 { // an hour of weather, and twenty minutes after it
				for range 30 {
					if minute < 60 {
						n := w.rng.IntN(hourPulls)
						w.world[n]++
						sent++
						w.send(fmt.Sprint("d", sent), n, true)
					}
					w.now = w.now.Add(2 * time.Second)
					w.arrive()
				}
				if err := u.Recover(t.Context()); err != nil {
					t.Fatal(err)
				}
				if g := gaps[minute]; true {
					healed, missing = healed+len(g.Healed), max(missing, g.Missing)
					for _, took := range g.Healed {
						if worst = max(worst, took); took <= 2*time.Minute {
							within++
						}
					}
				}
				if minute%5 == 4 {
					if err := u.Sweep(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			for guid := range w.asked {
				if lost++; w.came[guid] {
					continue
				}
				if u.missing[guid].IsZero() {
					t.Errorf("%s never came, and does not show as missing", guid)
				}
			}
			if n := w.behind(); n != 0 {
				t.Errorf("%d pull requests are not known as they are", n)
			}
			if w.again != len(w.asked) {
				t.Errorf("%d redeliveries asked for, of %d deliveries", w.again, len(w.asked))
			}
			if most := 80*(1+15) + 16*(1+hourPulls/100); w.pages > most || w.rereads > 16*rereadMost {
				t.Errorf("%d listings (at most %d), %d read again (at most %d)", w.pages, most, w.rereads, 16*rereadMost)
			}
			t.Logf("%d sent, %d asked for again, %d doubled; %d came then, %d of them within 2 minutes, the last after %s; %d missing at the most; %d listings, %d read again",
				sent, w.again, w.doubled, healed, within, worst, missing, w.pages, w.rereads)
		})
	}
}
