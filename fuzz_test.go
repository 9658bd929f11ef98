package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryFuzzTargetIsRun holds the script that runs fuzz targets to knowing all of them, and every target to a corpus
// of its own to begin with.
func TestEveryFuzzTargetIsRun(t *testing.T) {
	out, err := exec.Command("scripts/fuzz", "--list").Output()
	if err != nil {
		t.Fatal(err)
	}
	targets := fuzzTargets(t)
	if diff := cmp.Diff(targets, strings.Split(strings.TrimSpace(string(out)), "\n")); diff != "" {
		t.Errorf("the targets that scripts/fuzz runs (- wanted, + listed):\n%s", diff)
	}
	for _, target := range targets {
		folder, name, _ := strings.Cut(target, " ")
		seeds, err := os.ReadDir(filepath.Join(folder, "testdata", "fuzz", name))
		if err != nil || len(seeds) == 0 {
			t.Errorf("%s of %s has no seeds in testdata/fuzz (%v)", name, folder, err)
		}
	}
}

// fuzzTargets finds them as the compiler does, and sees that each adds seeds.
func fuzzTargets(t *testing.T) []string {
	t.Helper()
	var targets []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("*testing.F")) {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			targets = append(targets, filepath.Dir(path)+" "+f.Name.Name)
			if body := text[set.Position(f.Pos()).Offset:set.Position(f.End()).Offset]; !bytes.Contains(body, []byte(".Add(")) {
				t.Errorf("%s adds no seeds", f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(targets)
	return targets
}
