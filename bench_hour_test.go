package main

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/internal/story"
)

// landingsPerHour is an hour's share of a day of 2,500 landings.
const landingsPerHour = 105

// BenchmarkHour plays a slice of such an hour, fifteen landings among ten pull requests that stay open, and counts what each
// takes of an installation's two budgets: REST requests and GraphQL points. The naive design reads twice for each event.
func BenchmarkHour(b *testing.B) {
	const slice, open, reads = 15, 10, 2
	for b.Loop() {
		w := town(b, story.Options{}, "ci")
		for i := range open {
			play(b, w, fmt.Sprintf("propose eve staging/open-%d.nomad", i))
		}
		settle(b, w)
		w.GitHub.ResetCalls()
		before := len(w.App.Deliveries())
		for i := range slice {
			typical(b, w, i)
		}
		settle(b, w)
		rest, points, queries := 0, 0, 0
		for _, c := range w.GitHub.Calls() {
			if points += c.Points; c.Operation != "" {
				queries++
			} else if c.Counts {
				rest++
			}
		}
		events := len(w.App.Deliveries()) - before
		const scale = float64(landingsPerHour) / slice
		b.ReportMetric(float64(rest)*scale, "rest/h")
		b.ReportMetric(float64(points)*scale, "points/h")
		b.ReportMetric(float64(queries)*scale, "queries/h")
		b.ReportMetric(float64(events)*scale, "events/h")
		b.ReportMetric(float64(events*reads)*scale, "naive-queries/h")
	}
}

// typical is what happens to a pull request from opening to landing.
func typical(b *testing.B, w *story.World, i int) {
	play(b, w, fmt.Sprintf("propose dev staging/web-%d.nomad", i), fmt.Sprintf("push dev staging/more-%d.nomad", i))
	pulls := w.Repo.Pulls()
	head := pulls[len(pulls)-1].Head()
	for _, state := range [][2]string{{"queued", ""}, {"in_progress", ""}, {"completed", "success"}} {
		for _, name := range []string{"lint", "plan", "ci"} {
			if state[0] == "completed" && name == "ci" {
				play(b, w, "review ana approves")
			}
			if _, err := w.Repo.CheckRun(w.CI, name, head, state[0], state[1]); err != nil {
				b.Fatal(err)
			}
		}
	}
	play(b, w, "landed")
}
