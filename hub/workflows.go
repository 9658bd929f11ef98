package hub

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// workflowsOf reads which Actions workflows ran on a head, by their check runs' suites: the newest run for each file
// and kind of event, since each kind speaks for itself.
func workflowsOf(contexts []contextFacts) []pull.Workflow {
	type source struct{ path, event string }
	newest := map[source]*suiteFacts{}
	for _, c := range contexts {
		if c.Suite == nil || c.Suite.Run == nil || c.Suite.Run.File == nil {
			continue
		}
		k := source{c.Suite.Run.File.Path, c.Suite.Run.Event}
		if old := newest[k]; old == nil || c.Suite.ID > old.ID {
			newest[k] = c.Suite
		}
	}
	var out []pull.Workflow
	for k, suite := range newest {
		out = append(out, pull.Workflow{Path: k.path, Status: strings.ToLower(suite.Status), Conclusion: strings.ToLower(suite.Conclusion)})
	}
	slices.SortFunc(out, func(a, b pull.Workflow) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Conclusion, b.Conclusion))
	})
	return out
}
