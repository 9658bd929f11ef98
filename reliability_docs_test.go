package main

import (
	"slices"
	"strings"
	"testing"
)

// promised is what docs/reliability.md must have a row for, by words of the promise.
var promised = []string{
	"nothing lands without every gate", "nothing lands twice", "no phone rings twice", "acknowledged is handled", "the ledger stays whole",
	"several replicas", "stopped beyond its lease", "restart of PostgreSQL", "failover", "a newer version may bring the database up to date",
	"lost, doubled, delayed and reordered webhooks", "what GitHub limits", "3,000 files", "250 commits", "1,000 checks",
	"thousands of open pull requests", "a noisy repository", "webhook bodies", "comment commands", "policies", "globs", "commit objects", "armor",
	"Duo's and GraphQL's answers", "secrets are in no log", "a backup of either database", "an older one is noticed", "memory and goroutines stay flat",
	"known vulnerabilities", "bill of materials", "two builds", "pinned", "the image",
}

// TestEveryPromiseIsShown holds docs/reliability.md to promise all that has to hold, and to name, for every promise, tests and
// stories that exist, and what was seen.
func TestEveryPromiseIsShown(t *testing.T) {
	shows := readEvidence(t)
	rows := tableOf(t, "docs/reliability.md", "| promise | shown by | seen |")
	for _, row := range rows {
		for _, name := range namesIn(row[1]) {
			if _, err := shows.find(name); err != nil {
				t.Errorf("%s: %v", row[0], err)
			}
		}
		if strings.TrimSpace(row[2]) == "" {
			t.Errorf("%s: nobody says what was seen", row[0])
		}
	}
	for _, words := range promised {
		if !slices.ContainsFunc(rows, func(row []string) bool { return strings.Contains(row[0], words) }) {
			t.Errorf("docs/reliability.md promises nothing of %q", words)
		}
	}
}
