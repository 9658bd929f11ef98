package approval

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Limits that no honest expression reaches and that keep a hostile one cheap to compile.
const (
	expressionBytes = 512
	expressionParts = 5000
)

// CheckExpression reports, as a *ConditionError, whether a regular expression is one that can be used.
func CheckExpression(text string) error {
	_, err := expression(text)
	return err
}

func expression(text string) (*regexp.Regexp, error) {
	if len(text) > expressionBytes {
		return nil, &ConditionError{fmt.Sprintf("the expression is longer than %d bytes", expressionBytes), "split it into several"}
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, &ConditionError{strings.TrimPrefix(err.Error(), "error parsing regexp: "), "write a regular expression as Go reads it (RE2)"}
	}
	if parts(tree) > expressionParts {
		return nil, &ConditionError{"the expression repeats too much to be matched cheaply", "use smaller repeat counts"}
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, &ConditionError{strings.TrimPrefix(err.Error(), "error parsing regexp: "), "write a regular expression as Go reads it (RE2)"}
	}
	if re.MatchString("") {
		return nil, &ConditionError{fmt.Sprintf("%q matches the empty text, so it finds something in every text", text), "say what must be there"}
	}
	return re, nil
}

// parts counts what the expression grows to once its repeats are written out.
func parts(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n += parts(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
