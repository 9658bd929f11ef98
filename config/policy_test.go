package config

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/automerge"
)

func TestExamplePolicy(t *testing.T) {
	text, err := os.ReadFile("testdata/policy.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	got, problems := ParsePolicy(".sallyport.yml", text)
	if problems != nil {
		t.Fatal(problems)
	}
	approvals := func(count int, from ...string) *approval.Approvals {
		return &approval.Approvals{Count: count, From: from}
	}
	want := Policy{
		Approval: approval.Policy{Rules: []approval.Rule{
			{Name: "the gate and the workflows need an admin", Paths: []string{".sallyport.yml", ".github/**"}, Line: 4,
				Require: approval.Requirement{Approvals: approvals(1, "admin"), Duo: "author"}},
			{Name: "staging is approved by default", Paths: []string{"staging/**"}, Line: 9},
			{Name: "production needs an admin, or two of the on-call team", Paths: []string{"prod/**"}, Line: 12,
				Require: approval.Requirement{Duo: "both", Signatures: true, Any: []approval.Requirement{
					{Approvals: approvals(1, "admin")}, {Approvals: approvals(2, "@acme/on-call")}}}},
			{Name: "everything else needs a second pair of eyes", Paths: []string{"**"}, Line: 20,
				Require: approval.Requirement{Approvals: approvals(1, "write")}},
		}},
		Automerge: &automerge.Policy{Method: "merge", Checks: []automerge.RequiredCheck{{Name: "plan", App: 15368}}, Unless: &automerge.Match{Signals: automerge.Signals{Labels: []string{"do not merge"}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	if err := got.Approval.Check(); err != nil {
		t.Errorf("the parser accepts what the judge refuses: %v", err)
	}
}

// rule is a whole policy around one rule's lines, which begin on line 4.
func rule(lines ...string) string {
	return "version: 1\nrules:\n- name: all\n  " + strings.Join(lines, "\n  ") + "\n"
}

func TestPolicyDefaults(t *testing.T) {
	got, problems := ParsePolicy("p", []byte(rule("paths: [a]", "special: allow", "require: {approvals: {}}")+"automerge: {}\nhistory: every-commit\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	want := Policy{
		Approval: approval.Policy{History: "every-commit", Rules: []approval.Rule{{
			Name: "all", Paths: []string{"a"}, Special: "allow", Line: 3,
			Require: approval.Requirement{Approvals: &approval.Approvals{Count: 1}},
		}}},
		Automerge: &automerge.Policy{Method: "merge"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}

const ok = "require: {approvals: {from: [admin]}}"

// TestThreat11StrictPolicy holds the first line of each error, which is a contract, and that a mend is offered.
func TestThreat11StrictPolicy(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "p:1:1: the file is empty"},
		{"only a comment", "# hello\n", "p:1:1: the file is empty"},
		{"not a mapping", "- a\n", "p:1:1: the policy must be a mapping of keys to values, not a list"},
		{"a scalar", "approve\n", "p:1:1: the policy must be a mapping of keys to values, not text"},
		{"no version", "rules: [{name: a, paths: [a], require: {}}]\n", "p:1:1: the policy has no version"},
		{"version 2", strings.Replace(rule("paths: [a]", ok), "1", "2", 1), "p:1:10: this version of the policy format is not known"},
		{"version as text", strings.Replace(rule("paths: [a]", ok), "1", `"1"`, 1), "p:1:10: this version of the policy format is not known"},
		{"no rules", "version: 1\n", "p:1:1: the policy has no rules"},
		{"empty rules", "version: 1\nrules: []\n", "p:2:8: rules is an empty list"},
		{"rules of nothing", "version: 1\nrules:\n", "p:2:8: rules must be a list, not nothing"},
		{"an unknown key at the top", rule("paths: [a]", ok) + "rule: []\n", `p:6:1: unknown key "rule" in the policy`},
		{"an unknown key in a rule", rule("path: [a]", "paths: [a]", ok), `p:4:3: unknown key "path" in a rule`},
		{"an unknown key in require", rule("paths: [a]", "require: {aprovals: {count: 1}}"), `p:5:13: unknown key "aprovals" in require`},
		{"an unknown key in approvals", rule("paths: [a]", "require: {approvals: {form: [admin]}}"), `p:5:25: unknown key "form" in approvals`},
		{"an unknown key in automerge", rule("paths: [a]", ok) + "automerge: {metod: merge}\n", `p:6:13: unknown key "metod" in automerge`},
		{"a duplicate key at the top", rule("paths: [a]", ok) + "version: 1\n", `p:6:1: the key "version" is there twice; the first is on line 1`},
		{"a duplicate key in a rule", rule("paths: [a]", ok, "require: {}"), `p:6:3: the key "require" is there twice; the first is on line 5`},
		{"a duplicate key in flow style", rule("paths: [a]", "require: {duo: author, duo: author}"), `p:5:26: the key "duo" is there twice; the first is on line 5`},
		{"a duplicate rule name", rule("paths: [a]", ok) + "- name: all\n  paths: [b]\n  require: {}\n", `p:6:9: a rule named "all" is there already, on line 3`},
		{"no name", "version: 1\nrules:\n- paths: [a]\n  require: {}\n", "p:3:3: the rule has no name"},
		{"a name of a number", "version: 1\nrules:\n- name: 5\n  paths: [a]\n  require: {}\n", "p:3:9: name must be text, not a number"},
		{"a blank name", "version: 1\nrules:\n- name: \"  \"\n  paths: [a]\n  require: {}\n", "p:3:9: name is empty"},
		{"an invisible name", "version: 1\nrules:\n- name: \"a\\u202eb\"\n  paths: [a]\n  require: {}\n", "p:3:9: the name holds characters that cannot be seen"},
		{"no paths", rule(ok), "p:3:3: the rule has no paths"},
		{"empty paths", rule("paths: []", ok), "p:4:10: paths is an empty list"},
		{"paths that are no list", rule("paths: prod", ok), "p:4:10: paths must be a list, not text"},
		{"a path of nothing", rule("paths: [a, ~]", ok), "p:4:14: a pattern must be text, not nothing"},
		{"a bad pattern", rule(`paths: ["prod/[a"]`, ok), `p:4:11: "prod/[a" is not a valid pattern`},
		{"a leading slash", rule(`paths: [/prod]`, ok), `p:4:11: "/prod" begins with a slash and would match nothing: patterns are anchored at the root already`},
		{"no require", rule("paths: [a]"), "p:3:3: the rule has no require"},
		{"require of nothing", rule("paths: [a]", "require:"), "p:5:12: require must be a mapping of keys to values, not nothing"},
		{"count as text", rule("paths: [a]", `require: {approvals: {count: "1"}}`), "p:5:32: count must be a whole number, not text"},
		{"count 0", rule("paths: [a]", `require: {approvals: {count: 0}}`), "p:5:32: count is 0, less than 1"},
		{"count below", rule("paths: [a]", `require: {approvals: {count: -3}}`), "p:5:32: count is -3, less than 1"},
		{"count 1.5", rule("paths: [a]", `require: {approvals: {count: 1.5}}`), "p:5:32: count must be a whole number, not a number"},
		{"count beyond numbers", rule("paths: [a]", `require: {approvals: {count: 18446744073709551615}}`), "p:5:32: count is too large"},
		{"from nobody", rule("paths: [a]", `require: {approvals: {from: []}}`), "p:5:31: from is an empty list"},
		{"a role-like word", rule("paths: [a]", `require: {approvals: {from: [admins]}}`), `p:5:32: "admins" looks like a role, but the roles are admin, maintain, write, triage and read`},
		{"a bad team", rule("paths: [a]", `require: {approvals: {from: ["@sre"]}}`), `p:5:32: "@sre" is not a team`},
		{"duo of everybody", rule("paths: [a]", `require: {duo: everybody}`), `p:5:18: duo is "everybody", not author, approver or both`},
		{"duo of an approver who need not be", rule("paths: [a]", `require: {duo: both}`), `p:5:3: duo asks an approver to confirm, but there may be none`},
		{"signatures as text", rule("paths: [a]", `require: {signatures: "yes"}`), "p:5:25: signatures must be true or false, not text"},
		{"an empty any", rule("paths: [a]", `require: {any: []}`), "p:5:18: any is an empty list"},
		{"an alternative of nothing", rule("paths: [a]", `require: {any: [{duo: author}, {}]}`), "p:5:34: an entry of any that requires nothing"},
		{"special perhaps", rule("paths: [a]", "special: perhaps", ok), `p:5:12: special is "perhaps", not allow`},
		{"an unknown method", rule("paths: [a]", ok) + "automerge: {method: sqash}\n", `p:6:21: method is "sqash", not exact, merge, squash, rebase, ff-only or queue`},
		{"an unknown veto", rule("paths: [a]", ok) + "automerge: {unless: {label: [a]}}\n", `p:6:22: unknown key "label" in unless`},
		{"automerge of nothing", rule("paths: [a]", ok) + "automerge:\n", "p:6:12: automerge must be a mapping of keys to values, not nothing"},
		{"an unknown history", rule("paths: [a]", ok) + "history: all\n", `p:6:10: history is "all", not every-commit`},
		{"two documents", rule("paths: [a]", ok) + "---\nversion: 1\n", "p:7:1: a second YAML document begins here"},
		{"a tab", "version: 1\nrules:\n\t- name: a\n", "p:3:1: found character '\t' that cannot start any token"},
		{"an open bracket", "version: 1\nrules: [\n", "p:2:8: sequence end token ']' not found"},
		{"an unquoted star", rule("paths: [**]", ok), "p:4:11: aliases (*) are not allowed"},
		{"an anchor", rule("paths: &p [a]", ok), "p:4:10: anchors (&) are not allowed"},
		{"a merge key", rule("paths: [a]", "<<: {}", ok), "p:5:3: merge keys (<<) are not allowed"},
		{"a tag", rule("paths: !!binary [a]", ok), "p:4:10: tags (!) are not allowed"},
		{"an explicit key", "? version\n: 1\n", "p:1:1: explicit keys (?) are not allowed"},
		{"a directive", "%YAML 1.2\n---\n" + rule("paths: [a]", ok), "p:1:1: directives (%) are not allowed"},
		{"not UTF-8", "version: 1\nrules: \xff\n", "p:2:1: the file is not UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy, problems := ParsePolicy("p", []byte(test.text))
			if problems == nil {
				t.Fatalf("got no problem, want %q", test.want)
			}
			if got, _, _ := strings.Cut(problems.Error(), "\n"); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if problems.List()[0].Mend == "" {
				t.Error("no mend is offered")
			}
			if diff := cmp.Diff(Policy{}, policy); diff != "" {
				t.Errorf("a policy with problems is not the zero policy:\n%s", diff)
			}
		})
	}
}

func TestAllProblemsInOrder(t *testing.T) {
	_, problems := ParsePolicy(".sallyport.yml", []byte(`version: 1
rulez: []
rules:
- name: one
  paths: ["/a", "b/"]
  require: {duo: me}
- name: one
  paths: [c]
  requires: {}
`))
	want := `.sallyport.yml:2:1: unknown key "rulez" in the policy
    rulez: []
    did you mean "rules"?
.sallyport.yml:5:11: "/a" begins with a slash and would match nothing: patterns are anchored at the root already
      paths: ["/a", "b/"]
    remove the leading slash
.sallyport.yml:5:17: "b/" ends with a slash and would match nothing
      paths: ["/a", "b/"]
    write b/** for everything below
.sallyport.yml:6:18: duo is "me", not author, approver or both
      require: {duo: me}
    write author, approver or both
.sallyport.yml:7:9: a rule named "one" is there already, on line 4
    - name: one
    give each rule a name of its own
.sallyport.yml:9:3: unknown key "requires" in a rule
      requires: {}
    did you mean "require"?`
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestThreat10OversizedPolicy(t *testing.T) {
	text := rule("paths: [a]", ok)
	full := text + "#" + strings.Repeat("x", fileBytes-len(text)-1)
	if _, problems := ParsePolicy("p", []byte(full)); problems != nil {
		t.Errorf("exactly 256 KiB: got %v", problems)
	}
	_, problems := ParsePolicy("p", []byte(full+"x"))
	want := "p:1:1: the file has 262145 bytes, more than 256 KiB"
	if got, _, _ := strings.Cut(problems.Error(), "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestThreat70Bombs feeds shapes that expand, nest or multiply. Each must be refused before it costs anything: a
// test that hangs or overflows the stack is the failure.
func TestThreat70Bombs(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, fileBytes/len(unit)) }
	const wide = "nested too deeply, or a mapping with too many keys"
	refused := map[string]string{"keys": wide, "flow keys": wide, "open flow": "words and marks", "closed flow": "words and marks", "staircase": wide, "flow nest": wide,
		"deep": "nested deeper than 20 levels", "blank lines": "blank lines in a row", "bare dashes": "words and marks", "documents": "words and marks"}
	for name, text := range map[string]string{
		"aliases":       "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
		"open flow":     fill("["),
		"closed flow":   strings.Repeat("[", 100000) + strings.Repeat("]", 100000),
		"flow mappings": fill("{a: "),
		"dashes":        fill("- "),
		"questions":     fill("? "),
		"anchors":       fill("&a "),
		"tags":          fill("!a "),
		"keys":          strings.Repeat("a: b\n", keysMost+1),
		"flow keys":     "{" + strings.Repeat("a: b, ", keysMost+1) + "}",
		"staircase":     staircase(300),
		"flow nest":     strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"blank lines":   "a: |\n" + strings.Repeat("\n", 30000),
		"bare dashes":   fill("-\n"),
		"documents":     fill("---\na\n"),
		"brackets":      "[" + fill("[a],"),
		"commas":        fill(","),
		"quotes":        fill("'"),
		"deep":          "version: 1\nrules:\n- name: a\n  paths: [a]\n  require: " + strings.Repeat("{all: [", 12) + "{duo: author}" + strings.Repeat("]}", 12) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, problems := ParsePolicy("p", []byte(text)); problems == nil {
				t.Error("got no problem")
			} else if n := len(problems.Error()); n > 20000 || !strings.Contains(problems.Error(), refused[name]) {
				t.Errorf("got %d bytes, %.300s, want %q", n, problems, refused[name])
			}
		})
	}
}

func staircase(steps int) string {
	var b strings.Builder
	for i := range steps {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestManyRules(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nrules:\n")
	for i := range 1000 {
		b.WriteString("- name: rule " + strings.Repeat("i", i%90) + string(rune('a'+i/90)) + "\n  paths: [a]\n  " + ok + "\n")
	}
	policy, problems := ParsePolicy("p", []byte(b.String()))
	if problems != nil {
		t.Fatal(problems)
	}
	if got := len(policy.Approval.Rules); got != 1000 {
		t.Errorf("rules: got %d, want 1000", got)
	}
}

func TestExcerptsAreTame(t *testing.T) {
	_, problems := ParsePolicy("p", []byte("version: 1\nrulez: \"\x1b[31m\u202e"+strings.Repeat("x", 500)+"\"\n"))
	for _, p := range problems.List() {
		if strings.ContainsAny(p.Excerpt, "\x1b\u202e") || len(p.Excerpt) > 4*excerptRunes {
			t.Errorf("excerpt: got %q", p.Excerpt)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	example, err := os.ReadFile("testdata/policy.example.yml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Add([]byte(everything))
	for _, text := range []string{"", "a: b", rule("paths: [a]", ok), "- - - a", "{a: [b, {c: d}]}", "a: |\n  b\n", "a: &b c\nd: *b", "---\n...\n---", "\ufeffversion: 1", "a:\r\n- b\r\n", "\"", "? a\n: b", "a: !!str b", "<<: {a: b}"} {
		f.Add([]byte(text))
	}
	for _, bad := range badInput {
		f.Add([]byte(bad.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		policy, problems := ParsePolicy("p", text)
		if problems == nil {
			if err := policy.Approval.Check(); err != nil {
				t.Errorf("the parser accepts what the judge refuses: %v", err)
			}
			return
		}
		if len(problems.List()) == 0 || problems.List()[0].Text == "" {
			t.Error("a refusal without a problem")
		}
		if diff := cmp.Diff(Policy{}, policy); diff != "" {
			t.Errorf("a policy with problems is not the zero policy:\n%s", diff)
		}
	})
}

func BenchmarkParsePolicy(b *testing.B) {
	example, err := os.ReadFile("testdata/policy.example.yml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ParsePolicy("p", example)
	}
}
