package main

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/chaos"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

var minute = flag.Duration("minute", time.Second, "how long a minute is in the hour of lost deliveries: no period of the program is shorter")

// TestThreat7AnHourOfLostDeliveries runs the real program for an hour of short minutes in which GitHub drops, delays, doubles
// and reorders deliveries as a seed says. Recovery and sweep heal all of it; what that costs is bounded and shown.
func TestThreat7AnHourOfLostDeliveries(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			o := story.Options{Dir: t.TempDir(), Validate: true, Launch: launchProcess(os.Getenv), Command: commandOf(os.Getenv)}
			if database == "postgres" {
				o.Database = pgtest.Database(t)
			}
			w, err := story.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := errors.Join(w.Close(), asPublished(w)); err != nil {
					t.Error(err)
				}
			}()
			town := chaos.New(w, *seed)
			hour, err := town.BadHour(t.Context(), *minute)
			t.Logf("seed %d: %s", *seed, hour)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []func(context.Context) error{town.Promises, func(context.Context) error { return wholeLedger(w) }} {
				if err := step(t.Context()); err != nil {
					t.Errorf("seed %d: %v", *seed, err)
				}
			}
		})
	}
}
