package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Older versions of these allocate without bound for a hostile token or file (CVE-2025-30204, CVE-2022-3064 and
// CVE-2022-28948). This sees the versions that are required, and nothing that was published since.
func TestThreat71And70VersionsWithoutKnownBombs(t *testing.T) {
	file, err := modfile.Parse("go.mod", []byte(read(t, "go.mod")), nil)
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]string{
		"github.com/golang-jwt/jwt/v4": "v4.5.2", "github.com/golang-jwt/jwt/v5": "v5.2.2", "gopkg.in/yaml.v3": "v3.0.1", "gopkg.in/yaml.v2": "v2.2.4",
	}
	seen := false
	for _, r := range file.Require {
		least := first[r.Mod.Path]
		seen = seen || strings.HasPrefix(r.Mod.Path, "github.com/golang-jwt/jwt")
		if r.Mod.Path == "github.com/golang-jwt/jwt" || least != "" && semver.Compare(r.Mod.Version, least) < 0 {
			t.Errorf("%s is required at %s, want at least %q", r.Mod.Path, r.Mod.Version, least)
		}
	}
	if !seen {
		t.Error("no version of golang-jwt is required any more: this test looks at the wrong names")
	}
}

// The image holds one binary and no shell, as a user that owns nothing. That its base is pinned by digest is for
// whoever mirrors it to do: a digest is known only where the image is kept.
func TestThreat73TheImageIsBareAndNobodys(t *testing.T) {
	stages := regexp.MustCompile(`(?m)^FROM `).Split(read(t, "Dockerfile"), -1)
	last := stages[len(stages)-1]
	if !strings.HasPrefix(last, "scratch\n") {
		t.Errorf("the last stage begins from %.40q, want scratch", last)
	}
	if user := regexp.MustCompile(`(?m)^USER (\d+):\d+$`).FindStringSubmatch(last); user == nil || user[1] == "0" {
		t.Errorf("the user is %q, want a number other than 0", user)
	}
	if strings.Contains(last, "\nRUN ") || strings.Contains(last, "\nADD ") || !strings.Contains(last, `ENTRYPOINT ["/sallyport"]`) {
		t.Errorf("the last stage runs or fetches something, or starts something else:\n%s", last)
	}
	for _, name := range []string{"deploy/docker-compose.yml", "deploy/sallyport.nomad"} {
		text := read(t, name)
		for _, word := range []string{"privileged: true", "privileged = true", ":latest", "cap_add"} {
			if strings.Contains(text, word) {
				t.Errorf("%s has %q", name, word)
			}
		}
		if !regexp.MustCompile(`read_?only(_rootfs)?\s*[:=]\s*true`).MatchString(text) || !regexp.MustCompile(`cap_drop\s*[:=]\s*\[\"?(?i:all)\"?\]`).MatchString(text) {
			t.Errorf("%s does not take capabilities and the writable file system away", name)
		}
	}
}

// What README.md tells people to grant is as little as there is: a stolen app key can do no more than this.
func TestThreat73ThePermissionsThatAreAskedFor(t *testing.T) {
	want := []string{"Checks", "Contents", "Pull requests", "Issues", "Workflows", "Merge queues"}
	for _, row := range tableOf(t, "README.md", "| permission | level | why |") {
		if row[1] != "read" && !slices.Contains(want, row[0]) {
			t.Errorf("%s is asked for at the level %s", row[0], row[1])
		}
	}
}
