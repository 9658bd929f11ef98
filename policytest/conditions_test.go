package policytest

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// Every condition of the language can be tried by a case: one that meets it passes, one that does not waits.
func TestCasesMeetConditions(t *testing.T) {
	const policy = "version: 1\nrules:\n  - {name: special, paths: [\"**\"], when: {%s}, require: {}}\n" +
		"  - {name: usual, paths: [\"**\"], require: {approvals: {count: 1, from: [admin]}}}\n"
	for name, tt := range map[string]struct{ when, meets, misses string }{
		"author":       {"author: ['renovate[bot]']", "author: 'renovate[bot]'", "author: dev"},
		"author team":  {"author: ['@acme/sre']", "author: {login: dev, teams: [acme/sre]}", "author: dev, people: [eve, {login: ana, role: admin}]"},
		"role":         {"author: [maintain]", "author: {login: dev, role: admin}", "author: dev"},
		"contributors": {"contributors: [eve]", "author: dev, commits: [{author: eve}]", "author: dev"},
		"only":         {"only_contributors: [dev]", "author: dev", "author: dev, pusher: eve"},
		"target":       {"target: [release]", "author: dev, target: release", "author: dev"},
		"source":       {"source: ['renovate/**']", "author: dev, source: renovate/go", "author: dev"},
		"repository":   {"repository: [acme/jobs]", "author: dev, repository: acme/jobs", "author: dev"},
		"size":         {"size: {total: '< 10'}", "author: dev, size: {added: 4, deleted: 5}", "author: dev, size: {added: 5, deleted: 5}"},
		"labels":       {"labels: [urgent]", "author: dev, labels: [Urgent]", "author: dev, labels: [other]"},
		"title":        {"title: {matches: ['^fix:']}", "author: dev, title: 'fix: it'", "author: dev"},
		"draft":        {"draft: true", "author: dev, draft: true", "author: dev"},
		"checks":       {"checks: {names: [ci], conclusions: [success]}", "author: dev, checks: [{name: ci}]", "author: dev, checks: [{name: ci, conclusion: failure}]"},
		"workflows": {"workflows: {paths: [.github/workflows/ci.yml], conclusions: [success]}", "author: dev, workflows: [{path: .github/workflows/ci.yml}]",
			"author: dev, workflows: [{path: .github/workflows/ci.yml, conclusion: failure}]"},
		"signatures": {"signatures: {by: [dev]}", "author: dev, commits: [{author: dev, signed: true}]", "author: dev"},
	} {
		t.Run(name, func(t *testing.T) {
			source := pull.Source{Path: ".sallyport.yml", Blob: "x", Text: fmt.Sprintf(policy, tt.when)}
			for words, want := range map[string]string{tt.meets: "pass", tt.misses: "wait"} {
				holds(t, source, "change: [docs/a], "+words+", expect: {approval: "+want+"}")
			}
		})
	}
}

func TestCasesWithWordsAndOwners(t *testing.T) {
	source := func(require string) pull.Source {
		return pull.Source{Path: ".sallyport.yml", Blob: "x",
			Text: "version: 1\nrules:\n  - {name: all, paths: [\"**\"], require: {" + require + "}}\n"}
	}
	words := source(`approvals: {count: 1, from: [admin], by: {reviews: true, comments: [":+1:"]}}`)
	holds(t, words, `change: [a], author: dev, comments: [{by: {login: ana, role: admin}, text: ":+1:"}], expect: {approval: pass}`)
	holds(t, words, `change: [a], author: dev, comments: [{by: {login: ana, role: admin}, text: ":+1:", edited: true}], expect: {approval: wait}`)
	holds(t, words, `change: [a], author: dev, comments: [{by: {login: ana, role: admin}, text: ":+1:", on: earlier}], expect: {approval: wait}`)
	owners := source("codeowners: true")
	holds(t, owners, `change: [a], author: dev, codeowners: "* @ana", reviews: [ana], expect: {approval: pass}`)
	holds(t, owners, `change: [a], author: dev, codeowners: "* @ana", reviews: [eve], expect: {approval: wait}`)
	holds(t, owners, `change: [a], author: dev, reviews: [ana], expect: {approval: block, code: codeowners-missing}`)
}

func holds(t *testing.T, source pull.Source, words string) {
	t.Helper()
	cases, problems := config.ParseCases("cases.yml", []byte("- {name: case, "+words+"}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	if res := Run(cases[0], source, pull.Source{}); !res.Passed {
		t.Errorf("%s: %q\n%+v", words, res.Wrong, res.Approval)
	}
}
