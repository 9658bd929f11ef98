package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// groupReports are our check runs on the group that the merge queue built. None is green before all are and the landing is
// in the books: whichever of them the branch requires, it says no until then.
func (d Decision) groupReports(released bool) []pull.Report {
	if !d.Request.Queued.Built() {
		return nil
	}
	red := d.Binding.Method != "" && automerge.Red(d.queueCase())
	var out []pull.Report
	for i, report := range d.Reports {
		if i < len(pull.Gates) {
			report = d.report(d.Verdicts[i])
		}
		out = append(out, onGroup(report, d.Request.Queued.Head, released, red))
	}
	return out
}

func onGroup(r pull.Report, head string, released, red bool) pull.Report {
	r.SHA, r.Annotations = head, nil
	switch blocks := r.Conclusion == "failure" || r.Conclusion == "action_required"; {
	case released:
		r.Status, r.Conclusion = "completed", "success"
	case red && !blocks:
		r.Status, r.Conclusion, r.Title = "completed", "failure", "A required check failed on this group: it cannot land."
	case blocks:
	case r.Conclusion == "success":
		r.Title = clip("Passes; let go together with the other gates. "+r.Title, 250)
		fallthrough
	default:
		r.Status, r.Conclusion = "in_progress", ""
	}
	r.ExternalID = ""
	r.ExternalID = digest(r)
	return r
}

// publishGroup writes the check runs on the group that GitHub does not show as they should stand.
func (p *pass) publishGroup(ctx context.Context, d *Decision, reports []pull.Report) error {
	wrote := false
	for _, report := range reports {
		have := d.groupCheck(report.Name)
		if have != nil && have.ExternalID == report.ExternalID && !stale(*have, d.Request.At) {
			continue
		}
		if have != nil && !stale(*have, d.Request.At) {
			report.ID = have.ID
		}
		id, err := p.GitHub.Publish(ctx, d.Request.Repo, report)
		if err != nil {
			return fmt.Errorf("writing check run %s on the group %.10s: %w", report.Name, report.SHA, err)
		}
		d.rememberOnGroup(report, id)
		wrote = true
	}
	if !wrote {
		return nil
	}
	return p.save(ctx, *d, StateOpen)
}

func (d Decision) groupCheck(name string) *pull.Check {
	for i, c := range d.Request.Queued.Checks {
		if c.Kind == pull.CheckRun && c.App == d.App && c.Name == name {
			return &d.Request.Queued.Checks[i]
		}
	}
	return nil
}

// rememberOnGroup notes in the snapshot what was just written on the group.
func (d *Decision) rememberOnGroup(report pull.Report, id int64) {
	q := *d.Request.Queued
	q.Checks = overlay(slices.Clone(q.Checks), pull.Check{Kind: pull.CheckRun, Name: report.Name, App: d.App, ID: id, Status: report.Status,
		Conclusion: report.Conclusion, ExternalID: report.ExternalID, StartedAt: d.Request.At})
	d.Request.Queued, d.World.Request.Queued = &q, &q
}

// groupDrifts reports whether our check runs on the group should read differently.
func (d Decision) groupDrifts() bool {
	return slices.ContainsFunc(d.groupReports(d.Stage == automerge.Agreed), func(r pull.Report) bool {
		have := d.groupCheck(r.Name)
		return have == nil || have.ExternalID != r.ExternalID
	})
}
