package reconcile

import (
	"context"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// lineStore has a queue for the turn, and counts how often it is asked for.
type lineStore struct {
	grantingStore
	holds bool
	asked int
	saved []pull.Record
}

func (s *lineStore) Save(_ context.Context, r pull.Record) error {
	s.saved = append(s.saved, r)
	return nil
}

func (s *lineStore) TakeTurn(context.Context, pull.Key, string, time.Duration, bool) (pull.Turn, error) {
	s.asked++
	return pull.Turn{Branch: "main", Epoch: 7, Holds: s.holds}, nil
}

// inLine is a pull request that was ready when it was last read, and others went first.
func inLine(t *testing.T, g *countingGitHub) pull.Work {
	t.Helper()
	g.request = world().Request
	g.request.Files[0].Path = "staging/api.nomad"
	w := world()
	w.Request = g.request
	for _, report := range judge(w).Reports {
		if _, err := g.Publish(t.Context(), g.request.Repo, report); err != nil {
			t.Fatal(err)
		}
	}
	return pull.Work{Key: g.request.Key(), Repo: g.request.Repo, Generation: 4,
		Last: &pull.Record{Key: g.request.Key(), Request: g.request, State: StateOpen, Queues: true}}
}

func TestInLineTheBooksAreAskedBeforeGitHub(t *testing.T) {
	side := pull.Check{Kind: pull.CheckRun, Name: "side", App: ciApp, ID: 99, Status: "completed", Conclusion: "success", StartedAt: noon}
	tests := []struct {
		name  string
		holds bool
		work  func(*pull.Work)
		looks int
		lands bool
	}{
		{"others still go first", false, func(*pull.Work) {}, 0, false},
		{"a check that nothing waits for ends meanwhile", false, func(w *pull.Work) {
			w.Woken, w.News = true, []pull.News{{Event: "check_run", Check: &side, SHA: w.Last.Request.Head.SHA}}
		}, 0, false},
		{"something that tells no news happens meanwhile", false, func(w *pull.Work) { w.Woken = true }, 1, false},
		{"the target moves meanwhile", false, func(w *pull.Work) { w.Woken, w.News = true, []pull.News{{Event: "push", SHA: sha("e")}} }, 1, false},
		{"a sweep has it read", false, func(w *pull.Work) { w.Woken, w.Fresh = true, true }, 1, false},
		{"its turn comes: one look is enough", true, func(w *pull.Work) { w.Woken = true }, 1, true},
		{"its turn comes unheard", true, func(*pull.Work) {}, 1, true},
		{"its turn comes with routine news", true, func(w *pull.Work) {
			w.Woken, w.News = true, []pull.News{{Event: "check_run", Check: &side, SHA: w.Last.Request.Head.SHA}}
		}, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := &countingGitHub{}
			work := inLine(t, g)
			tt.work(&work)
			store := &lineStore{grantingStore: grantingStore{github: g}, holds: tt.holds}
			out, err := stillReconciler(g, store).Pass(t.Context(), work)
			if err != nil {
				t.Fatal(err)
			}
			if landed := g.lookedLast > 0; landed != tt.lands || g.lookedLast > tt.looks || !tt.lands && g.looks != tt.looks {
				t.Errorf("%d looks, a landing tried: %t after %d; want %d looks before it, tried: %t", g.looks, landed, g.lookedLast, tt.looks, tt.lands)
			}
			if store.asked == 0 || !tt.lands && (out.After <= 0 || out.After > time.Minute) {
				t.Errorf("asked for the turn %d times, next after %s; want its place in the line kept within a minute", store.asked, out.After)
			}
			for _, r := range store.saved {
				if !tt.lands && (!r.Queues || !r.Calm) {
					t.Errorf("saved with queues %t, calm %t; want both", r.Queues, r.Calm)
				}
			}
		})
	}
}

