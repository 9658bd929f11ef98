package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const reference = "../docs/policy.md"

func readReference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var yamlFence = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestDocumentedExamples parses every example of the reference: whole policies, rules, and parts of a rule.
func TestDocumentedExamples(t *testing.T) {
	found := yamlFence.FindAllStringSubmatch(readReference(t), -1)
	if len(found) < 20 {
		t.Fatalf("the reference has %d examples, want at least 20", len(found))
	}
	for _, example := range found {
		policy, problems := ParsePolicy("example", []byte(whole(example[1])))
		if problems != nil {
			t.Errorf("%s\n%v", example[1], problems)
		}
		if problems == nil && policy.Approval.Check() != nil {
			t.Errorf("%s\n%v", example[1], policy.Approval.Check())
		}
	}
}

// whole makes a policy of an example.
func whole(example string) string {
	indented := func(by string) string {
		return by + strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n"+by) + "\n"
	}
	switch {
	case strings.HasPrefix(example, "version: 1"):
		return example
	case strings.HasPrefix(example, "- name:"):
		return "version: 1\nrules:\n" + indented("  ")
	case strings.HasPrefix(example, "require:"):
		return "version: 1\nrules:\n  - name: a\n    paths: [a]\n" + indented("    ")
	case strings.HasPrefix(example, "automerge:"):
		return "version: 1\nrules: [{name: a, paths: [a], require: {}}]\n" + example
	}
	return "version: 1\nrules:\n  - name: a\n    paths: [a]\n    require: {approvals: {}}\n" + indented("    ")
}

var quotedWord = regexp.MustCompile(`"([a-z]+(?:-[a-z]+)+)"`)

// notCodes are words with a dash in the judge that are no reason codes.
var notCodes = []string{"every-commit", "web-flow"}

// TestDocumentedCodes holds the reference to name every reason code of the judge, and every key of the language.
func TestDocumentedCodes(t *testing.T) {
	text := readReference(t)
	sources, err := filepath.Glob("../approval/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources of the judge: %v", err)
	}
	codes := []string{"approved", "conflict", "no-admin-approval", "no-maintain-approval", "no-write-approval", "no-triage-approval", "no-read-approval"}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		code, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range quotedWord.FindAllStringSubmatch(string(code), -1) {
			codes = append(codes, word[1])
		}
	}
	for _, code := range codes {
		if !slices.Contains(notCodes, code) && !strings.Contains(text, "`"+code+"`") {
			t.Errorf("the reference does not explain the code %s", code)
		}
	}
	for _, key := range slices.Concat(whenKeys, []string{"distinct_teams", "ignore_commits_by", "ignore_update_merges", "non_author_contributors", "owners", "codeowners", "unowned", "block", "lift", "request_reviews", "special", "history", "automerge", "by"}) {
		if !strings.Contains(text, "`"+key) {
			t.Errorf("the reference does not explain the key %s", key)
		}
	}
}
