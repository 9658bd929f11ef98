package duobot

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/sallyport/sallyport/pull"
)

// The bounds of what a phone shows, in characters.
const (
	maxTitle      = 100
	maxPaths      = 200
	maxRepository = 140
	maxBranch     = 60
	maxGlass      = 150
)

// PushInfo is what the phone shows. Paths are all that would change, the most
// significant first; where they are too many, the phone shows their directories.
type PushInfo struct {
	Glass      []string // who broke the glass and why; empty: the landing goes by the gates
	Repository string
	Branch     string // the target, where that is not the default branch
	Number     int
	Others     []int // that land together with it
	Merge      string
	Paths      []string
	Title      string
}

// Describe says on a phone what would land. The paths in first, where they are among the changed ones, are named
// before the others, so that the change that matters is not crowded out by a thousand that do not.
func Describe(r pull.Request, b pull.Binding, first ...string) PushInfo {
	changed := make(map[string]bool, len(r.Files))
	for _, f := range r.Files {
		changed[f.Path] = true
	}
	paths := make([]string, 0, len(r.Files))
	take := func(path string) {
		if changed[path] {
			paths = append(paths, path)
			delete(changed, path)
		}
	}
	for _, path := range first {
		take(path)
	}
	for _, f := range r.Files {
		take(f.Path)
	}
	return PushInfo{
		Glass:      glassLines(r, b),
		Repository: r.Repo.FullName(),
		Branch:     elsewhere(r),
		Number:     b.Number,
		Merge:      b.Merge,
		Paths:      paths,
		Title:      r.Title,
	}
}

func elsewhere(r pull.Request) string {
	if r.Base.Branch == r.Repo.DefaultBranch {
		return ""
	}
	return r.Base.Branch
}

func glassLines(r pull.Request, b pull.Binding) []string {
	if b.Glass == "" || r.Glass == nil {
		return nil
	}
	return r.Glass.Lines()
}

// glass gives each of them the same room, so that a long reason hides nobody.
func (p PushInfo) glass() string {
	lines := make([]string, len(p.Glass))
	for i, line := range p.Glass {
		lines[i] = clip(visible(line), maxGlass)
	}
	return strings.Join(lines, "; ")
}

// kind is what the phone shows above the lines.
func (p PushInfo) kind() string {
	if len(p.Glass) > 0 {
		return "Sallyport BREAK-GLASS landing"
	}
	return pushType
}

// Encode writes Duo's pushinfo parameter: URL-encoded pairs in the order that the phone shows them. The title
// comes last because its author may be the attacker.
func (p PushInfo) Encode() string {
	type pair struct{ key, value string }
	pairs := []pair{
		{"repository", p.where()},
		{"pull request", p.numbers()},
		{"merge", clip(visible(p.Merge), 64)},
		{"paths", p.paths()},
		{"files", strconv.Itoa(len(p.Paths))},
		{"title", clip(visible(p.Title), maxTitle)},
	}
	if len(p.Glass) > 0 { // first of all, for whoever reads no further
		pairs = slices.Insert(pairs, 0, pair{"break-glass", p.glass()})
	}
	encoded := make([]string, len(pairs))
	for i, pair := range pairs {
		encoded[i] = url.QueryEscape(pair.key) + "=" + url.QueryEscape(pair.value)
	}
	return strings.Join(encoded, "&")
}

// where names the target, too, if it is not the one that everybody expects.
func (p PushInfo) where() string {
	where := clip(visible(p.Repository), maxRepository)
	if p.Branch != "" {
		where += ", into " + clip(visible(p.Branch), maxBranch)
	}
	return where
}

// numbers names every pull request that would land.
func (p PushInfo) numbers() string {
	text := "#" + strconv.Itoa(p.Number)
	for _, n := range p.Others {
		text += " #" + strconv.Itoa(n)
	}
	return text
}

// paths names every path if they fit, else the top-level directories with their counts.
func (p PushInfo) paths() string {
	whole := make([]string, len(p.Paths))
	for i, path := range p.Paths {
		whole[i] = visible(path)
	}
	if text := strings.Join(whole, ", "); length(text) <= maxPaths {
		return text
	}
	return fitting(directories(whole))
}

func directories(paths []string) []string {
	var order []string
	count := map[string]int{}
	for _, path := range paths {
		top, _, nested := strings.Cut(path, "/")
		top = clip(top, maxPaths/4)
		if nested {
			top += "/"
		}
		if count[top]++; count[top] == 1 {
			order = append(order, top)
		}
	}
	for i, top := range order {
		if strings.HasSuffix(top, "/") {
			order[i] = fmt.Sprintf("%s (%d)", top, count[top])
		}
	}
	return order
}

// fitting joins as many names as the bound allows and says how many it left out.
func fitting(names []string) string {
	var text string
	for i, name := range names {
		joined := name
		if i > 0 {
			joined = text + ", " + name
		}
		if length(joined) > maxPaths-len(" and 99999 more") {
			return fmt.Sprintf("%s and %d more", text, len(names)-i)
		}
		text = joined
	}
	return text
}

// visible removes what could disguise a text: controls, bidirectional and other invisible formatting, broken
// bytes; any run of white space becomes one space.
func visible(s string) string {
	clean := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case c == unicode.ReplacementChar, !unicode.IsPrint(c):
			return -1
		}
		return c
	}, s)
	return strings.Join(strings.Fields(clean), " ")
}

func clip(s string, limit int) string {
	if length(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

func length(s string) int { return len([]rune(s)) }
