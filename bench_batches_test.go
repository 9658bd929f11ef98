package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/story"
)

// BenchmarkBatches counts what five pull requests cost that become ready while another holds the turn: landed in one batch,
// and landed one after the other. What the one before them costs is measured by itself and left out.
func BenchmarkBatches(b *testing.B) {
	for b.Loop() {
		before := batches(b, "batch: 5", 0)
		const many = 5
		b.ReportMetric(float64(batches(b, "batch: 5", many)-before)/many, "requests-each-in-one-batch")
		b.ReportMetric(float64(batches(b, "", many)-before)/many, "requests-each-alone")
	}
}

// batches lets so many wait behind one whose author's phone rings, has it answered, and counts the requests until all have landed.
func batches(b *testing.B, batch string, waiting int) int {
	w := town(b, story.Options{}, "ci")
	file := filepath.Join(b.TempDir(), "batch.yml")
	policy := strings.Replace(exactPolicy, "automerge: {method: exact}", "automerge: {method: exact, "+batch+"}", 1)
	if err := os.WriteFile(file, []byte(strings.Replace(policy, ", }", "}", 1)), 0o600); err != nil {
		b.Fatal(err)
	}
	play(b, w, "policy "+file, "bypass", "propose dev prod/first.nomad", "review ana approves", "ci green", "phone-shows dev repository acme/jobs")
	for i := range waiting {
		play(b, w, fmt.Sprintf("propose eve staging/job-%d.nomad", i), "ci green", "gate automerge wait awaiting-turn")
	}
	settle(b, w)
	w.GitHub.ResetCalls()
	play(b, w, "phone dev approves", "landed pr1")
	for i := range waiting {
		play(b, w, fmt.Sprintf("landed pr%d", i+2))
	}
	settle(b, w)
	return len(w.GitHub.Calls())
}
