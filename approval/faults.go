package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// PolicyFile is the policy's own path in a repository.
const PolicyFile = ".sallyport.yml"

// faults are what blocks a change whoever agreed to it.
func faults(p Policy, h *hearing, groups []Governed) []pull.Reason {
	r := h.request
	var found []pull.Reason
	add := func(reason pull.Reason) {
		if reason.Code != "" {
			found = append(found, reason)
		}
	}
	add(empty(r))
	add(oddPaths(h.files))
	for _, g := range groups {
		if g.Index < 0 {
			add(stray(g.Files))
			continue
		}
		add(special(g))
		add(unprotected(g, r))
	}
	add(unseen(r))
	add(untold(p, r))
	return found
}

func fault(code, message, next string, files []pull.File) pull.Reason {
	reason := pull.Reason{Code: code, Message: message, Next: next, Evidence: map[string]string{}}
	if len(files) > 0 {
		reason.Evidence["paths"] = listed(paths(files), ", ")
	}
	return reason
}

func empty(r pull.Request) pull.Reason {
	if len(r.Files) > 0 {
		return pull.Reason{}
	}
	message := fmt.Sprintf("Nothing to approve: %s already holds everything in this pull request.", r.Base.Branch)
	return fault("nothing-to-approve", message, "Push a change, or close the pull request", nil)
}

func oddPaths(files []pull.File) pull.Reason {
	odds := only(files, func(f pull.File) bool { return odd(f.Path) })
	if len(odds) == 0 {
		return pull.Reason{}
	}
	message := fmt.Sprintf("%s may not be what it looks like: hidden characters, invalid UTF-8 or decomposed letters.", counted(odds))
	return fault("odd-path", message, "Rename it in plain, composed UTF-8 without hidden characters", odds)
}

func stray(files []pull.File) pull.Reason {
	message := fmt.Sprintf("No rule governs %s.", counted(files))
	return fault("path-ungoverned", message, `Add a rule to the policy on the target branch, for example a last one with paths: ["**"]`, files)
}

// special keeps symlinks, submodules and modes from slipping through a rule that asks nobody: they can reach where
// their path does not say.
func special(g Governed) pull.Reason {
	if g.Rule.Special == SpecialAllow || g.Rule.Require.Demands() > 0 {
		return pull.Reason{}
	}
	specials := only(g.Files, pull.File.Special)
	if len(specials) == 0 {
		return pull.Reason{}
	}
	message := fmt.Sprintf("%s is a symlink, a submodule or a change of mode, which the rule %q does not let through unasked.", counted(specials), g.Rule.Name)
	reason := fault("special-entry", message, "Use a plain file, or write special: allow in the rule", specials)
	reason.Evidence["rule"] = g.Rule.Name
	return reason
}

// unprotected holds the landing tier: whoever may change the gate, or the workflows behind it, without being asked,
// may open it for everything else.
func unprotected(g Governed, r pull.Request) pull.Reason {
	if g.Rule.Require.leastOthers() > 0 {
		return pull.Reason{}
	}
	tier := only(g.Files, func(f pull.File) bool {
		if inTier(f.Path, r) {
			return g.Rule.names(f.Path) // of what it does not name, an admin is asked anyway
		}
		return f.Path == ".github" || strings.HasPrefix(f.Path, ".github/")
	})
	if len(tier) == 0 {
		return pull.Reason{}
	}
	message := fmt.Sprintf("%s decides what may land, but the rule %q asks nobody to approve it.", counted(tier), g.Rule.Name)
	next := fmt.Sprintf("In the policy on the target branch, put a rule for %s and .github/** first that asks for an approval", PolicyFile)
	reason := fault("policy-unprotected", message, next, tier)
	reason.Evidence["rule"] = g.Rule.Name
	return reason
}

// unseen commits could be anybody's, and hold anything.
func unseen(r pull.Request) pull.Reason {
	total := max(r.CommitsTotal, 1)
	if len(r.Commits) >= total || len(r.Files) == 0 {
		return pull.Reason{}
	}
	message := fmt.Sprintf("Only %d of %d commits could be read.", len(r.Commits), total)
	reason := fault("commits-unseen", message, "Split the pull request into smaller ones", nil)
	reason.Evidence["read"], reason.Evidence["total"] = fmt.Sprint(len(r.Commits)), fmt.Sprint(total)
	return reason
}

// untold is history: every-commit where a commit's own difference could hide what the landing diff does not show.
// One plain commit cannot: what it changed is what lands, but for what the base holds already.
func untold(p Policy, r pull.Request) pull.Reason {
	plain := len(r.Commits) == 1 && len(r.Commits[0].Parents) == 1
	told := !slices.ContainsFunc(r.Commits, func(c pull.Commit) bool { return !c.Diffed })
	if p.History != EveryCommit || plain || told || len(r.Files) == 0 {
		return pull.Reason{}
	}
	message := "The policy asks that every commit's own difference be governed, and there is more than one plain commit."
	return fault("history-unseen", message, "Squash the branch into one commit on the target branch, or split it", nil)
}

func only(files []pull.File, wanted func(pull.File) bool) []pull.File {
	if !slices.ContainsFunc(files, wanted) {
		return nil
	}
	var found []pull.File
	for _, f := range files {
		if wanted(f) {
			found = append(found, f)
		}
	}
	return found
}

// counted names a single path, or counts several.
func counted(files []pull.File) string {
	if len(files) == 1 {
		return shown(files[0].Path)
	}
	return fmt.Sprintf("Each of %d paths (%s)", len(files), listed(paths(files), ", "))
}
