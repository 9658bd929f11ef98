package automerge

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// Threats 74 and 76: GitHub says in a sentence what is missing; people need to know which setting that is, and how to set it.
func TestThreat74And76RefusalsNameTheSetting(t *testing.T) {
	ruleset := pull.Rules{Checks: []pull.RequiredCheck{{Name: "ci", From: "ruleset main"}}}
	classic := pull.Rules{Checks: []pull.RequiredCheck{{Name: "ci", From: "branch protection"}}}
	for _, tt := range []struct {
		says  string
		rules pull.Rules
		want  string
		how   string
	}{
		{`Required status check "ci" is expected.`, ruleset, "required-checks", "bypass actor (Always) of that ruleset"},
		{`Required status check "ci" is expected.`, classic, "required-checks", "No app can pass by classic branch protection"},
		{`2 of 3 required status checks have not succeeded`, pull.Rules{}, "required-checks", "bypass actor"},
		{"You're not authorized to push to this branch.", pull.Rules{}, "push-restricted", "may push"},
		{"Changes must be made through a pull request.", pull.Rules{}, "pull-request-required", "bypass"},
		{"Changes must be made through the merge queue", pull.Rules{}, "merge-queue", "automerge.method to queue"},
		{"Commits must have verified signatures. Found 1 violation(s).", pull.Rules{}, "required-signatures", "public key"},
		{"This branch must not contain merge commits.", pull.Rules{}, "linear-history", "squash or rebase"},
		{"This branch is locked", pull.Rules{}, "branch-locked", "Unlock"},
		{"Cannot update this protected ref.", pull.Rules{}, "update-restricted", "bypass actor"},
		{"Cannot force-push to this branch", pull.Rules{}, "force-push", "is ever forced"},
		{"refusing to allow a GitHub App to create or update workflow `x.yml` without `workflows` permission", pull.Rules{},
			"workflows-permission", "Workflows: write"},
		{"refs/notes/sallyport points to something that is no commit", pull.Rules{}, "notes-unreadable", "newest commit of notes that you trust"},
		{"Resource not accessible by integration", pull.Rules{}, "contents-permission", "Contents: write"},
		{"Something new", pull.Rules{}, "unknown", "the setting that GitHub names"},
	} {
		b := pull.Binding{Repo: 1, Number: 2, Method: pull.MethodExact}
		c := Case{Policy: &Policy{Method: pull.MethodExact}, Request: pull.Request{Rules: tt.rules}, Binding: b,
			Intents: []pull.Intent{{State: pull.IntentRefused, Code: "protected", Detail: tt.says, Binding: b}}}
		got := c.refusals()
		if len(got) != 1 || got[0].Evidence["setting"] != tt.want || !strings.Contains(got[0].Next, tt.how) {
			t.Errorf("%q: got %+v, want setting %s and how: %s", tt.says, got, tt.want, tt.how)
		}
	}
}

// Where the rules show beforehand that an exact landing would be refused, nobody is asked for anything.
func TestThreat74ExactObstaclesAreFoundBeforehand(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules pull.Rules
		want  string
	}{
		{"nothing", pull.Rules{}, ""},
		{"a classic check", pull.Rules{Checks: []pull.RequiredCheck{{Name: "ci", From: "branch protection"}}}, "checks-on-merge"},
		{"our own check", pull.Rules{Checks: []pull.RequiredCheck{{Name: "sallyport/duo", From: "branch protection"}}}, ""},
		{"a ruleset's check, which can be passed by", pull.Rules{Checks: []pull.RequiredCheck{{Name: "ci", From: "ruleset main"}}}, ""},
		{"linear history", pull.Rules{Linear: true}, "linear-history"},
	} {
		c := Case{Policy: &Policy{Method: pull.MethodExact}, Signs: true, Request: pull.Request{Rules: tt.rules},
			Reports: []pull.Report{{Name: "sallyport/duo"}}}
		var code string
		if got := c.methodObstacles(); len(got) > 0 {
			code = got[0].Code
		}
		if code != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, code, tt.want)
		}
	}
}
