package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryPolicyBotFeatureIsShownByATest holds the table of docs/policy-bot.md to tests and stories that are there.
func TestEveryPolicyBotFeatureIsShownByATest(t *testing.T) {
	page, err := os.ReadFile("docs/policy-bot.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| policy-bot | native form | shown by |\n")
	table, _, ends := strings.Cut(table, "\n\n")
	if !found || !ends {
		t.Fatal("the table is gone")
	}
	tests := testSources(t)
	rows := strings.Split(table, "\n")[1:]
	if len(rows) < 30 {
		t.Errorf("the table has %d rows", len(rows))
	}
	for _, row := range rows {
		cells := strings.Split(row, " | ")
		for _, name := range strings.Split(strings.TrimSuffix(cells[len(cells)-1], " |"), ", ") {
			if !shown(name, tests) {
				t.Errorf("%q rests on %s, which is not there", cells[0], name)
			}
		}
	}
}

func shown(name, tests string) bool {
	if story, ok := strings.CutPrefix(name, "story "); ok {
		_, err := os.Stat(filepath.Join("testdata", "stories", story+".txtar"))
		return err == nil
	}
	function, row, _ := strings.Cut(name, "/")
	if !regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(function) + `\(t \*testing\.T\)`).MatchString(tests) {
		return false
	}
	return row == "" || strings.Contains(tests, `"`+row+`"`) || strings.Contains(tests, `"`+row+`/`)
}

// testSources are all tests of the module, one behind the other.
func testSources(t *testing.T) string {
	var all strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
