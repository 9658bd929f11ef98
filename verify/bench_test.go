package verify

import (
	"fmt"
	"os/exec"
	"testing"
	"time"
)

// history lands so many pull requests and packs them as a clone has them: one pack, one commit graph, one push of notes.
func history(b *testing.B, landings int) *town {
	b.Helper()
	w := newTown(b)
	w.later = true
	for i := range landings {
		w.land(landing{path: fmt.Sprintf("prod/job-%d.nomad", i%50), text: fmt.Sprintf("%d\n", i)})
	}
	w.push()
	for _, args := range [][]string{{"repack", "-a", "-d", "-q"}, {"prune-packed", "-q"}, {"commit-graph", "write", "--reachable"}} {
		if out, err := exec.Command("git", append([]string{"-C", w.dir}, args...)...).CombinedOutput(); err != nil {
			b.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	return w
}

// BenchmarkVerify verifies a repository of 1,000 exact landings, everything that is asked of each included: two
// signatures by the bot, one by a person, the tree merged anew, the judges, the proofs of the ledger.
func BenchmarkVerify(b *testing.B) {
	const landings = 1000
	w := history(b, landings)
	o := w.options()
	o.Now = w.clock.Add(time.Hour)
	for b.Loop() {
		r, err := Run(b.Context(), o)
		if err != nil || r.Verdict != Good || r.Landings != landings {
			b.Fatalf("%v: %d landings, %v, %v", r.Verdict, r.Landings, codes(r), err)
		}
	}
	b.ReportMetric(float64(b.N)*landings/b.Elapsed().Seconds(), "landings/s")
}
