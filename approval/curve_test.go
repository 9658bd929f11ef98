package approval

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// BenchmarkCurve shows how judging grows with each of rules, files and reviews, up to a pull request of 3,000 files
// that 50 people reviewed under 100 rules. Reviews carry the content that they saw, as they do in a real snapshot.
func BenchmarkCurve(b *testing.B) {
	for _, size := range []struct{ rules, files, reviews int }{
		{10, 10, 5}, {100, 10, 5}, {10, 300, 5}, {10, 3000, 5}, {100, 300, 50}, {50, 3000, 50}, {100, 3000, 5}, {100, 3000, 50},
	} {
		p, r := crowd(size.rules, size.files, 20, size.reviews)
		for i := range p.Rules {
			p.Rules[i].When = When{Target: []string{"main"}, Author: []string{"write"}, NotChanged: &Paths{Match: []string{fmt.Sprintf("frozen-%d/**", i)}}}
		}
		r.Content = "content"
		for i := range r.Reviews {
			r.Reviews[i].Content = "content"
		}
		b.Run(fmt.Sprintf("rules=%d/files=%d/reviews=%d", size.rules, size.files, size.reviews), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Judge(p, r, pairs{{"dev1", "dev2"}}, pull.Pass)
			}
		})
	}
}
