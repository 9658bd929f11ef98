package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// countingGitHub shows one ready pull request and counts looks and landings.
type countingGitHub struct {
	GitHub
	request    pull.Request
	looks      int
	lookedLast int // how many looks there had been at the landing
	short      error
}

func (g *countingGitHub) Snapshot(context.Context, pull.Repo, int, pull.Question) (pull.Request, error) {
	g.looks++
	return g.request, nil
}

func (g *countingGitHub) Standing(context.Context, pull.Request, pull.Question) (pull.Standing, error) {
	return g.request.Standing, nil
}

func (g *countingGitHub) Spare(pull.Repo) error { return g.short }

func (g *countingGitHub) Lacks(context.Context, pull.Repo) ([]string, error) { return nil, nil }
func (g *countingGitHub) Bar(_ context.Context, _ pull.Repo, rulesets []pull.Ruleset) ([]pull.Ruleset, error) {
	return rulesets, nil
}

func (g *countingGitHub) Publish(_ context.Context, _ pull.Repo, r pull.Report) (int64, error) {
	g.request.Checks = overlay(g.request.Checks, pull.Check{Kind: pull.CheckRun, Name: r.Name, App: ourApp, ID: int64(len(g.request.Checks) + 100),
		Status: r.Status, Conclusion: r.Conclusion, ExternalID: r.ExternalID})
	return 1, nil
}

func (g *countingGitHub) Merge(context.Context, pull.Request, pull.Intent, string) (string, error) {
	g.lookedLast = g.looks
	return "", &pull.Failure{Class: pull.Transient, Err: errors.New("enough seen")}
}

// grantingStore gives the turn with the next epoch, and notes when.
type grantingStore struct {
	Store
	github    *countingGitHub
	grantedAt int // how many looks there had been
}

func (s *grantingStore) Save(context.Context, pull.Record) error      { return nil }
func (*grantingStore) Lent(context.Context, string) ([]string, error) { return nil, nil }

func (s *grantingStore) Siblings(context.Context, pull.Key, string, string) ([]pull.Record, error) {
	return nil, nil
}
func (s *grantingStore) Pushers(context.Context, int64, []string) ([]pull.Pushed, error) {
	return nil, nil
}
func (s *grantingStore) Pusher(context.Context, int64, string) (pull.Account, bool, error) {
	return dev, true, nil
}
func (s *grantingStore) LeaveTurn(context.Context, pull.Key, string) error { return nil }
func (s *grantingStore) EndLanding(context.Context, pull.Intent) error     { return nil }
func (s *grantingStore) BeginLanding(_ context.Context, _ pull.Turn, i pull.Intent) (pull.Intent, error) {
	return i, nil
}
func (s *grantingStore) TakeTurn(context.Context, pull.Key, string, time.Duration, bool) (pull.Turn, error) {
	if s.grantedAt == 0 {
		s.grantedAt = s.github.looks
	}
	return pull.Turn{Branch: "main", Epoch: 7, Holds: true}, nil
}

// Somebody may have landed between a look and the turn, so that what was seen is no longer what is there: a landing
// needs a look that is younger than the turn.
func TestALandingLooksAgainAfterItsTurnCame(t *testing.T) {
	g := &countingGitHub{request: world().Request}
	g.request.Files[0].Path = "staging/api.nomad"
	w := world()
	w.Request = g.request
	for _, report := range judge(w).Reports { // our checks are green already: nothing but the turn is missing
		if _, err := g.Publish(t.Context(), g.request.Repo, report); err != nil {
			t.Fatal(err)
		}
	}
	store := &grantingStore{github: g}
	if _, err := stillReconciler(g, store).Pass(t.Context(), pull.Work{Key: g.request.Key(), Repo: g.request.Repo}); err != nil {
		t.Fatal(err)
	}
	if g.lookedLast == 0 || g.lookedLast <= store.grantedAt {
		t.Errorf("the turn came after look %d, the landing was tried after look %d; want a later one", store.grantedAt, g.lookedLast)
	}
}

// stillReconciler runs passes at noon, with nobody in the people file.
func stillReconciler(g GitHub, s Store) *Reconciler {
	return &Reconciler{GitHub: g, Store: s, People: func() *duobot.People { return nil }, Ring: func() *signature.Ring { return nil },
		App: ourApp, PublicURL: world().PublicURL, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon }}
}
