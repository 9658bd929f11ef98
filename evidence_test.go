package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// evidence is every test and every story of the project. Tables of the docs name what shows that they are true:
// TestName, TestName/row of a table, or story.txtar, or "story NAME".
type evidence struct {
	folders map[string][]string // of each test function, by name
	sources map[string]string   // of each folder: its test files, one behind the other
	stories map[string]string
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(`)

func readEvidence(t *testing.T) evidence {
	t.Helper()
	e := evidence{map[string][]string{}, map[string]string{}, map[string]string{}}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		folder := filepath.Dir(path)
		switch isTest := strings.HasSuffix(path, "_test.go"); {
		case isTest || strings.HasSuffix(path, ".go") && filepath.Base(folder) == "storetest":
			text, err := os.ReadFile(path)
			for _, m := range testFunction.FindAllStringSubmatch(string(text), -1) {
				e.folders[m[1]] = append(e.folders[m[1]], folder)
			}
			if filepath.Base(folder) == "storetest" {
				folder = filepath.Dir(folder) // whose test runs all of it
			}
			e.sources[folder] += string(text)
			return err
		case strings.HasSuffix(path, ".txtar"):
			text, err := os.ReadFile(path)
			e.stories[strings.TrimSuffix(d.Name(), ".txtar")] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// find gives what carries the numbers of what a test or story is about: a test's name, a story's comments.
func (e evidence) find(name string) (string, error) {
	if story := strings.TrimPrefix(strings.TrimSuffix(name, ".txtar"), "story "); story != name {
		return e.story(story)
	}
	function, row, _ := strings.Cut(name, "/")
	folders := e.folders[function]
	if len(folders) == 0 {
		return "", fmt.Errorf("%s is not there", name)
	}
	for _, folder := range folders {
		if row == "" || strings.Contains(e.sources[folder], `"`+row+`"`) || strings.Contains(e.sources[folder], `"`+row+`/`) {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s has no row %q", function, row)
}

func (e evidence) story(name string) (string, error) {
	text, found := e.stories[name]
	if !found {
		return "", fmt.Errorf("there is no story %s", name)
	}
	script, _, _ := strings.Cut(text, "\n-- ")
	var comments []string
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "#") {
			comments = append(comments, strings.TrimSpace(line))
		}
	}
	return strings.Join(comments, "\n"), nil
}

// tableOf are the rows of the table of a page that has these words above it, cell by cell.
func tableOf(t *testing.T, page, head string) [][]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), head+"\n")
	if !found {
		t.Fatalf("%s has no table %q", page, head)
	}
	var rows [][]string
	for line := range strings.Lines(table) {
		line, isRow := strings.CutPrefix(line, "| ")
		if isRow {
			rows = append(rows, strings.Split(strings.TrimSuffix(strings.TrimSpace(line), "|"), " | "))
		} else if strings.TrimSpace(line) == "" {
			break
		}
	}
	width := strings.Count(head, " | ") + 1
	for _, row := range rows {
		if len(row) != width {
			t.Errorf("%s: %q has %d cells, want %d", page, row[0], len(row), width)
		}
	}
	return rows
}

var inBackticks = regexp.MustCompile("`([^`]+)`")

// namesIn are the tests and stories that a cell lists, in backticks or bare.
func namesIn(cell string) []string {
	if !strings.Contains(cell, "`") {
		return strings.Split(strings.TrimSpace(cell), ", ")
	}
	var names []string
	for _, m := range inBackticks.FindAllStringSubmatch(cell, -1) {
		names = append(names, m[1])
	}
	return names
}
