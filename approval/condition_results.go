package approval

import (
	"fmt"
	"slices"
	"strings"
)

// result is one check, status or workflow run, as far as a condition asks.
type result struct{ status, conclusion string }

func (b *conditionBuilder) results(key string, r *Results, find func(h *hearing, name string, app int64) []result) {
	if r == nil || b.fail(key, r.check()) {
		return
	}
	wants := both(r.Names) + " ended with " + either(r.Conclusions)
	b.add(key, func(h *hearing) finding {
		var all []truth
		var saw []string
		for _, name := range r.Names {
			one, word := accepted(find(h, name, r.App), r.Conclusions)
			all = append(all, one)
			saw = append(saw, name+" "+word)
		}
		return finding{every(all), wordsOrNone(saw), wants}
	})
}

// accepted judges everything of one name together: one bad end settles it. What is absent or still runs settles
// nothing, since a rule may as well be for what failed as for what succeeded.
func accepted(all []result, conclusions []string) (truth, string) {
	if len(all) == 0 {
		return unknown, "has not reported"
	}
	truths := make([]truth, len(all))
	words := make([]string, len(all))
	for i, r := range all {
		words[i] = "ended with " + r.conclusion
		if r.status != "completed" {
			words[i] = "is " + strings.ReplaceAll(r.status, "_", " ")
			continue
		}
		truths[i] = truly(slices.Contains(conclusions, r.conclusion))
	}
	return every(truths), fmt.Sprint(strings.Join(words, " and "))
}

func checkResults(h *hearing, name string, app int64) []result {
	var found []result
	for _, c := range h.request.Checks {
		if c.Name == name && (app == 0 || c.App == app) {
			found = append(found, result{c.Status, c.Conclusion})
		}
	}
	return found
}

func workflowResults(h *hearing, path string, _ int64) []result {
	var found []result
	for _, w := range h.request.Workflows {
		if w.Path == path {
			found = append(found, result{w.Status, w.Conclusion})
		}
	}
	return found
}
