package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What runs other people's code, and how it has to be named so that it is the same tomorrow: an action by its commit, a tool
// by its exact version, an image by more than its newest.
var (
	fetched = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*["']?([^\s"'#]+)|([^\s=]+\.\S+/\S+@[\w.-]+)|^[ \t]*(?:FROM|image:\s+name:|image:|image[ \t]*=|container:)[ \t]*["']?([^\s"']+)`)
	pinned  = regexp.MustCompile(`^\./|@[0-9a-f]{40}$|@sha256:[0-9a-f]{64}$|@v\d+\.\d+\.\d+(-[\w.-]+)?$|^[\w./-]+:\d[\w.-]*$|^scratch$`)
)

// unpinned are the names in a text that may be something else tomorrow.
func unpinned(text string) (loose []string) {
	for _, m := range fetched.FindAllStringSubmatch(text, -1) {
		action := m[1] != ""
		name := m[1] + m[2] + m[3]
		if !pinned.MatchString(name) || action && !regexp.MustCompile(`^\./|@[0-9a-f]{40}$`).MatchString(name) {
			loose = append(loose, name)
		}
	}
	return loose
}

// TestWhatIsFetchedIsPinned looks at everything that makes, tests, ships or deploys: no action, tool or image is named by
// something that moves.
func TestWhatIsFetchedIsPinned(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", ".ci", ".github", "Makefile", "Dockerfile", "scripts", "deploy", "docs/examples").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(names) < 10 {
		t.Fatalf("only %d files were looked at", len(names))
	}
	for _, name := range names {
		for _, loose := range unpinned(read(t, name)) {
			t.Errorf("%s fetches %s, which may be something else tomorrow", name, loose)
		}
	}
	for _, bad := range []string{"      - uses: actions/checkout@v4", "uses: a/b@v1.2.3", "go run example.com/x/tool@latest", "FROM golang:latest", "image: app", "go install example.com/x@main", "image:\n  name: app"} {
		if len(unpinned(bad)) != 1 {
			t.Errorf("%q is taken for pinned", bad)
		}
	}
}

// TestKnownVulnerabilitiesAreNoticed gives the script that looks for them a database in which a module that we call into is
// vulnerable, and one in which none is.
func TestKnownVulnerabilitiesAreNoticed(t *testing.T) {
	const module = "github.com/secure-systems-lab/go-securesystemslib"
	for _, known := range []string{module, "example.com/none/of/ours"} {
		look := exec.Command("./scripts/vulnerabilities", "./attest")
		look.Env = append(os.Environ(), "VULNDB="+vulnerable(t, known))
		said, err := look.CombinedOutput()
		if noticed := err != nil && strings.Contains(string(said), "Your code is affected by 1 vulnerability"); noticed != (known == module) || !noticed && err != nil {
			t.Errorf("with a vulnerability of %s: %v\n%s", known, err, said)
		}
	}
}

// vulnerable writes a database of one vulnerability, in every version of the module.
func vulnerable(t *testing.T, module string) string {
	t.Helper()
	const at = `"modified":"2026-01-01T00:00:00Z"`
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index/db.json":      `{` + at + `}`,
		"index/vulns.json":   `[{"id":"GO-0000-0001",` + at + `}]`,
		"index/modules.json": fmt.Sprintf(`[{"path":%q,"vulns":[{"id":"GO-0000-0001",%s}]}]`, module, at),
		"ID/GO-0000-0001.json": fmt.Sprintf(`{"schema_version":"1.3.1","id":"GO-0000-0001",%s,"published":"2026-01-01T00:00:00Z","summary":"for this test",
"affected":[{"package":{"name":%q,"ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],
"ecosystem_specific":{"imports":[{"path":"%s/dsse"}]}}],"database_specific":{"url":"https://example.com","review_status":"REVIEWED"}}`, at, module, module),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
