package policytest

import (
	"os"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// block is the fenced part of a document that is marked so.
func block(t *testing.T, document, mark string) string {
	t.Helper()
	_, after, ok := strings.Cut(document, "```yaml "+mark+"\n")
	text, _, closed := strings.Cut(after, "```")
	if !ok || !closed {
		t.Fatalf("the document has no block %q", mark)
	}
	return text
}

func TestTheExampleOfTheDocumentationHolds(t *testing.T) {
	text, err := os.ReadFile("../docs/testing-policies.md")
	if err != nil {
		t.Fatal(err)
	}
	cases, problems := config.ParseCases("policy-tests.yml", []byte(block(t, string(text), "cases")))
	if problems != nil || len(cases) < 5 {
		t.Fatalf("got %d cases, %v", len(cases), problems)
	}
	source := pull.Source{Path: ".sallyport.yml", Text: block(t, string(text), "policy")}
	for _, c := range cases {
		if res := Run(c, source, pull.Source{}); !res.Passed {
			t.Errorf("%s: %q\n%+v", c.Name, res.Wrong, res.Approval)
		}
	}
}
