package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeGo stands in for go test: it counts its calls and ends as the story says, by turns.
const fakeGo = `#!/bin/sh
echo x >> "$CALLS"
case "$(wc -l < "$CALLS" | tr -d ' ')" in
$OUT_OF_TIME) printf '%s\n' '--- FAIL: FuzzX (3.11s)' '    context deadline exceeded' 'FAIL'; exit 1 ;;
$FOUND) printf '%s\n' '--- FAIL: FuzzX' '    Failing input written to testdata' '    context deadline exceeded' 'FAIL'; exit 1 ;;
esac
`

func TestFuzzingFailsByWhatItFindsAndNotByItsEnd(t *testing.T) {
	targets := len(fuzzTargets(t))
	for _, tt := range []struct {
		name, outOfTime, found string
		want                   bool
		calls                  int
	}{
		{"nothing is found", "none", "none", true, targets},
		{"its time was over once", "2", "none", true, targets + 1},
		{"its time is always over", "[123]", "none", false, 3},
		{"something is found", "none", "2", false, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			script := strings.NewReplacer("$OUT_OF_TIME", tt.outOfTime, "$FOUND", tt.found).Replace(fakeGo)
			if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			calls := filepath.Join(dir, "calls")
			cmd := exec.CommandContext(t.Context(), "./scripts/fuzz")
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "CALLS="+calls)
			out, err := cmd.CombinedOutput()
			if (err == nil) != tt.want {
				t.Errorf("it ended with %v:\n%s", err, out)
			}
			made, err := os.ReadFile(calls)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(made), "x"); n != tt.calls {
				t.Errorf("go test ran %d times, want %d", n, tt.calls)
			}
		})
	}
}
