package policytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

const policy = `version: 1
rules:
  - name: staging is free
    paths: [staging/**]
    require: {}
  - name: production needs an admin
    paths: [prod/**]
    require: {approvals: {count: 1, from: [admin]}, duo: author, signatures: true}
  - name: the rest
    paths: ["**"]
    require: {any: [{approvals: {count: 2, from: ["@acme/sre"]}}, {signatures: true, approvals: {from: [ursula]}}]}
`

var source = pull.Source{Path: ".sallyport.yml", Blob: "x", Text: policy}

// run judges the one case of a file.
func run(t *testing.T, text string) Result {
	t.Helper()
	cases, problems := config.ParseCases("cases.yml", []byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	if len(cases) != 1 {
		t.Fatalf("got %d cases, want 1", len(cases))
	}
	return Run(cases[0], source, pull.Source{})
}

func TestCasesThatHold(t *testing.T) {
	for name, text := range map[string]string{
		"free":               "change: [staging/a], author: dev, expect: {approval: pass, code: approved-by-default, duo: not-required, signatures: not-required}",
		"a rename counts":    "change: [{path: staging/a, was: prod/a}], author: dev, expect: {approval: wait, by_rule: {production needs an admin: wait, staging is free: pass, the rest: not-governing}}",
		"removed":            "change: [{path: prod/a, mode: removed}], author: dev, expect: {code: no-admin-approval, duo: author, signatures: required}",
		"an approval":        "change: [prod/a], author: dev, reviews: [{by: ana, role: admin}], commits: [{author: dev, signed: true}], expect: {approval: pass, code: approved, duo: required, signatures: pass}",
		"unsigned":           "change: [prod/a], author: dev, reviews: [{by: ana, role: admin}], expect: {approval: pass, signatures: block, code: signature-missing}",
		"too low a role":     "change: [prod/a], author: dev, reviews: [ana], expect: {approval: wait, code: role-too-low}",
		"one's own":          "change: [prod/a], author: {login: dev, role: admin}, reviews: [dev], expect: {approval: wait, code: author-approval}",
		"a contributor":      "change: [prod/a], author: dev, reviews: [{by: ana, role: admin}], commits: [{author: dev}, {author: dev, co_authors: [ana]}], expect: {approval: wait, code: contributor-approval}",
		"a pusher":           "change: [prod/a], author: dev, pusher: ana, reviews: [{by: ana, role: admin}], expect: {approval: wait, code: contributor-approval}",
		"stale":              "change: [prod/a], author: dev, reviews: [{by: ana, role: admin, on: earlier}], expect: {approval: wait, code: approval-stale}",
		"dismissed":          "change: [prod/a], author: dev, reviews: [{by: ana, role: admin, state: dismissed}], expect: {approval: wait, code: approval-dismissed}",
		"a veto":             "change: [prod/a], author: dev, reviews: [{by: ana, role: admin, state: changes-requested}], expect: {approval: block}",
		"unattributed":       "change: [prod/a], author: dev, commits: [{unattributed: true}], expect: {approval: block, code: commit-unattributed}",
		"a team":             "change: [docs/a], author: dev, reviews: [{by: sam, teams: [acme/sre]}, {by: tia, teams: [acme/sre]}], expect: {approval: pass}",
		"half a team":        "change: [docs/a], author: dev, reviews: [{by: sam, teams: [acme/sre]}], expect: {approval: wait}",
		"an alternative":     "change: [docs/a], author: dev, reviews: [ursula], commits: [{author: dev, signed: true}], expect: {approval: pass}",
		"nobody else":        "change: [prod/a], author: dev, people: [eve], expect: {approval: block, code: nobody-can-approve}",
		"somebody else":      "change: [prod/a], author: dev, people: [{login: ana, role: admin}], expect: {approval: wait, code: no-admin-approval}",
		"a symlink":          "change: [{path: staging/a, mode: symlink}], author: dev, expect: {approval: block, code: special-entry}",
		"the gate itself":    "change: [.sallyport.yml], author: dev, expect: {approval: wait}",
		"another's bot":      "change: [prod/a], author: 'renovate[bot]', reviews: [{by: ana, role: admin}], expect: {approval: pass}",
		"a bot's approval":   "change: [prod/a], author: dev, reviews: ['helper[bot]'], expect: {approval: wait, code: bot-approval}",
		"a hidden lookalike": `change: ["prod/\u202ea"], author: dev, expect: {approval: block, code: odd-path}`,
	} {
		t.Run(name, func(t *testing.T) {
			if res := run(t, "- {name: case, "+text+"}\n"); !res.Passed {
				t.Errorf("%s\n%+v", strings.Join(res.Wrong, "\n"), res.Approval)
			}
		})
	}
}

func TestCasesThatDoNotHold(t *testing.T) {
	for name, tt := range map[string]struct{ expect, want string }{
		"state":         {"approval: pass", "approval: expected pass, got wait"},
		"code":          {"code: approved", "code: expected approved, which is nowhere; the first is no-admin-approval"},
		"second code":   {"code: [no-admin-approval, approved]", "code: expected approved, which is nowhere; the first is no-admin-approval"},
		"duo":           {"duo: not-required", "duo: expected not-required, got author"},
		"duo by whom":   {"duo: both", "duo: expected both, got author"},
		"signatures":    {"signatures: not-required", "signatures: expected not-required, got block"},
		"signed":        {"signatures: pass", "signatures: expected pass, got block"},
		"rule":          {"by_rule: {production needs an admin: pass}", `by_rule: "production needs an admin": expected pass, got wait`},
		"idle rule":     {"by_rule: {the rest: pass}", `by_rule: "the rest": expected pass, got not-governing`},
		"unknown rule":  {"by_rule: {prod: pass}", `by_rule: the policy has no rule named "prod"`},
		"rule not idle": {"by_rule: {production needs an admin: not-governing}", `by_rule: "production needs an admin": expected not-governing, got wait`},
	} {
		t.Run(name, func(t *testing.T) {
			res := run(t, "- {name: case, change: [prod/a], author: dev, expect: {"+tt.expect+"}}\n")
			if res.Passed || len(res.Wrong) != 1 || res.Wrong[0] != tt.want {
				t.Errorf("got %q, want %q", res.Wrong, tt.want)
			}
		})
	}
}

func TestAPolicyWithAFaultFailsItsCases(t *testing.T) {
	cases, _ := config.ParseCases("cases.yml", []byte("- {name: case, change: [a], author: dev, expect: {approval: block}}\n"))
	res := Run(cases[0], pull.Source{Path: ".sallyport.yml", Text: "version: 1\nrules:\n  - {name: a, paths: [/a], require: {}}\n"}, pull.Source{})
	if res.Passed || len(res.Wrong) != 1 || !strings.Contains(res.Wrong[0], ".sallyport.yml:3:23: \"/a\" begins with a slash") {
		t.Errorf("got %q", res.Wrong)
	}
}

func TestTheSameCaseAlwaysComesToTheSame(t *testing.T) {
	const text = "- {name: case, change: [prod/a, docs/b], author: dev, reviews: [ana, bo], expect: {approval: pass}}\n"
	if a, b := fmt.Sprintf("%+v", run(t, text).Approval), fmt.Sprintf("%+v", run(t, text).Approval); a != b {
		t.Errorf("got\n%s\nand\n%s", a, b)
	}
}

func BenchmarkRun(b *testing.B) {
	cases, problems := config.ParseCases("cases.yml", []byte("- {name: case, change: [prod/a, docs/b], author: dev, reviews: [ana], expect: {approval: wait}}\n"))
	if problems != nil {
		b.Fatal(problems)
	}
	for b.Loop() {
		Run(cases[0], source, pull.Source{})
	}
}
