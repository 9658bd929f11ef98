package verify

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkVerify verifies a repository of 1,000 exact landings, everything that is asked of each included.
func BenchmarkVerify(b *testing.B) {
	const landings = 1000
	w := newTown(b)
	for i := range landings {
		w.land(landing{path: fmt.Sprintf("prod/job-%d.nomad", i%50), text: fmt.Sprintf("%d\n", i)})
	}
	o := w.options()
	o.Now = w.clock.Add(time.Hour)
	for b.Loop() {
		r, err := Run(b.Context(), o)
		if err != nil || r.Verdict != Good || r.Landings != landings {
			b.Fatalf("%v: %d landings, %v", r.Verdict, r.Landings, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/landings, "µs/commit")
}