// TestWhoCanWaitToHearOfAMovedTarget: what a person may merge by hand at any moment cannot, for the books must be about the
// branch as it stands; and who holds the turn is about to land on it.
func TestWhoCanWaitToHearOfAMovedTarget(t *testing.T) {
	tests := []struct {
		name string
		with func(*World)
		calm bool
	}{
		{"ready, and others go first", func(w *World) { w.Turn = &pull.Turn{} }, true},
		{"ready, and it is its turn", func(w *World) { w.Turn = &pull.Turn{Holds: true, Epoch: 7} }, false},
		{"its checks run, and it holds the turn", func(w *World) { w.Request.Checks, w.Turn = nil, &pull.Turn{Holds: true, Epoch: 7} }, false},
		{"ready, and a person merges it", func(*World) {}, false},
		{"an approval is missing", func(w *World) { w.Request.Reviews = nil; w.Request.Files[0].Path = "prod/api.nomad" }, true},
		{"GitHub waits for a check", func(w *World) { w.Request.Checks = nil }, true},
		{"a required check failed", func(w *World) { w.Request.Checks[0].Conclusion = "failure" }, true},
		{"GitHub lets a skipped check pass", func(w *World) { w.Request.Checks[0].Conclusion = "skipped" }, false},
		{"a draft", func(w *World) { w.Request.Draft = true }, true},
		{"GitHub merges it by itself once the check is there", func(w *World) { w.Request.Checks, w.Request.AutoMerge = nil, true }, false},
		{"in the merge queue", func(w *World) { w.Request.Checks, w.Request.Queued = nil, &pull.Queued{} }, false},
		{"its test merge is being computed", func(w *World) { w.Request.Checks, w.Request.Test.State = nil, pull.Unsettled }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := world()
			w.Request.Files[0].Path = "staging/api.nomad"
			w.Request.Rules.Checks = []pull.RequiredCheck{{Name: "ci", App: ciApp, From: "ruleset main"}}
			tt.with(&w)
			if got := judge(w).calm(); got != tt.calm {
				t.Errorf("calm is %t, want %t", got, tt.calm)
			}
		})
	}
}

// The last check that was missing turns green. The copy of what is known is enough for a place in the line, and nothing else: who
// has the turn lands on a look that is younger than it, and on that alone.
func TestWhatTurnsGreenQueuesAtOnce(t *testing.T) {
	tests := []struct {
		name    string
		holds   bool
		green   bool // and GitHub says so, too
		looks   int
		lands   bool
		inQueue bool
	}{
		{"others go first", false, true, 0, false, true},
		{"nobody else is ready", true, true, 1, true, false},
		{"nobody else is ready, and GitHub shows it red", true, false, 1, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := &countingGitHub{}
			work := inLine(t, g)
			green := work.Last.Request.Checks[0]
			red := green
			red.Conclusion, red.ID = "failure", green.ID-1
			before := work.Last.Request
			before.Checks = append([]pull.Check{red}, before.Checks[1:]...)
			work.Last.Request, work.Last.Queues = before, false
			if !tt.green {
				g.request = before
			}
			work.Woken, work.News = true, []pull.News{{Event: "check_run", Check: &green, SHA: before.Head.SHA}}
			store := &lineStore{grantingStore: grantingStore{github: g}, holds: tt.holds}
			out, err := stillReconciler(g, store).Pass(t.Context(), work)
			if err != nil {
				t.Fatal(err)
			}
			if landed := g.lookedLast > 0; landed != tt.lands || tt.lands && g.lookedLast != tt.looks || !tt.lands && g.looks != tt.looks {
				t.Errorf("%d looks, a landing tried: %t after %d; want %d, tried: %t", g.looks, landed, g.lookedLast, tt.looks, tt.lands)
			}
			if queues := store.saved[len(store.saved)-1].Queues; queues != tt.inQueue || queues && out.After <= 0 {
				t.Errorf("queues: %t, next after %s; want %t", queues, out.After, tt.inQueue)
			}
		})
	}
}
