package policybot

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// ChangedFiles holds when some changed path matches Paths and none of Ignore; as no_changed_files (None) when none
// does. Both names of a renamed file are changed paths.
type ChangedFiles struct {
	impersonal
	None   bool
	Paths  []Pattern
	Ignore []Pattern
}

// Key names the predicate.
func (c ChangedFiles) Key() string {
	if c.None {
		return "no_changed_files"
	}
	return "changed_files"
}

func (c ChangedFiles) judge(h *hearing) finding {
	for _, f := range h.request.Files {
		if !anyMatch(c.Ignore, f.Path) && anyMatch(c.Paths, f.Path) {
			return found(!c.None, fmt.Sprintf("%q is changed", f.Path))
		}
	}
	return found(c.None, "none of "+countedPaths(h.request.Files)+" matches")
}

// OnlyChangedFiles holds when every changed path matches, and at least one is changed.
type OnlyChangedFiles struct {
	impersonal
	Paths []Pattern
}

// Key names the predicate.
func (OnlyChangedFiles) Key() string { return "only_changed_files" }

func (c OnlyChangedFiles) judge(h *hearing) finding {
	for _, f := range h.request.Files {
		if !anyMatch(c.Paths, f.Path) {
			return found(false, fmt.Sprintf("%q is changed too", f.Path))
		}
	}
	return found(len(h.request.Files) > 0, "all of "+countedPaths(h.request.Files)+" match")
}

// ModifiedLines holds when one of the given comparisons does. The zero Comparison is not given.
type ModifiedLines struct {
	impersonal
	Additions, Deletions, Total Comparison
}

// Comparison compares a number of lines: Op is "<", ">" or "=", and "" for none.
type Comparison struct {
	Op    string
	Bound int64
}

func (c Comparison) holds(n int64) bool {
	switch c.Op {
	case "<":
		return n < c.Bound
	case ">":
		return n > c.Bound
	case "=":
		return n == c.Bound
	}
	return false
}

// Key names the predicate.
func (ModifiedLines) Key() string { return "modified_lines" }

func (c ModifiedLines) judge(h *hearing) finding {
	size := h.request.Size
	if size == nil {
		return doubtful(pull.Reason{
			Code: "size-unknown", Message: "The number of changed lines was not read.",
			Next: "Comment /sallyport recheck",
		})
	}
	added, deleted := int64(size.Added), int64(size.Deleted)
	holds := c.Additions.holds(added) || c.Deletions.holds(deleted) || c.Total.holds(added+deleted)
	return found(holds, fmt.Sprintf("%d lines added, %d deleted", added, deleted))
}
