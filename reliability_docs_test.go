package main

import "testing"

// TestEveryPromiseIsShown holds docs/reliability.md to name, for every promise, tests and stories that exist.
func TestEveryPromiseIsShown(t *testing.T) {
	shows := readEvidence(t)
	rows := tableOf(t, "docs/reliability.md", "| promise | shown by | seen |")
	if len(rows) == 0 {
		t.Fatal("docs/reliability.md promises nothing")
	}
	for _, row := range rows {
		for _, name := range namesIn(row[1]) {
			if _, err := shows.find(name); err != nil {
				t.Errorf("%s: %v", row[0], err)
			}
		}
	}
}
