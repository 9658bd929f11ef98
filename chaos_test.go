package main

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/sallyport/sallyport/internal/chaos"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

var (
	seed  = flag.Uint64("seed", 0, "the seed of the random days; 0 draws one")
	kills = flag.Int("kills", 25, "how often the server is killed in each run of the random days")
)

// TestRandomDays lets people, CI, phones, faults and kills come in an order that a seed decides, and holds what happened
// against every promise; a fresh clone and the ledger are verified at the end. A failure names the seed; -args -seed N lives the same days again.
func TestRandomDays(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) { liveRandomly(t, database) })
	}
}

func liveRandomly(t *testing.T, database string) {
	t.Logf("seed %d, %d kills", *seed, *kills)
	o := story.Options{Dir: t.TempDir(), Validate: true, Witness: true, Launch: launchProcess(os.Getenv), Command: commandOf(os.Getenv)}
	if database == "postgres" {
		o.Database = pgtest.Database(t)
	}
	w, err := story.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer endStory(t, w)
	ctx, town := context.Background(), chaos.New(w, *seed)
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return town.Live(ctx, *kills) }, town.Settle, town.Promises,
		func(ctx context.Context) error { return town.Run(ctx, "verified", nil) },
		func(ctx context.Context) error { return errors.Join(wholeLedger(w), w.Start(ctx)) }, // its pages are searched for secrets
	} {
		if err := step(ctx); err != nil {
			t.Fatalf("seed %d: %v", *seed, err)
		}
	}
	landed, all := 0, w.Repo.Pulls()
	for _, p := range all {
		if p.Merged() != "" {
			landed++
		}
	}
	t.Logf("%d of %d pull requests landed, %d phones rang", landed, len(all), len(w.Duo.Pushes()))
	if landed == 0 {
		t.Error("nothing landed: these days prove nothing")
	}
}
