package approval

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// BenchmarkCurve shows how judging grows with each of rules, files and reviews, up to a pull request of 3,000 files
// that 100 people reviewed under 100 rules. Reviews carry the content that they saw, as they do in a real snapshot.
// cpu-ms/op is processor time: on a busy machine it says more than the clock.
func BenchmarkCurve(b *testing.B) {
	for _, rules := range []int{10, 50, 100} {
		for _, files := range []int{100, 1000, 3000} {
			for _, reviews := range []int{10, 50, 100} {
				b.Run(fmt.Sprintf("rules=%d/files=%d/reviews=%d", rules, files, reviews), func(b *testing.B) {
					p, r := conditional(rules, files, reviews)
					b.ReportAllocs()
					began := processorTime(b)
					for b.Loop() {
						Judge(p, r, pairs{{"dev1", "dev2"}}, pull.Pass)
					}
					b.ReportMetric((processorTime(b)-began).Seconds()*1000/float64(b.N), "cpu-ms/op")
				})
			}
		}
	}
}

// conditional is a crowd whose rules have conditions as well.
func conditional(rules, files, reviews int) (Policy, pull.Request) {
	p, r := crowd(rules, files, 20, reviews)
	for i := range p.Rules {
		p.Rules[i].When = When{Target: []string{"main"}, Author: []string{"write"}, NotChanged: &Paths{Match: []string{fmt.Sprintf("frozen-%d/**", i)}}}
	}
	r.Content = "content"
	for i := range r.Reviews {
		r.Reviews[i].Content = "content"
	}
	return p, r
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
