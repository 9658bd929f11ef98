package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the commands that need neither GitHub nor a server, as a person would at a shell.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/scripts", RequireUniqueNames: true, RequireExplicitExec: true, Setup: hostileFiles})
}

// hostileFiles puts policies beside the scripts that are no text to write into one.
func hostileFiles(env *testscript.Env) error {
	const good = "version: 1\nrules:\n  - name: a\n    paths: [a]\n    require: {}\n"
	for name, text := range map[string]string{
		"huge.yml":   good + strings.Repeat("# long\n", 1<<20/7),
		"latin.yml":  good + "# caf\xe9\n",
		"braces.yml": strings.Replace(good, "[a]", "['"+strings.Repeat("{a,b}", 20)+"']", 1),
		"nested.yml": strings.Replace(good, "{}", strings.Repeat("{all: [", 100)+"{duo: author}"+strings.Repeat("]}", 100), 1),
	} {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
