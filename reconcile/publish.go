package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// staleAfter is when a check run that is still in progress is written anew: GitHub gives up on them after 14 days.
const staleAfter = 10 * 24 * time.Hour

// publish writes the check runs on the head.
func (p *pass) publish(ctx context.Context, d Decision) (wrote bool, err error) {
	d.Request.Checks, wrote, err = p.writeChecks(ctx, d, d.Reports, d.Request.Checks)
	if err != nil || !wrote {
		return wrote, err
	}
	return true, p.save(ctx, d, StateOpen)
}

// writeChecks writes the check runs that GitHub does not show among the checks as they should stand: in place what still runs, and
// anew what has ended, for GitHub never changes how a run ended; of several the newest counts, there as here. What was written is
// noted among the checks, so that routine news can be judged on a true copy.
func (p *pass) writeChecks(ctx context.Context, d Decision, reports []pull.Report, checks []pull.Check) (noted []pull.Check, wrote bool, err error) {
	for _, report := range reports {
		have := d.own(checks, report.Name)
		current := have != nil && !stale(*have, d.Request.At)
		if current && have.Shows(report) {
			continue
		}
		if current && !have.Done() {
			report.ID = have.ID
		}
		id, err := p.GitHub.Publish(ctx, d.Request.Repo, report)
		if err != nil {
			return checks, wrote, fmt.Errorf("writing check run %s on %.10s: %w", report.Name, report.SHA, err)
		}
		written := pull.Check{Kind: pull.CheckRun, Name: report.Name, App: d.App, ID: id, Status: report.Status,
			Conclusion: report.Conclusion, ExternalID: report.ExternalID, StartedAt: d.Request.At}
		if wrote = true; have != nil {
			*have = written
		} else {
			checks = append(checks, written)
		}
	}
	return checks, wrote, nil
}

func stale(c pull.Check, now time.Time) bool {
	return !c.Done() && !c.StartedAt.IsZero() && now.Sub(c.StartedAt) > staleAfter
}

// own finds a check run of ours among checks.
func (d Decision) own(checks []pull.Check, name string) *pull.Check {
	for i, c := range checks {
		if c.Kind == pull.CheckRun && c.App == d.App && c.Name == name {
			return &checks[i]
		}
	}
	return nil
}
