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

// FileChange is file_added, or file_deleted where Deleted is set: it holds when some such path matches, and as file_not_added and
// file_not_deleted (None) when none does. A rename adds the new name and deletes the old one.
type FileChange struct {
	impersonal
	Deleted, None bool
	Paths         []Pattern
}

// Key names the predicate.
func (c FileChange) Key() string {
	if c.None {
		return "file_not_" + c.verb()
	}
	return "file_" + c.verb()
}

func (c FileChange) verb() string {
	if c.Deleted {
		return "deleted"
	}
	return "added"
}

func (c FileChange) meant(f pull.File) bool {
	if c.Deleted {
		return f.NewMode == pull.Absent
	}
	return f.OldMode == pull.Absent
}

func (c FileChange) judge(h *hearing) finding {
	meant := only(h.request.Files, c.meant)
	for _, f := range meant {
		if anyMatch(c.Paths, f.Path) {
			return found(!c.None, fmt.Sprintf("%q is %s", f.Path, c.verb()))
		}
	}
	return found(c.None, c.unmatched(meant))
}

func (c FileChange) unmatched(meant []pull.File) string {
	switch len(meant) {
	case 0:
		return "nothing is " + c.verb()
	case 1:
		return fmt.Sprintf("%q is %s and does not match", meant[0].Path, c.verb())
	}
	return fmt.Sprintf("none of %d paths that are %s matches", len(meant), c.verb())
}
