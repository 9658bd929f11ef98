package approval

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

func (b *conditionBuilder) size(alternatives []Size) {
	if alternatives == nil {
		return
	}
	var tests []sizeTest
	for _, s := range alternatives {
		test, err := newSizeTest(s)
		if b.fail("size", err) {
			return
		}
		tests = append(tests, test)
	}
	b.add("size", func(h *hearing) finding { return h.sized(tests) })
}

// sizeTest is a Size, ready to compare. Nil halves are not asked.
type sizeTest struct {
	added, deleted, total *comparison
	words                 string
}

func newSizeTest(s Size) (sizeTest, error) {
	var test sizeTest
	var words []string
	for _, half := range []struct {
		name, text string
		into       **comparison
	}{{"added", s.Added, &test.added}, {"deleted", s.Deleted, &test.deleted}, {"total", s.Total, &test.total}} {
		if half.text == "" {
			continue
		}
		c, err := parseComparison(half.text)
		if err != nil {
			return test, err
		}
		*half.into = &c
		words = append(words, half.name+" "+half.text)
	}
	if len(words) == 0 {
		return test, errors.New("compares nothing")
	}
	test.words = strings.Join(words, " and ")
	return test, nil
}

func (t sizeTest) holds(s pull.Size) bool {
	ok := func(c *comparison, n int) bool { return c == nil || c.holds(n) }
	return ok(t.added, s.Added) && ok(t.deleted, s.Deleted) && ok(t.total, s.Added+s.Deleted)
}

func (h *hearing) sized(tests []sizeTest) finding {
	var wants []string
	for _, t := range tests {
		wants = append(wants, t.words)
	}
	f := finding{saw: "the number of changed lines was not read", wants: either(wants)}
	if s := h.request.Size; s != nil {
		f.saw = fmt.Sprintf("%d lines are added and %d deleted", s.Added, s.Deleted)
		f.truth = truly(slices.ContainsFunc(tests, func(t sizeTest) bool { return t.holds(*s) }))
	}
	return f
}
