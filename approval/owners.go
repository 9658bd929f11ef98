package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// estate is the files that the same people own.
type estate struct {
	count   int // how many of them must agree
	entries []From
	lines   string // where the owners are named, for people
	files   []pull.File
	fault   pull.Reason // why nobody can be asked; Code "" where somebody can
}

// owned judges per-file ownership: the owners of each file must agree to it.
func (h *hearing) owned(estates []estate) outcome {
	parts := make([]outcome, 0, len(estates))
	for _, e := range estates {
		if e.fault.Code != "" {
			parts = append(parts, outcome{reason: e.fault})
			continue
		}
		p, err := h.convene(ownersKey(e), e.entries, Approvals{})
		if err != nil {
			return invalid(err)
		}
		out := h.ruled(p, e.count, 0)
		out.reason = ofEstate(out.reason, e)
		parts = append(parts, out)
	}
	return h.allOf(parts)
}

// ofEstate says which files an answer is about. The answer itself may be shared.
func ofEstate(reason pull.Reason, e estate) pull.Reason {
	evidence := map[string]string{"owned": listed(paths(e.files[:min(len(e.files), shownAtMost)]), ", "), "owned_count": fmt.Sprint(len(e.files))}
	for k, v := range reason.Evidence {
		evidence[k] = v
	}
	if e.lines != "" {
		evidence["codeowners_line"] = e.lines
	}
	reason.Evidence = evidence
	return reason
}

// estatesOf sorts the files by the native list of owners.
func estatesOf(o Owners, files []pull.File) []estate {
	type entry struct {
		globs   []glob
		entries []From
	}
	entries := make([]entry, len(o.Files))
	for i, owner := range o.Files {
		globs, _ := compileAll(owner.Paths) // check saw to it that they compile
		entries[i] = entry{globs, parsed(owner.From)}
	}
	return sortEstates(files, func(path string) estate {
		for _, e := range entries {
			if anyMatch(e.globs, path) {
				return estate{count: o.Count, entries: e.entries}
			}
		}
		return estate{fault: pull.Reason{Code: "owner-missing", Next: "Give the path an owner in the rule's owners on the target branch"}}
	})
}

// codeEstates sorts the files by the CODEOWNERS file. Files that nobody owns are left out where the rule allows it.
func (h *hearing) codeEstates(c Codeowners, files []pull.File) []estate {
	if h.owners == nil {
		h.owners = readCodeowners(h.request.Codeowners)
	}
	if h.owners.fault.Code != "" {
		return []estate{{fault: h.owners.fault, files: files}}
	}
	return sortEstates(files, func(path string) estate {
		line := h.owners.owner(path)
		switch {
		case line == nil || len(line.owners)+len(line.emails) == 0:
			if c.Unowned == SpecialAllow {
				return estate{}
			}
			return estate{fault: pull.Reason{Code: "owner-missing", Next: "Give the path an owner in CODEOWNERS on the target branch, or write unowned: allow in the rule"}}
		case len(line.owners) == 0:
			return estate{lines: fmt.Sprint(line.number), fault: pull.Reason{Code: "owner-unresolvable",
				Next: "Name the owner by login or team in CODEOWNERS: an e-mail address is no identity"}}
		}
		return estate{count: c.Count, entries: line.owners, lines: fmt.Sprint(line.number)}
	})
}

// sortEstates gathers files with equal owners, in the order of the diff.
func sortEstates(files []pull.File, find func(path string) estate) []estate {
	var estates []estate
	at := map[string]int{}
	for _, f := range files {
		e := find(f.Path)
		if e.fault.Code == "" && e.entries == nil {
			continue
		}
		key := e.fault.Code + fmt.Sprint(e.entries) + e.lines
		i, known := at[key]
		if !known {
			i = len(estates)
			at[key] = i
			estates = append(estates, e)
		}
		estates[i].files = append(estates[i].files, f)
	}
	for i, e := range estates {
		estates[i].fault = e.worded()
	}
	return estates
}

// worded completes a fault about the estate's files.
func (e estate) worded() pull.Reason {
	fault := e.fault
	switch fault.Code {
	case "owner-missing":
		fault.Message = fmt.Sprintf("%s has no owner.", strings.TrimSuffix(counted(e.files), "."))
	case "owner-unresolvable":
		fault.Message = fmt.Sprintf("%s is owned by an e-mail address only, which cannot be resolved to an account.", counted(e.files))
	default:
		return fault
	}
	fault.Evidence = ofEstate(fault, e).Evidence
	return fault
}

// ownerEntries are the owners of the files, at any depth of the requirement.
func (h *hearing) ownerEntries(q Requirement, files []pull.File) []From {
	var entries []From
	for _, e := range h.ownerEstates(q, files) {
		entries = append(entries, e.entries...)
	}
	return entries
}

func (h *hearing) ownerEstates(q Requirement, files []pull.File) []estate {
	var estates []estate
	if q.Owners != nil {
		estates = estatesOf(*q.Owners, files)
	}
	if q.Codeowners != nil {
		estates = append(estates, h.codeEstates(*q.Codeowners, files)...)
	}
	for _, part := range slices.Concat(q.Any, q.All) {
		estates = append(estates, h.ownerEstates(part, files)...)
	}
	return estates
}

func ownersKey(e estate) string { return "owners\x00" + fmt.Sprint(e.entries) }
