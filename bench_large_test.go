package main

import (
	"context"
	"fmt"
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
