package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/chaos"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

var soak = flag.Duration("soak", 6*time.Second, "how long the soak lasts on each database")

// TestSoak keeps the program busy, with faults and kills, and sees that it grows neither memory nor goroutines. `make soak`
// runs it for long; by itself it only shows that it works.
func TestSoak(t *testing.T) {
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			o := story.Options{Dir: t.TempDir(), Launch: launchProcess(os.Getenv)}
			if database == "postgres" {
				o.Database = pgtest.Database(t)
			}
			w, err := story.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			ctx, town := context.Background(), chaos.New(w, 1)
			all, err := town.Soak(ctx, *soak, 8)
			t.Log("\n" + soakTable(all))
			if err != nil {
				t.Fatal(err)
			}
			flat(t, all)
			for _, step := range []func(context.Context) error{town.Settle, town.Promises} {
				if err := step(ctx); err != nil {
					t.Fatalf("%v\n%s\nsallyport's log:\n%s", err, town.Tail(400), w.Log())
				}
			}
		})
	}
}

// flat holds what the second half of a run took against the first half, with room for what comes and goes.
func flat(t *testing.T, all []chaos.Figures) {
	t.Helper()
	var before, after chaos.Figures
	for i, f := range all {
		half := &before
		if i >= len(all)/2 {
			half = &after
		}
		half.Memory, half.Goroutines = max(half.Memory, f.Memory), max(half.Goroutines, f.Goroutines)
	}
	if after.Memory > 1.5*before.Memory {
		t.Errorf("memory grew from %.0f to %.0f bytes", before.Memory, after.Memory)
	}
	if after.Goroutines > 1.5*before.Goroutines {
		t.Errorf("goroutines grew from %.0f to %.0f", before.Goroutines, after.Goroutines)
	}
}

// soakTable is fit for BENCHMARKS.md.
func soakTable(all []chaos.Figures) string {
	var b strings.Builder
	b.WriteString("| after | acts | landed | kills | memory | goroutines |\n|---|---|---|---|---|---|\n")
	for _, f := range all {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %.0f MiB | %.0f |\n", f.After.Round(time.Second), f.Acts, f.Landed, f.Kills, f.Memory/(1<<20), f.Goroutines)
	}
	return b.String()
}
