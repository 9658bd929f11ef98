package policybot_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/config"
)

const page = "../../docs/policy-bot.md"

// Every reason code that this package can give is explained to users.
func TestEveryReasonIsDocumented(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	notReasons := []string{"all-users", "random-users", "web-flow"}
	seen := 0
	for _, source := range sources {
		code, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`"([a-z]+(?:-[a-z]+)+)"`).FindAllStringSubmatch(string(code), -1) {
			if seen++; !slices.Contains(notReasons, m[1]) && !strings.Contains(string(text), "`"+m[1]+"`") {
				t.Errorf("%s: the reason %s is not explained in %s", source, m[1], page)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d codes found; the search is broken", seen)
	}
}

func TestTheDocumentedExampleIsGood(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(examples) == 0 {
		t.Fatal("no example found")
	}
	for _, m := range examples {
		if _, problems := config.ParsePolicyBot(".policy.yml", []byte(m[1])); problems != nil {
			t.Error(problems)
		}
	}
}
