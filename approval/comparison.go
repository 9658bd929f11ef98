package approval

import (
	"fmt"
	"regexp"
	"strconv"
)

// comparison is one half of "added > 100".
type comparison struct {
	op    string
	bound int
}

var comparisonShape = regexp.MustCompile(`^(<=|>=|<|>|=) ?(\d{1,9})$`)

// CheckComparison reports, as a *ConditionError, whether a comparison of a Size can be understood.
func CheckComparison(text string) error {
	_, err := parseComparison(text)
	return err
}

func parseComparison(text string) (comparison, error) {
	parts := comparisonShape.FindStringSubmatch(text)
	if parts == nil {
		return comparison{}, &ConditionError{fmt.Sprintf("%q is no comparison", text), `write one of < <= = >= > and a number, for example "> 100"`}
	}
	bound, err := strconv.Atoi(parts[2])
	c := comparison{parts[1], bound}
	if c == (comparison{"<", 0}) || c == (comparison{">=", 0}) {
		return c, &ConditionError{fmt.Sprintf("%q is always the same, whatever changes", text), "compare with a number that matters"}
	}
	return c, err
}

func (c comparison) holds(n int) bool {
	switch c.op {
	case "<":
		return n < c.bound
	case "<=":
		return n <= c.bound
	case "=":
		return n == c.bound
	case ">=":
		return n >= c.bound
	}
	return n > c.bound
}
