package approval

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// Governed is one rule with the files of a landing diff that it governs, in the diff's order.
type Governed struct {
	Index int  // of the rule in Policy.Rules; -1 for the files that no rule matches
	Rule  Rule // the zero Rule when Index is -1
	Files []pull.File
}

// Governing sorts files by the rule that governs each: rules in policy order, then the files that no rule matches.
// Rules that govern nothing are left out. A policy that Check refuses governs nothing.
func Governing(p Policy, files []pull.File) []Governed {
	rules, err := compile(p)
	if err != nil {
		return ungoverned(nil, files)
	}
	return govern(p, rules, files)
}

// compile checks the policy and readies its patterns, rule by rule.
func compile(p Policy) ([][]glob, error) {
	if p.History != "" && p.History != EveryCommit {
		return nil, fmt.Errorf("history is %q, not %q", p.History, EveryCommit)
	}
	rules := make([][]glob, len(p.Rules))
	for i, rule := range p.Rules {
		if err := rule.check(); err != nil {
			return nil, err
		}
		for _, pattern := range rule.Paths {
			globs, err := compilePattern(pattern)
			if err != nil {
				return nil, fmt.Errorf("rule %q: %w", rule.Name, err)
			}
			rules[i] = append(rules[i], globs...)
		}
	}
	return rules, nil
}

func govern(p Policy, rules [][]glob, files []pull.File) []Governed {
	byRule := make([][]pull.File, len(rules))
	var stray []pull.File
	for _, file := range files {
		if i := firstMatch(rules, file.Path); i >= 0 {
			byRule[i] = append(byRule[i], file)
		} else {
			stray = append(stray, file)
		}
	}
	var groups []Governed
	for i, governed := range byRule {
		if len(governed) > 0 {
			groups = append(groups, Governed{i, p.Rules[i], governed})
		}
	}
	return ungoverned(groups, stray)
}

func ungoverned(groups []Governed, stray []pull.File) []Governed {
	if len(stray) == 0 {
		return groups
	}
	return append(groups, Governed{Index: -1, Files: stray})
}

func firstMatch(rules [][]glob, path string) int {
	for i, globs := range rules {
		for _, g := range globs {
			if g.match(path) {
				return i
			}
		}
	}
	return -1
}
