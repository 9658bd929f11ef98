package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bulldozersFeatures is everything that bulldozer does: each must have its row in docs/bulldozer.md.
var bulldozersFeatures = []string{
	"`labels`", "`comments`", "`comment_substrings`", "`pr_body_substrings`", "`branches`", "`branch_patterns`", "`max_commits`", "`auto_merge`",
	"`merge.trigger`, `merge.ignore`", "`merge_method`", "`branch_method`, `method`", "`merge`, `squash`, `rebase`", "`ff-only`",
	"squash `title`, `body`", "`message_delimiter`", "`required_statuses` and the branch's rules", "success, neutral, skipped", "Travis alias",
	"`allow_merge_with_no_checks`", "`delete_after_merge`", "five attempts, unknown mergeability, \"base modified\"",
	"push restrictions with a user's token", "`update`", "`disable_update_feature`", "configuration order",
	"version 0 (`whitelist`, `blacklist`, `pr_body`)", "events", "invalid configuration", "no page, no explanation",
}

var shownBy = regexp.MustCompile("`([A-Za-z0-9_-]+(?:\\.txtar)?)` \\|$")

// TestEveryFeatureOfBulldozerIsShown holds the table to name, for every row, a test or a story that exists.
func TestEveryFeatureOfBulldozerIsShown(t *testing.T) {
	text, err := os.ReadFile("docs/bulldozer.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Row by row\n")
	table, _, _ = strings.Cut(table, "\n## ")
	rows := map[string]string{}
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, " | "); len(cells) == 3 {
			m := shownBy.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				continue
			}
			rows[strings.TrimPrefix(cells[0], "| ")] = m[1]
		}
	}
	tests := testsOfTheProject(t)
	for _, feature := range bulldozersFeatures {
		if rows[feature] == "" {
			t.Errorf("docs/bulldozer.md has no row for %s", feature)
		}
	}
	for feature, name := range rows {
		if !tests[name] {
			t.Errorf("%s is said to be shown by %s, which does not exist", feature, name)
		}
	}
}

var testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

func testsOfTheProject(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
		case strings.HasSuffix(path, ".txtar"):
			found[d.Name()] = true
		case strings.HasSuffix(path, "_test.go"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range testFunction.FindAllStringSubmatch(string(text), -1) {
				found[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
