package automerge

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sallyport/sallyport/pull"
)

// Match is a condition on a pull request: its signals and parts, of which any one must hold, or all of them. A Match of
// nothing never holds.
type Match struct {
	All bool
	Signals
	Parts []Match
}

// Signals are what a pull request may show. Each holds as soon as one of its entries fits.
type Signals struct {
	Labels          []string // case-insensitive, as GitHub treats them
	Comments        []string // the whole of a comment, be it on a line of the diff, or of the description, but for space around it
	CommentContains []string // part of one
	BodyContains    []string // part of the description
	Target, Source  []string // doublestar patterns of branch names
	TargetMatches   []*regexp.Regexp
	CommitsAtMost   int // 0 says nothing
	AutoMerge       bool

	Command bool // /sallyport land is as good as the comment that is looked for; set while judging, never by a file
}

// finding is one signal of a condition: what it looks for, and what was seen of it.
type finding struct {
	wants string
	saw   string // empty: nothing
}

// asked reports whether r fulfils a condition that lets something happen, with what fulfilled it. Words count only
// from people who may write: whoever can comment on a public repository must not be able to land.
func (m Match) asked(r pull.Request) (string, bool) { return m.holds(r, mayWrite) }

// vetoed reports whether r fulfils a condition that holds something back: there, anybody's words count.
func (m Match) vetoed(r pull.Request) (string, bool) {
	return m.holds(r, func(pull.Request, pull.Account) bool { return true })
}

type speaker func(pull.Request, pull.Account) bool

func mayWrite(r pull.Request, who pull.Account) bool {
	return who.Known() && r.Standing.Roles[who.ID] >= pull.Write
}

func (m Match) holds(r pull.Request, counts speaker) (string, bool) {
	var saw []string
	n := 0
	for _, f := range m.findings(r, counts) {
		if n++; f.saw != "" {
			saw = append(saw, f.saw)
		}
	}
	for _, part := range m.Parts {
		n++
		if what, ok := part.holds(r, counts); ok {
			saw = append(saw, what)
		}
	}
	if m.All {
		return strings.Join(saw, ", "), n > 0 && len(saw) == n
	}
	return strings.Join(saw, ", "), len(saw) > 0
}

func (m Match) findings(r pull.Request, counts speaker) []finding {
	var out []finding
	add := func(given bool, wants, saw string) {
		if given {
			out = append(out, finding{wants, saw})
		}
	}
	add(len(m.Labels) > 0, "a label "+quoted(m.Labels), m.label(r))
	add(len(m.Comments) > 0, "a comment "+quoted(m.Comments), cmp.Or(m.words(r, counts, m.Comments, same), m.commanded(r, counts)))
	add(len(m.CommentContains) > 0, "a comment with "+quoted(m.CommentContains),
		cmp.Or(m.words(r, counts, m.CommentContains, strings.Contains), m.commanded(r, counts)))
	add(len(m.BodyContains) > 0, "a description with "+quoted(m.BodyContains), m.body(r, counts))
	add(len(m.Target) > 0, "a target "+quoted(m.Target), branch("target", m.Target, r.Base.Branch))
	add(len(m.Source) > 0, "a source "+quoted(m.Source), branch("source", m.Source, r.Head.Branch))
	add(len(m.TargetMatches) > 0, "a target that matches "+expressions(m.TargetMatches), m.targetMatches(r))
	add(m.CommitsAtMost > 0, fmt.Sprintf("%d commits at most", m.CommitsAtMost), m.commits(r))
	add(m.AutoMerge, "GitHub's auto-merge", map[bool]string{true: "GitHub's auto-merge is on"}[r.AutoMerge])
	return out
}

// Wants says in words what the condition looks for.
func (m Match) Wants() string {
	var wants []string
	for _, f := range m.findings(pull.Request{}, mayWrite) {
		wants = append(wants, f.wants)
	}
	for _, part := range m.Parts {
		wants = append(wants, "("+part.Wants()+")")
	}
	return strings.Join(wants, map[bool]string{true: " and ", false: " or "}[m.All])
}

func (m Match) label(r pull.Request) string {
	for _, have := range r.Labels {
		if slices.ContainsFunc(m.Labels, func(want string) bool { return strings.EqualFold(have, want) }) {
			return fmt.Sprintf("the label %q", have)
		}
	}
	return ""
}

func (m Match) commits(r pull.Request) string {
	if r.CommitsTotal == 0 || r.CommitsTotal > m.CommitsAtMost {
		return ""
	}
	return fmt.Sprintf("%d commits", r.CommitsTotal)
}

func (m Match) targetMatches(r pull.Request) string {
	if slices.ContainsFunc(m.TargetMatches, func(e *regexp.Regexp) bool { return e.MatchString(r.Base.Branch) }) {
		return fmt.Sprintf("the target %q", r.Base.Branch)
	}
	return ""
}

func branch(kind string, patterns []string, name string) string {
	if slices.ContainsFunc(patterns, func(p string) bool { return doublestar.MatchUnvalidated(p, name) }) {
		return fmt.Sprintf("the %s %q", kind, name)
	}
	return ""
}

func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(out, " or ")
}

func expressions(list []*regexp.Regexp) string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.String()
	}
	return strings.Join(out, " or ")
}
