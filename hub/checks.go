package hub

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// source is what "the newest of a name" is taken within: a check run and a status may share a name, and so may the
// check runs of two apps, and each of them speaks for itself.
type source struct {
	kind pull.CheckKind
	app  int64
	name string
}

// checksOf reads the contexts of a head and keeps the newest of each source, in a stable order.
func checksOf(contexts []contextFacts) []pull.Check {
	newest := map[source]pull.Check{}
	for _, c := range contexts {
		check := c.decode()
		k := source{check.Kind, check.App, check.Name}
		if old, ok := newest[k]; !ok || newer(check, old) {
			newest[k] = check
		}
	}
	checks := make([]pull.Check, 0, len(newest))
	for _, c := range newest {
		checks = append(checks, c)
	}
	slices.SortFunc(checks, func(a, b pull.Check) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.App, b.App))
	})
	return checks
}

// newer compares two of one source. Check runs are ordered by id, which GitHub counts up: their start is whatever the
// app says it is, and missing while they queue. Statuses have no id, but GitHub itself stamps their time.
func newer(a, b pull.Check) bool {
	if a.Kind == pull.CheckRun {
		return a.ID > b.ID
	}
	return a.StartedAt.After(b.StartedAt)
}

func (c contextFacts) decode() pull.Check {
	if c.Kind == "StatusContext" {
		return c.status()
	}
	check := pull.Check{
		Kind: pull.CheckRun, Name: c.Name, ID: c.ID, Status: strings.ToLower(c.Status),
		Conclusion: strings.ToLower(c.Conclusion), ExternalID: c.ExternalID, StartedAt: timeOf(c.StartedAt), URL: c.DetailsURL,
	}
	if c.Suite != nil && c.Suite.App != nil {
		check.App = c.Suite.App.ID
	}
	return check
}

func (c contextFacts) status() pull.Check {
	check := pull.Check{Kind: pull.CommitStatus, Name: c.Context, Status: "completed", Conclusion: strings.ToLower(c.State),
		StartedAt: timeOf(c.CreatedAt), URL: c.TargetURL}
	if c.State == "PENDING" || c.State == "EXPECTED" {
		check.Status, check.Conclusion = "pending", ""
	}
	return check
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
