package reconcile

import (
	"context"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// publishingGitHub keeps what it is told to write.
type publishingGitHub struct {
	GitHub
	wrote []pull.Report
}

func (g *publishingGitHub) Publish(_ context.Context, _ pull.Repo, r pull.Report) (int64, error) {
	g.wrote = append(g.wrote, r)
	return 900, nil
}

// What GitHub calls completed stays as it ended, whatever an update says: only another run can say otherwise.
func TestWhatHasEndedIsWrittenAnew(t *testing.T) {
	waits := pull.Report{Name: "sallyport/duo", SHA: sha("1"), Status: "in_progress", ExternalID: "asked"}
	passes := pull.Report{Name: "sallyport/duo", SHA: sha("1"), Status: "completed", Conclusion: "success", ExternalID: "confirmed"}
	shown := func(r pull.Report, externalID string) *pull.Check {
		return &pull.Check{Kind: pull.CheckRun, Name: r.Name, App: ourApp, ID: 5, Status: r.Status, Conclusion: r.Conclusion, ExternalID: externalID, StartedAt: noon}
	}
	tests := []struct {
		name   string
		have   *pull.Check
		report pull.Report
		writes bool
		id     int64 // of the run that is changed; 0 for a new one
	}{
		{"there is none", nil, waits, true, 0},
		{"it stands", shown(waits, "asked"), waits, false, 0},
		{"it runs, and has another text", shown(waits, "before"), waits, true, 5},
		{"it runs, and is to end", shown(waits, "asked"), passes, true, 5},
		{"it ended, and its green is taken back", shown(passes, "confirmed"), waits, true, 0},
		{"it ended, and has another text", shown(passes, "before"), passes, true, 0},
		{"it ended, and took the digest alone", shown(passes, "asked"), waits, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := &publishingGitHub{}
			w := world()
			w.App, w.Request.At = ourApp, noon
			var checks []pull.Check
			if tt.have != nil {
				checks = append(checks, *tt.have)
			}
			p := &pass{Reconciler: &Reconciler{GitHub: g}}
			noted, wrote, err := p.writeChecks(t.Context(), Decision{World: w}, []pull.Report{tt.report}, checks)
			if err != nil || wrote != tt.writes || len(noted) != 1 || !noted[0].Shows(tt.report) {
				t.Fatalf("wrote %t, %v, noted %+v; want %t, and one that shows it", wrote, err, noted, tt.writes)
			}
			if wrote && (len(g.wrote) != 1 || g.wrote[0].ID != tt.id) {
				t.Errorf("wrote %+v, want run %d", g.wrote, tt.id)
			}
		})
	}
}
