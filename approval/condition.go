package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// truth is what can be said of a condition. The zero value is the doubtful one.
type truth int

const (
	unknown truth = iota
	no
	yes
)

// truly is the truth of something that is known.
func truly(b bool) truth {
	if b {
		return yes
	}
	return no
}

// every is yes where all are yes, and no as soon as one is no.
func every(all []truth) truth {
	switch {
	case slices.Contains(all, no):
		return no
	case slices.Contains(all, unknown):
		return unknown
	}
	return yes
}

// some is yes as soon as one is yes, and no where all are no.
func some(all []truth) truth {
	switch {
	case slices.Contains(all, yes):
		return yes
	case slices.Contains(all, unknown):
		return unknown
	}
	return no
}

// finding is what one condition came to: the value that it saw, and the value that would make it hold.
type finding struct {
	truth
	saw, wants string
}

// condition is one part of a When, ready to be asked.
type condition struct {
	key string
	ask func(h *hearing) finding
}

// ruling is what a rule's conditions came to together.
type ruling struct {
	truth
	because []pull.Reason
}

// rule asks every condition, so that each one's value can be shown.
func (h *hearing) rule(conditions []condition) ruling {
	if len(conditions) == 0 {
		return ruling{truth: yes}
	}
	var all []truth
	var because []pull.Reason
	for _, c := range conditions {
		f := c.ask(h)
		all = append(all, f.truth)
		because = append(because, f.reason(c.key))
	}
	return ruling{every(all), because}
}

func (f finding) reason(key string) pull.Reason {
	reason := pull.Reason{Evidence: map[string]string{"condition": key, "saw": f.saw, "wants": f.wants}}
	switch f.truth {
	case yes:
		reason.Code, reason.State = "condition-holds", pull.Pass
		reason.Message = fmt.Sprintf("%s: %s, and the rule is for %s.", key, f.saw, f.wants)
	case no:
		reason.Code = "condition-unmet"
		reason.Message = fmt.Sprintf("%s: %s, but the rule is for %s.", key, f.saw, f.wants)
		reason.Next = "Nothing to do: the rule does not apply"
	default:
		reason.Code, reason.State = "condition-unknown", pull.Wait
		reason.Message = fmt.Sprintf("%s: %s, so nobody can tell yet whether it is what the rule is for (%s).", key, f.saw, f.wants)
		reason.Next = "Meet this rule and the one that follows it, or wait until it is known"
	}
	return reason
}

// skipped tells of a rule whose paths match but whose conditions do not hold.
func skipped(rule Rule, files int, because []pull.Reason) pull.Reason {
	reason := pull.Reason{
		Code: "rule-skipped", State: pull.Pass,
		Message:  fmt.Sprintf("The rule %q does not apply here.", rule.Name),
		Evidence: map[string]string{"rule": rule.Name, "line": fmt.Sprint(rule.Line), "paths": fmt.Sprint(files)},
		Because:  because,
	}
	for _, b := range because {
		if b.Code == "condition-unmet" {
			reason.Message = fmt.Sprintf("The rule %q does not apply: %s", rule.Name, b.Message)
			break
		}
	}
	return reason
}

// conditions readies a When. The error says what makes it unfit to judge by.
func (w When) conditions() ([]condition, error) {
	var b conditionBuilder
	b.people("author", w.Author, author)
	b.people("contributors", w.Contributors, anyContributor)
	b.people("only_contributors", w.OnlyContributors, allContributors)
	b.flag("author_is_only_contributor", w.AuthorIsOnlyContributor, (*hearing).alone)
	b.patterns("target", w.Target, target)
	b.patterns("source", w.Source, source)
	b.patterns("repository", w.Repository, repository)
	b.labels(w.Labels)
	b.title(w.Title)
	b.flag("draft", w.Draft, (*hearing).drafted)
	b.properties(w)
	b.paths("changed", w.Changed, changed)
	b.paths("not_changed", w.NotChanged, notChanged)
	b.paths("only_changed", w.OnlyChanged, onlyChanged)
	b.size(w.Size)
	b.results("checks", w.Checks, checkResults)
	b.results("workflows", w.Workflows, workflowResults)
	b.signatures(w.Signatures)
	return b.conditions, b.err
}

// conditionBuilder gathers conditions and keeps the first error.
type conditionBuilder struct {
	conditions []condition
	err        error
}

func (b *conditionBuilder) add(key string, ask func(h *hearing) finding) {
	b.conditions = append(b.conditions, condition{key, ask})
}

func (b *conditionBuilder) fail(key string, err error) bool {
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("%s: %w", key, err)
	}
	return err != nil
}

func (b *conditionBuilder) flag(key string, wanted *bool, ask func(h *hearing, wanted bool) finding) {
	if wanted == nil {
		return
	}
	b.add(key, func(h *hearing) finding {
		f := ask(h, *wanted)
		f.wants = fmt.Sprint(*wanted)
		return f
	})
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return out
}

func wordsOrNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return listed(words, ", ")
}

func lowered(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToLower(w)
	}
	return out
}
