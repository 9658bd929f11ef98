package main

import "testing"

// bulldozersFeatures is everything that bulldozer does: each must have its row in docs/bulldozer.md.
var bulldozersFeatures = []string{
	"`labels`", "`comments`", "`comment_substrings`", "`pr_body_substrings`", "`branches`", "`branch_patterns`", "`max_commits`", "`auto_merge`",
	"`merge.trigger`, `merge.ignore`", "`merge_method`", "`branch_method`, `method`", "`merge`, `squash`, `rebase`", "`ff-only`",
	"squash `title`, `body`", "`message_delimiter`", "`required_statuses` and the branch's rules", "success, neutral, skipped", "Travis alias",
	"`allow_merge_with_no_checks`", "`delete_after_merge`", "five attempts, unknown mergeability, \"base modified\"",
	"push restrictions with a user's token", "`update`: `trigger`, `ignore`", "`disable_update_feature`", "configuration order",
	"version 0 (`whitelist`, `blacklist`, `pr_body`)", "events", "invalid configuration", "no merge queue (its issue 297)",
	"changing which app is installed", "no page, no explanation", "`whitelist`, `blacklist`", "`ignore_drafts`, `required_statuses` of `update`",
	"every branch is updated whenever the target moves", "no forks",
}

// TestEveryFeatureOfBulldozerIsShown holds the table to name, for every row, a test or a story that exists.
func TestEveryFeatureOfBulldozerIsShown(t *testing.T) {
	shows := readEvidence(t)
	rows := map[string]bool{}
	for _, row := range tableOf(t, "docs/bulldozer.md", "| of bulldozer | here | shown by |") {
		rows[row[0]] = true
		for _, name := range namesIn(row[2]) {
			if _, err := shows.find(name); err != nil {
				t.Errorf("%s: %v", row[0], err)
			}
		}
	}
	for _, feature := range bulldozersFeatures {
		if !rows[feature] {
			t.Errorf("docs/bulldozer.md has no row for %s", feature)
		}
	}
}
