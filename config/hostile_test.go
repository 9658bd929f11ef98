package config

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"

	"github.com/sallyport/sallyport/approval"
)

const hostileRule = "version: 1\nrules:\n  - name: a\n    paths: [a]\n    require: {}\n"

// badInput are ways to hand in a policy that cannot be judged by, each with the complaint. They are seeds of the fuzz
// targets, too.
var badInput = map[string]struct{ text, want string }{
	"an unknown key":         {hostileRule + "    requires: {}\n", `6:5: unknown key "requires"`},
	"a duplicate key":        {hostileRule + "    paths: [b]\n", `6:5: the key "paths" is there twice`},
	"a duplicate name":       {hostileRule + "  - name: a\n    paths: [b]\n    require: {}\n", `6:11: a rule named "a" is there already`},
	"an alias bomb":          {"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "1:4:"},
	"1 MB":                   {hostileRule + strings.Repeat("# long\n", 1<<20/7), "more than 256 KiB"},
	"no UTF-8":               {hostileRule + "# \xff\n", "6:1: the file is not UTF-8"},
	"a glob that explodes":   {strings.Replace(hostileRule, "[a]", "['"+strings.Repeat("{a,b}", 20)+"']", 1), "the braces stand for more than 64 patterns"},
	"a very long glob":       {strings.Replace(hostileRule, "[a]", "['"+strings.Repeat("*a", 1000)+"']", 1), "longer than 1024 bytes"},
	"100 levels of nesting":  {"version: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested too deeply"},
	"a second document":      {hostileRule + "---\nversion: 1\n", "second YAML document"},
	"an empty file":          {"", "the file is empty"},
	"blank lines by the ton": {hostileRule + strings.Repeat("\n", 5000), "blank lines in a row"},
}

// TestThreat70BadInput: each way is refused, with the place and a mend.
func TestThreat70BadInput(t *testing.T) {
	for name, tt := range badInput {
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

// TestThreat70BadInputOfWhatIsRead: what the text alone does not show to be wrong is warned of, or blocks by its name.
func TestThreat70BadInputOfWhatIsRead(t *testing.T) {
	t.Run("a rule that can never match", func(t *testing.T) {
		policy, problems := ParsePolicy(".sallyport.yml", []byte(strings.Replace(hostileRule, "[a]", `["**"]`, 1)+"  - name: never\n    paths: [b]\n    require: {}\n"))
		if problems != nil || len(policy.Warnings) != 1 || policy.Warnings[0].Line != 6 || !strings.Contains(policy.Warnings[0].Text, `the rule "never" can never match`) {
			t.Errorf("warned of %+v (%v), want the rule on line 6", policy.Warnings, problems)
		}
	})
	t.Run("a team that does not exist", func(t *testing.T) {
		policy, problems := ParsePolicy(".sallyport.yml", []byte(strings.Replace(hostileRule, "require: {}", `require: {approvals: {from: ["@acme/nobody"]}}`, 1)))
		if problems != nil {
			t.Fatal(problems)
		}
		dev := pull.Account{ID: 1, Login: "dev", Kind: pull.User}
		r := pull.Request{Test: pull.TestMerge{State: pull.Clean}, Files: []pull.File{{Path: "a", OldMode: pull.Regular, NewMode: pull.Regular}},
			Author: dev, Pusher: dev, Commits: []pull.Commit{{SHA: "h", Author: dev, Committer: dev}}, CommitsTotal: 1}
		v, _ := approval.Judge(policy.Approval, r, nil, pull.Pass)
		if v.State != pull.Block || v.Lead().Code != "team-unknown" || v.Lead().Evidence["team"] != "acme/nobody" || !strings.Contains(v.Lead().Message, "@acme/nobody") {
			t.Errorf("got %s %+v, want team-unknown about acme/nobody", v.State, v.Reasons)
		}
	})
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
