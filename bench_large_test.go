package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/story"
)

// BenchmarkTenThousandFiles opens a pull request that changes 10,000 files in 100 folders, and measures the requests and
// the time until its verdict stands: the landing diff is walked from git trees, which no listing of GitHub's would give.
func BenchmarkTenThousandFiles(b *testing.B) {
	const folders, files = 100, 100
	for b.Loop() {
		w := town(b, story.Options{}, "ci")
		words := []string{"dev"}
		for i := range folders * files {
			words = append(words, fmt.Sprintf("staging/team-%d/job-%d.nomad", i/files, i%files))
		}
		settle(b, w)
		w.GitHub.ResetCalls()
		if err := w.Run(context.Background(), "propose", words); err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		play(b, w, "gate approval pass")
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-until-verdict")
		settle(b, w)
		b.ReportMetric(float64(len(w.GitHub.Calls())), "requests")
	}
}

// BenchmarkNoisyNeighbour has every pull request of one repository due at once, and measures how long the first verdict of
// another repository takes beside them, and how many of theirs were looked at until then.
func BenchmarkNoisyNeighbour(b *testing.B) {
	const open = 150
	for b.Loop() {
		w := town(b, story.Options{}, "ci")
		play(b, w, "repo quiet", "policy "+filepath.Join(w.Dir, "policy.yml"), "repo infra")
		for i := range open {
			play(b, w, fmt.Sprintf("propose dev staging/web-%d.nomad", i))
		}
		awaitReads(b, w, open)
		calm(b, w)
		play(b, w, "crash", "repo quiet")
		w.GitHub.SetLatency(50 * time.Millisecond)
		w.GitHub.ResetCalls()
		play(b, w, "start")
		awaitReads(b, w, 10) // the sweep has them all looked at
		before := snapshots(w)
		begin := time.Now()
		play(b, w, "propose dev staging/quiet.nomad", "check approval success")
		took, passed := time.Since(begin), snapshots(w)-before
		if passed > open/2 {
			b.Errorf("%d of %d of the noisy repository's were looked at first", passed, open)
		}
		b.ReportMetric(float64(took.Milliseconds()), "ms-until-verdict")
		b.ReportMetric(float64(passed), "snapshots-meanwhile")
		w.GitHub.SetLatency(0)
		calm(b, w)
	}
}

func snapshots(w *story.World) int {
	n := 0
	for _, c := range w.GitHub.Calls() {
		if c.Operation == "Snapshot" {
			n++
		}
	}
	return n
}

// awaitReads waits until about so many snapshots were taken.
func awaitReads(b *testing.B, w *story.World, want int) {
	for deadline := time.Now().Add(5 * time.Minute); snapshots(w) < want; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("%d snapshots, want %d", snapshots(w), want)
		}
	}
}
