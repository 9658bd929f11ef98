package approval

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// tierFiles decide what may land, together with everything under .github/workflows.
var tierFiles = []string{PolicyFile, ".policy.yml", ".bulldozer.yml", ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

// Decides reports whether a file of the repository decides what may land in it.
func Decides(path string, r pull.Request) bool { return inTier(path, r) }

func inTier(path string, r pull.Request) bool {
	return slices.Contains(tierFiles, path) || path == r.Policy.Path || path == r.Codeowners.Path ||
		path == ".github/workflows" || strings.HasPrefix(path, ".github/workflows/")
}

// unnamed are the files of the landing tier that the rule governs by a pattern that names other things as well: nobody
// thought of them when they wrote it.
func unnamed(g Governed, r pull.Request) []pull.File {
	return only(g.Files, func(f pull.File) bool { return inTier(f.Path, r) && !g.Rule.names(f.Path) })
}

// names reports whether a pattern of the rule means the path itself: it ends in the file's own name, or begins with the
// folder .github, without a wildcard in that part.
func (r Rule) names(path string) bool {
	folder, file := path, path[strings.LastIndexByte(path, '/')+1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		folder = path[:i]
	}
	globs, _ := compileAll(r.Paths) // check saw to it that they compile
	return slices.ContainsFunc(globs, func(g glob) bool {
		if !g.match(path) {
			return false
		}
		written := g.written()
		return strings.HasSuffix("/"+written, "/"+file) || folder == ".github" && strings.HasPrefix(written+"/", ".github/")
	})
}

// tierRule is what the landing tier asks where no rule names it: an admin must agree, whatever is asked of whoever
// else governs the path.
var tierRule = Rule{Name: "what decides landings, and no rule names", Require: Requirement{Approvals: &Approvals{Count: 1, From: []string{"admin"}}}}

// guarded adds the files of the landing tier that no rule names, as a group of their own.
func guarded(p Policy, r pull.Request, groups []Governed) []Governed {
	tier := Governed{Index: len(p.Rules), Rule: tierRule}
	for _, g := range groups {
		if g.Index >= 0 && !g.Rule.asksAdmin() {
			tier.Files = append(tier.Files, unnamed(g, r)...)
		}
	}
	if len(tier.Files) == 0 {
		return groups
	}
	return append(slices.Clip(groups), tier)
}

// asksAdmin reports whether the rule as a whole asks for no less than the landing tier does.
func (r Rule) asksAdmin() bool {
	a := r.Require.Approvals
	return a != nil && slices.Equal(a.From, tierRule.Require.Approvals.From) && !a.authorCounts() && !a.othersCount() && a.By == nil
}
