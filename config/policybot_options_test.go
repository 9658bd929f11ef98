package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/approval/policybot"
)

const defaultsExample = `
policy:
  approval: [silent, loud]
  disapproval: {requires: {users: [ana]}}
approval_rules:
  - name: silent
  - name: loud
    options:
      allow_author: false
      invalidate_on_push: false
      ignore_commits_by: {teams: [acme/bots]}
      request_review: {enabled: true}
      methods: {comment_patterns: [], github_review: true, body_patterns: [done]}
approval_defaults: # they count for the rules above as well
  options:
    allow_author: true
    allow_contributor: true
    invalidate_on_push: true
    ignore_commits_by: {users: ["bot[bot]"]}
    request_review: {mode: teams, count: 3}
    methods: {comments: [], comment_patterns: [lgtm], github_review: false, github_review_comment_patterns: [fine]}
`

func TestPolicyBotApprovalDefaults(t *testing.T) {
	p, problems := ParsePolicyBot(".policy.yml", []byte(defaultsExample))
	if problems != nil {
		t.Fatal(problems)
	}
	lgtm, _ := policybot.Compile("lgtm")
	done, _ := policybot.Compile("done")
	fine, _ := policybot.Compile("fine")
	for i, want := range []policybot.Options{{
		AllowAuthor: true, AllowContributor: true, InvalidateOnPush: true, IgnoreCommitsBy: policybot.Actors{Users: []string{"bot[bot]"}},
		RequestReview: policybot.RequestReview{Mode: "teams", Count: 3}, Methods: policybot.Methods{Comments: []string{}, CommentPatterns: []policybot.Pattern{lgtm}, ReviewPatterns: []policybot.Pattern{fine}},
	}, {
		AllowContributor: true, IgnoreCommitsBy: policybot.Actors{Teams: []string{"acme/bots"}},
		RequestReview: policybot.RequestReview{Enabled: true, Mode: "random-users"},
		Methods:       policybot.Methods{Comments: []string{}, Review: true, ReviewPatterns: []policybot.Pattern{fine}, BodyPatterns: []policybot.Pattern{done}},
	}} {
		if diff := cmp.Diff(want, p.Rules[i].Options); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Rules[i].Name, diff)
		}
	}
	if diff := cmp.Diff(policybot.DefaultMethods(true), p.Disapproval.Revoke); diff != "" {
		t.Errorf("disapproval takes no defaults (-want +got):\n%s", diff)
	}
}

// What approval_defaults leaves out, and an empty one, is as if it were not there.
func TestPolicyBotEmptyDefaults(t *testing.T) {
	for _, defaults := range []string{"{}", "", "{options: {}}", "{options: {methods: {}}}"} {
		p, problems := ParsePolicyBot(".policy.yml", []byte("approval_rules: [{name: a}]\napproval_defaults: "+defaults+"\n"))
		if problems != nil {
			t.Fatal(problems)
		}
		if diff := cmp.Diff(policybot.Options{Methods: policybot.DefaultMethods(true)}, p.Rules[0].Options); diff != "" {
			t.Errorf("%s (-want +got):\n%s", defaults, diff)
		}
	}
}
