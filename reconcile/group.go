package reconcile

import (
	"context"
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

// publishGroup writes our check runs on the group.
func (p *pass) publishGroup(ctx context.Context, d *Decision, reports []pull.Report) error {
	if len(reports) == 0 {
		return nil
	}
	queued := *d.Request.Queued
	noted, wrote, err := p.writeChecks(ctx, *d, reports, slices.Clone(queued.Checks))
	if err != nil || !wrote {
		return err
	}
	queued.Checks = noted
	d.Request.Queued = &queued
	return p.save(ctx, *d, StateOpen)
}

// groupDrifts reports whether our check runs on the group should read differently.
func (d Decision) groupDrifts() bool {
	return slices.ContainsFunc(d.groupReports(d.Stage == automerge.Agreed), func(r pull.Report) bool {
		have := d.own(d.Request.Queued.Checks, r.Name)
		return have == nil || !have.Shows(r)
	})
}
