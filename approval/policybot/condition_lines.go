package policybot

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// ModifiedLines holds when one of the given comparisons does. The zero Comparison is not given.
type ModifiedLines struct {
	impersonal
	Additions, Deletions, Total Comparison
	Files                       FileFilter
}

// FileFilter picks out the files whose lines are counted: those of Include, or all where it is empty, without those of Exclude.
type FileFilter struct{ Include, Exclude []Pattern }

// Empty reports whether every file counts.
func (f FileFilter) Empty() bool { return len(f.Include)+len(f.Exclude) == 0 }

func (f FileFilter) counts(file pull.File) bool {
	return !anyMatch(f.Exclude, file.Path) && (len(f.Include) == 0 || anyMatch(f.Include, file.Path))
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

// over is what the comparison comes to for a number of which only the bounds are known.
func (c Comparison) over(least, most int64) truth {
	within := c.Op == "=" && least < c.Bound && c.Bound < most
	if within || c.holds(least) != c.holds(most) {
		return unknown
	}
	return truthOf(c.holds(least))
}

// Key names the predicate.
func (ModifiedLines) Key() string { return "modified_lines" }

func (c ModifiedLines) judge(h *hearing) finding {
	if h.request.Size == nil {
		return doubtful(pull.Reason{
			Code: "size-unknown", Message: "The number of changed lines was not read.",
			Next: "Comment /sallyport recheck",
		})
	}
	least, most, saw := c.bounds(*h.request.Size, h.request.Files)
	return finding{holds: c.over(least, most), saw: saw, doubt: undivided(saw)}
}

// bounds are the sizes between which the files that count must be: GitHub's numbers are of all files together.
func (c ModifiedLines) bounds(size pull.Size, files []pull.File) (least, most pull.Size, saw string) {
	saw = fmt.Sprintf("%d lines added, %d deleted", size.Added, size.Deleted)
	if c.Files.Empty() {
		return size, size, saw
	}
	counted := only(files, c.Files.counts)
	saw += fmt.Sprintf(" in all, and %d of %s counted", len(counted), countedPaths(files))
	switch len(counted) {
	case 0:
		return pull.Size{}, pull.Size{}, saw
	case len(files):
		return size, size, saw
	}
	return pull.Size{}, size, saw
}

// over takes the comparisons as alternatives.
func (c ModifiedLines) over(least, most pull.Size) truth {
	holds := no
	for _, t := range []truth{
		c.Additions.over(int64(least.Added), int64(most.Added)),
		c.Deletions.over(int64(least.Deleted), int64(most.Deleted)),
		c.Total.over(int64(least.Added+least.Deleted), int64(most.Added+most.Deleted)),
	} {
		if t == yes || t == unknown && holds == no {
			holds = t
		}
	}
	return holds
}

// undivided is the doubt where only some of the files count.
func undivided(saw string) pull.Reason {
	return pull.Reason{
		Code: "size-undivided", Message: fmt.Sprintf("How many of the lines are in the files that count was not read: %s.", saw),
		Next: "Move the files that do not count into a pull request of their own",
	}
}
