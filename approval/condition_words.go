package approval

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func (b *conditionBuilder) labels(wanted []string) {
	if wanted == nil {
		return
	}
	b.add("labels", func(h *hearing) finding {
		missing := slices.ContainsFunc(wanted, func(want string) bool {
			return !slices.ContainsFunc(h.request.Labels, func(have string) bool { return strings.EqualFold(have, want) })
		})
		return finding{truly(!missing), "the labels are " + wordsOrNone(h.request.Labels), both(wanted)}
	})
}

func (h *hearing) drafted(wanted bool) finding {
	saw := "it is no draft"
	if h.request.Draft {
		saw = "it is a draft"
	}
	return finding{truth: truly(h.request.Draft == wanted), saw: saw}
}

func (b *conditionBuilder) title(t *Title) {
	if t == nil {
		return
	}
	matches, err := expressions(t.Matches)
	if b.fail("title", err) {
		return
	}
	refuses, err := expressions(t.NotMatches)
	if b.fail("title", err) {
		return
	}
	if len(matches)+len(refuses) == 0 {
		b.fail("title", errors.New("says nothing of the title"))
		return
	}
	wants := titleWants(*t)
	b.add("title", func(h *hearing) finding {
		finds := func(re *regexp.Regexp) bool { return re.MatchString(h.request.Title) }
		holds := (len(matches) == 0 || slices.ContainsFunc(matches, finds)) && !slices.ContainsFunc(refuses, finds)
		return finding{truly(holds), fmt.Sprintf("the title is %q", h.request.Title), wants}
	})
}

func titleWants(t Title) string {
	var parts []string
	if len(t.Matches) > 0 {
		parts = append(parts, "a title that matches "+either(quoted(t.Matches)))
	}
	if len(t.NotMatches) > 0 {
		parts = append(parts, "a title that does not match "+either(quoted(t.NotMatches)))
	}
	return strings.Join(parts, " and ")
}

func expressions(texts []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, text := range texts {
		re, err := expression(text)
		if err != nil {
			return nil, err
		}
		all = append(all, re)
	}
	return all, nil
}
