package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryCodeOfVerifyIsShown holds the table of codes in docs/verify.md to be exactly what package verify can find, and
// attest of an attestation, each with a test that names the code.
func TestEveryCodeOfVerifyIsShown(t *testing.T) {
	shows := readEvidence(t)
	known := codesOf(t)
	listed := map[string]bool{}
	for _, row := range tableOf(t, "docs/verify.md", "| code | what it means | status | shown by |") {
		code := strings.Trim(row[0], "`")
		if !known[code] || listed[code] {
			t.Errorf("%s is no code of verify's, or is listed twice", code)
		}
		listed[code] = true
		if !strings.Contains(shows.sources["verify"], `"`+code+`"`) && !strings.Contains(shows.sources["verify"], ` `+code+`"`) {
			t.Errorf("no test of verify wants %s", code)
		}
		for _, name := range namesIn(row[3]) {
			if _, err := shows.find(name); err != nil {
				t.Errorf("%s: %v", code, err)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(known)) {
		if !listed[code] {
			t.Errorf("docs/verify.md has no row for %s", code)
		}
	}
}

// codesOf reads the codes from the sources: what fault, find and Finding are given, and attest's own constants.
func codesOf(t *testing.T) map[string]bool {
	t.Helper()
	codes := map[string]bool{}
	for _, folder := range []string{"verify", "attest"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				ast.Inspect(file, func(n ast.Node) bool { return noteCode(codes, n) })
			}
		}
	}
	return codes
}

// namedCodes are the codes that have a name of their own.
var namedCodes = []string{"foreign", "Unreadable", "Unsigned", "UnknownSigner", "Forged"}

// noteCode notes the code that a call or a literal gives a finding. One that is computed is another package's.
func noteCode(codes map[string]bool, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if called, ok := n.Fun.(*ast.SelectorExpr); ok {
			if place, finds := map[string]int{"fault": 0, "find": 1}[called.Sel.Name]; finds {
				noteText(codes, n.Args[place])
			}
		}
	case *ast.CompositeLit:
		if of, ok := n.Type.(*ast.Ident); ok && of.Name == "Finding" {
			noteText(codes, n.Elts[0])
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if slices.Contains(namedCodes, name.Name) && i < len(n.Values) {
				noteText(codes, n.Values[i])
			}
		}
	}
	return true
}

func noteText(codes map[string]bool, e ast.Expr) {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		codes[strings.Trim(l.Value, `"`)] = true
	}
}
