package main

import "testing"

// TestEveryPolicyBotFeatureIsShownByATest holds the table of docs/policy-bot.md to tests and stories that are there.
func TestEveryPolicyBotFeatureIsShownByATest(t *testing.T) {
	shows := readEvidence(t)
	rows := tableOf(t, "docs/policy-bot.md", "| policy-bot | native form | shown by |")
	if len(rows) < 30 {
		t.Errorf("the table has %d rows", len(rows))
	}
	for _, row := range rows {
		for _, name := range namesIn(row[2]) {
			if _, err := shows.find(name); err != nil {
				t.Errorf("%s: %v", row[0], err)
			}
		}
	}
}
