package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var (
	gateLine = regexp.MustCompile(`(?m)^\s*(?:- )?(sallyport gate .*)$`)
	gateArgs = regexp.MustCompile(`args\s*=\s*\["gate", (.*)\]`)
)

// gateCommand finds how an example calls the gate.
func gateCommand(t *testing.T, text string) string {
	t.Helper()
	if m := gateLine.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if m := gateArgs.FindStringSubmatch(text); m != nil {
		return "sallyport gate " + strings.ReplaceAll(m[1], ",", "")
	}
	t.Fatal("the example does not call the gate")
	return ""
}

// Every example of a pipeline goes on after a commit that landed, and stops at any other: its own line is run against
// the real server.
func TestPipelineExamples(t *testing.T) {
	k := sqliteKeysTown(t)
	through, around := strings.Repeat("a", 40), strings.Repeat("b", 40)
	k.landed(1, through)
	for _, file := range []string{"github-actions.yml", "gitlab-ci.yml", "Jenkinsfile", "nomad/api.nomad"} {
		text, err := os.ReadFile(filepath.Join("../docs/examples", file))
		k.must(err)
		if strings.HasSuffix(file, ".yml") {
			var any map[string]any
			k.must(yaml.Unmarshal(text, &any))
		} else if strings.Count(string(text), "{") != strings.Count(string(text), "}") {
			t.Errorf("%s: a brace is not closed", file)
		}
		command := strings.ReplaceAll(gateCommand(t, string(text)), "15m", "1s")
		for sha, want := range map[string]bool{through: true, around: false} {
			cmd := exec.Command("sh", "-c", command)
			cmd.Env = append(os.Environ(), "SALLYPORT_SERVER="+k.url, "SALLYPORT_TOKEN=check", "GITHUB_REPOSITORY=acme/jobs",
				"GITHUB_SHA="+sha, "CI_COMMIT_SHA="+sha, "GIT_COMMIT="+sha, "NOMAD_META_commit="+sha)
			out, err := cmd.CombinedOutput()
			if (err == nil) != want {
				t.Errorf("%s with a commit that landed (%v): %v\n%s", file, want, err, out)
			}
		}
	}
}

// The hook of the examples is the one that the tests of real pushes run; its configuration is read strictly.
func TestHookExamples(t *testing.T) {
	if out, err := exec.Command("sh", "-n", "../docs/examples/pre-receive.sh").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	got, err := readHookFile("../docs/examples/hook.yml")
	if err != nil || got.Server == "" || len(got.Branches) != 2 || got.TokenFile != "../docs/examples/hook-token" || got.Wait != defaultHookWait {
		t.Errorf("got %+v, %v", got, err)
	}
}
