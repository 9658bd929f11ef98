package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/story"
)

// exactPolicy lands a commit of our own making; what is under prod needs the author's phone.
const exactPolicy = `version: 1
rules:
  - name: staging is approved by default
    paths: [staging/**]
    require: {}
  - name: production needs a phone
    paths: ["**"]
    require: {approvals: {count: 1, from: [admin]}, duo: author}
automerge: {method: exact}
`

// BenchmarkGreenToLanded measures an exact landing from CI's green to the branch having moved: signing and uploading the
// merge commit, the check runs on head and merge, and where a phone is asked, Duo's round trip with a person who answers
// at once.
func BenchmarkGreenToLanded(b *testing.B) {
	for _, path := range []string{"staging", "prod"} {
		b.Run(path, func(b *testing.B) { greenToLanded(b, path) })
	}
}

func greenToLanded(b *testing.B, path string) {
	w := town(b, story.Options{}, "ci")
	file := filepath.Join(b.TempDir(), "exact.yml")
	if err := os.WriteFile(file, []byte(exactPolicy), 0o600); err != nil {
		b.Fatal(err)
	}
	play(b, w, "policy "+file, "bypass")
	w.Duo.AutoApprove("dev.eloper", 0)
	var times []time.Duration
	calls, n := 0, 0
	for b.Loop() {
		n++
		play(b, w, fmt.Sprintf("propose dev %s/job-%d.nomad", path, n))
		if path == "prod" {
			play(b, w, "review ana approves")
		}
		play(b, w, "gate approval pass", "blocked automerge check-missing")
		settle(b, w)
		w.GitHub.ResetCalls()
		begin := time.Now()
		play(b, w, "ci green")
		times = append(times, awaitMerge(b, w).Sub(begin))
		calls = max(calls, callsUntil(w.GitHub.Calls(), "MoveBranch"))
		play(b, w, "landed")
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(calls), "calls")
}
