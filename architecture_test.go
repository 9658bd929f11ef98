package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sallyport/sallyport/"

// arrows says which of our packages each package may import; what is not listed may import all.
var arrows = map[string][]string{
	".":                  {"command"},
	"pull":               {},
	"approval":           {"pull"},
	"approval/policybot": {"pull"},
	"automerge":          {"pull"},
	"duobot/signature":   {"pull"},
	"duobot":             {"pull", "duobot/signature"},
	"config":             {"pull", "approval", "approval/policybot", "automerge", "duobot"},
	"hub":                {"pull"},
	"ledger":             {"pull", "duobot/signature"},
	"attest":             {"pull", "duobot/signature", "ledger"},
	"internal/gitdir":    {"pull"},
	"store":              {"pull", "ledger"},
	"notify":             {"pull"},
	"server":             {"pull"},
	"client":             {},
	"prereceive":         {"pull", "approval", "config", "client"},
	"policytest":         {"pull", "approval", "config", "reconcile"},
	"reconcile":          {"pull", "approval", "approval/policybot", "automerge", "config", "duobot", "duobot/signature", "attest", "ledger"},
	"verify": {"pull", "approval", "approval/policybot", "automerge", "attest", "config", "duobot", "duobot/signature", "internal/gitdir", "ledger",
		"reconcile"},
}

// pure packages hold judges: nothing in them may reach the network, the system or a database.
var pure = map[string]func(file string) bool{
	"pull":               func(string) bool { return true },
	"approval":           func(string) bool { return true },
	"approval/policybot": func(string) bool { return true },
	"automerge":          func(string) bool { return true },
	"ledger":             func(string) bool { return true },
	"duobot": func(file string) bool {
		return slices.Contains([]string{"judge.go", "case.go", "wanted.go", "signatures.go", "keyed_judge.go"}, file)
	},
}

var impure = []string{"net", "net/http", "os", "os/exec", "database/sql", "context", "syscall", "io/ioutil"}

func TestImportsFollowTheArrows(t *testing.T) {
	eachImport(t, func(dir, file, imported string) {
		allowed, ruled := arrows[dir]
		ours, isOurs := strings.CutPrefix(imported, module)
		if ruled && isOurs && !slices.Contains(allowed, ours) {
			t.Errorf("%s/%s imports %s; %s may import only %v", dir, file, ours, dir, allowed)
		}
	})
}

func TestJudgesReachNothing(t *testing.T) {
	eachImport(t, func(dir, file, imported string) {
		if judged := pure[dir]; judged != nil && judged(file) && slices.Contains(impure, imported) {
			t.Errorf("%s/%s imports %s; a judge is a function from values to values", dir, file, imported)
		}
	})
}

func TestPullImportsTheStandardLibraryOnly(t *testing.T) {
	eachImport(t, func(dir, file, imported string) {
		if dir == "pull" && strings.Contains(imported, ".") {
			t.Errorf("pull/%s imports %s", file, imported)
		}
	})
}

// eachImport visits every import of the program's own files; tests may reach further.
func eachImport(t *testing.T, visit func(dir, file, imported string)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			seen++
			visit(filepath.ToSlash(filepath.Dir(path)), filepath.Base(path), imported)
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("reading the program's imports: %v (%d seen)", err, seen)
	}
}
