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
	// Conditions is what each condition of the rule saw. Doubtful says that they could not all be told, so that the
	// files are governed by the rules that follow as well.
	Conditions []pull.Reason
	Doubtful   bool
}

// Governing sorts the request's files by the rules that govern each: rules in policy order, then the files that no
// rule matches. Rules that govern nothing are left out. A file has several rules only where a condition could not be
// told. A policy that Check refuses governs nothing.
func Governing(p Policy, r pull.Request) []Governed {
	rules, err := compile(p)
	if err != nil {
		return ungoverned(nil, changedFiles(r))
	}
	groups, _ := newFacts(r, nil).govern(p, rules)
	return groups
}

// ready is a rule with its patterns and conditions compiled.
type ready struct {
	globs      []glob
	conditions []condition
}

// compile checks the policy and readies its patterns and conditions, rule by rule.
func compile(p Policy) ([]ready, error) {
	if p.History != "" && p.History != EveryCommit {
		return nil, fmt.Errorf("history is %q, not %q", p.History, EveryCommit)
	}
	rules := make([]ready, len(p.Rules))
	for i, rule := range p.Rules {
		if err := rule.check(); err != nil {
			return nil, err
		}
		globs, err := compileAll(rule.Paths)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", rule.Name, err)
		}
		conditions, err := rule.When.conditions()
		if err != nil {
			return nil, fmt.Errorf("rule %q: when: %w", rule.Name, err)
		}
		rules[i] = ready{globs, conditions}
	}
	return rules, nil
}

// territory is what one rule governs, while files are sorted.
type territory struct {
	asked   bool // its conditions were
	ruling  ruling
	files   []pull.File
	skipped int // files that match and that it does not govern
}

// govern walks down the rules for every file. A rule whose conditions cannot be told takes the file and lets it walk
// on, so that the next rule's demands hold too. The reasons tell of rules that would have matched but do not apply.
func (h *hearing) govern(p Policy, rules []ready) ([]Governed, []pull.Reason) {
	lands, stray := h.territories(rules)
	groups := make([]Governed, 0, governing(lands)+1)
	var passed []pull.Reason
	for i, land := range lands {
		if land.skipped > 0 {
			passed = append(passed, skipped(p.Rules[i], land.skipped, land.ruling.because))
		}
		if len(land.files) > 0 {
			groups = append(groups, Governed{i, p.Rules[i], land.files, land.ruling.because, land.ruling.truth == unknown})
		}
	}
	return ungoverned(groups, stray), passed
}

func governing(lands []territory) (count int) {
	for i := range lands {
		if len(lands[i].files) > 0 {
			count++
		}
	}
	return count
}

// territories sorts the files, and says which rules' conditions were asked. What is left over belongs to no rule.
func (h *hearing) territories(rules []ready) (lands []territory, stray []pull.File) {
	lands = make([]territory, len(rules))
	candidates := h.folders.candidates(rules)
	for i, file := range h.files {
		if !h.settle(rules, candidates[h.folders.of[i]], lands, file) {
			stray = append(stray, file)
		}
	}
	return lands, stray
}

// settle reports whether one of the candidates governs the file for certain.
func (h *hearing) settle(rules []ready, candidates []int, lands []territory, file pull.File) bool {
	for _, i := range candidates {
		if !anyMatch(rules[i].globs, file.Path) {
			continue
		}
		land := &lands[i]
		if !land.asked {
			land.asked, land.ruling = true, h.rule(rules[i].conditions)
		}
		if land.ruling.truth == no {
			land.skipped++
			continue
		}
		land.files = append(land.files, file)
		if land.ruling.truth == yes {
			return true
		}
	}
	return false
}

func ungoverned(groups []Governed, stray []pull.File) []Governed {
	if len(stray) == 0 {
		return groups
	}
	return append(groups, Governed{Index: -1, Files: stray})
}
