package config

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"

	"github.com/sallyport/sallyport/approval"
)

// TestThreat70BadInput: each way to hand in a file that cannot be judged by is refused, with the place and a mend.
func TestThreat70BadInput(t *testing.T) {
	const rule = "version: 1\nrules:\n  - name: a\n    paths: [a]\n    require: {}\n"
	for name, tt := range map[string]struct {
		text string
		want string
	}{
		"an unknown key":         {rule + "    requires: {}\n", `6:5: unknown key "requires"`},
		"a duplicate key":        {rule + "    paths: [b]\n", `6:5: the key "paths" is there twice`},
		"a duplicate name":       {rule + "  - name: a\n    paths: [b]\n    require: {}\n", `6:11: a rule named "a" is there already`},
		"an alias bomb":          {"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "1:4:"},
		"1 MB":                   {rule + strings.Repeat("# long\n", 1<<20/7), "more than 256 KiB"},
		"no UTF-8":               {rule + "# \xff\n", "6:1: the file is not UTF-8"},
		"a glob that explodes":   {strings.Replace(rule, "[a]", "['"+strings.Repeat("{a,b}", 20)+"']", 1), "the braces stand for more than 64 patterns"},
		"a very long glob":       {strings.Replace(rule, "[a]", "['"+strings.Repeat("*a", 1000)+"']", 1), "longer than 1024 bytes"},
		"100 levels of nesting":  {"version: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested too deeply"},
		"a second document":      {rule + "---\nversion: 1\n", "second YAML document"},
		"an empty file":          {"", "the file is empty"},
		"blank lines by the ton": {rule + strings.Repeat("\n", 5000), "blank lines in a row"},
	} {
		t.Run(name, func(t *testing.T) {
			policy, problems := ParsePolicy(".sallyport.yml", []byte(tt.text))
			if problems == nil || len(policy.Approval.Rules) > 0 {
				t.Fatalf("it was read as %+v", policy)
			}
			if got := problems.Error(); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			for _, p := range problems.List() {
				if p.Text != "" && p.Line > 0 && p.Mend == "" {
					t.Errorf("%s offers no mend", p)
				}
			}
		})
	}
}

// TestThreat70GlobsMatchInBoundedSteps: a pattern of many stars against a path that nearly matches is answered, and is
// no match.
func TestThreat70GlobsMatchInBoundedSteps(t *testing.T) {
	pattern := strings.Repeat("*a", 60) + "b"
	text := "version: 1\nrules:\n  - name: a\n    paths: ['" + pattern + "', '" + strings.Repeat("**/a/", 60) + "b']\n    require: {}\n"
	policy, problems := ParsePolicy(".sallyport.yml", []byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	for _, path := range []string{strings.Repeat("a", 4000), strings.Repeat("a/", 2000) + "a"} {
		r := pull.Request{Test: pull.TestMerge{State: pull.Clean}, Files: []pull.File{{Path: path, NewMode: pull.Regular}}}
		if groups := approval.Governing(policy.Approval, r); len(groups) != 1 || groups[0].Index != -1 {
			t.Errorf("got %+v, want the path ungoverned", groups)
		}
	}
}
