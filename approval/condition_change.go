package approval

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

func (b *conditionBuilder) patterns(key string, words []string, ask func(h *hearing, globs []glob) finding) {
	if words == nil {
		return
	}
	if key == "repository" {
		words = lowered(words)
	}
	globs, err := compileAll(words)
	if b.fail(key, err) {
		return
	}
	b.add(key, func(h *hearing) finding {
		f := ask(h, globs)
		f.wants = either(words)
		return f
	})
}

func compileAll(patterns []string) ([]glob, error) {
	var all []glob
	for _, pattern := range patterns {
		globs, err := compilePattern(pattern)
		if err != nil {
			return nil, err
		}
		all = append(all, globs...)
	}
	return all, nil
}

func anyMatch(globs []glob, text string) bool {
	for i := range globs {
		if globs[i].match(text) {
			return true
		}
	}
	return false
}

func target(h *hearing, globs []glob) finding {
	branch := h.request.Base.Branch
	return finding{truth: truly(anyMatch(globs, branch)), saw: "the target branch is " + branch}
}

// source keeps a fork's branches apart: only a pattern that is written for forks, with a colon, means one.
func source(h *hearing, globs []glob) finding {
	head := h.request.Head
	switch {
	case head.Repo == 0 || head.Repo != h.request.Repo.ID && head.Owner == "":
		return finding{saw: "the branch came from a repository that is gone"}
	case head.Repo == h.request.Repo.ID:
		return finding{truth: truly(anyMatch(globs, head.Branch)), saw: "the branch is " + head.Branch}
	}
	forks := slices.DeleteFunc(slices.Clone(globs), func(g glob) bool { return !strings.Contains(g.pattern+g.literal, ":") })
	name := head.Owner + ":" + head.Branch
	return finding{truth: truly(anyMatch(forks, name)), saw: "the branch is " + name + ", of a fork"}
}

func repository(h *hearing, globs []glob) finding {
	name := h.request.Repo.FullName()
	return finding{truth: truly(anyMatch(globs, strings.ToLower(name))), saw: "the repository is " + name}
}

// pathSet is a Paths, ready to match.
type pathSet struct{ match, ignore []glob }

// sort counts the changed paths that the set takes into account, and picks out those among them that match.
func (s pathSet) sort(h *hearing) (matching []pull.File, counted int) {
	ignored, matched := h.folders.reached(s.ignore), h.folders.reached(s.match)
	for i, f := range h.files {
		in := h.folders.of[i]
		if ignored[in] && anyMatch(s.ignore, f.Path) {
			continue
		}
		counted++
		if matched[in] && anyMatch(s.match, f.Path) {
			matching = append(matching, f)
		}
	}
	return matching, counted
}

func (b *conditionBuilder) paths(key string, p *Paths, ask func(matching []pull.File, counted int) bool) {
	if p == nil {
		return
	}
	match, err := compileAll(p.Match)
	if b.fail(key, err) {
		return
	}
	ignore, err := compileAll(p.Ignore)
	if b.fail(key, err) {
		return
	}
	if len(match) == 0 {
		b.fail(key, errors.New("names no pattern"))
		return
	}
	set, wants := pathSet{match, ignore}, either(p.Match)
	b.add(key, func(h *hearing) finding {
		matching, counted := set.sort(h)
		saw := fmt.Sprintf("%d of %d changed paths match", len(matching), counted)
		if len(matching) > 0 {
			saw += " (" + listed(paths(matching[:min(len(matching), shownAtMost)]), ", ") + ")"
		}
		return finding{truly(ask(matching, counted)), saw, wants}
	})
}

func changed(matching []pull.File, _ int) bool    { return len(matching) > 0 }
func notChanged(matching []pull.File, _ int) bool { return len(matching) == 0 }

// onlyChanged never holds of nothing.
func onlyChanged(matching []pull.File, counted int) bool {
	return counted > 0 && len(matching) == counted
}
