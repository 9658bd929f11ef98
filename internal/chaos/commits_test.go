package chaos

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whatever package store writes goes wrong in some row, or is said to be within one that does: a new statement needs one of the two.
func TestEveryCommitGoesWrong(t *testing.T) {
	used, rows := map[string]bool{}, map[string]bool{}
	for where, statements := range written(t) {
		for _, s := range statements {
			known := false
			for _, e := range Effects {
				if e.Commit != "" && strings.Contains(s, e.Commit) {
					known, rows[e.Name] = true, true
				}
			}
			for start := range Within {
				if strings.HasPrefix(s, start) && (len(start) == len(s) || !word(s[len(start)])) {
					known, used[start] = true, true
				}
			}
			if !known {
				t.Errorf("%s writes %.60q, which goes wrong nowhere: give it a row in internal/chaos/commits.go, or say there within which it is", where, s)
			}
		}
	}
	for start := range Within {
		if !used[start] {
			t.Errorf("package store has no statement %q any more", start)
		}
	}
	for _, e := range Effects {
		if e.Commit != "" && !rows[e.Name] {
			t.Errorf("%s: package store has no statement %q", e.Name, e.Commit)
		}
	}
}

func word(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' }

var writes = regexp.MustCompile(`(?:INSERT INTO|DELETE FROM|UPDATE) [a-z]`)

// written are the statements in package store's source that write, by file.
func written(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../../store/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of package store: %v", err)
	}
	found := map[string][]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				for _, at := range writes.FindAllStringIndex(lit.Value, -1) {
					found[filepath.Base(name)] = append(found[filepath.Base(name)], strings.Trim(lit.Value[at[0]:], "`\""))
				}
			}
			return true
		})
	}
	return found
}
