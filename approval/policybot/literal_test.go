package policybot_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

// twofold are predicates that hold to policy-bot where they do not to us, and what makes that so.
var twofold = map[string]struct {
	predicate string
	changes   []change
}{
	"a co-author beside the author":         {"author_is_only_contributor: true", []change{coauthored(gus)}},
	"another pusher":                        {"author_is_only_contributor: true", []change{pushedBy(eve)}},
	"a co-author of the team":               {"only_has_contributors_in: {users: [dee]}", []change{coauthored(gus)}},
	"a pusher of the team":                  {"only_has_contributors_in: {users: [dee]}", []change{pushedBy(eve)}},
	"a co-author beside a commit of nobody": {"only_has_contributors_in: {users: [dee]}", []change{coauthored(gus), commit(ghost, ghost)}},
	"a status beside a failed run":          {"has_status: {conclusions: [failure], statuses: [scan]}", beside},
	"a pending status beside a good run":    {"has_successful_status: [scan]", []change{checked(pull.CheckRun, "scan", "success"), checked(pull.CommitStatus, "scan", "")}},
	"two apps' runs of a name":              {"has_status: {conclusions: [failure], statuses: [scan]}", []change{checked(pull.CheckRun, "scan", "success"), checked(pull.CheckRun, "scan", "failure")}},
	"a newer run of the workflow":           {"has_workflow_result: {conclusions: [failure], workflows: [scan.yml]}", []change{working("scan.yml")}},
	"a property with several values":        {"custom_property_matches_none_of: {tier: [lab]}", []change{tier("lab", "prod")}},
	"an SSH signature":                      {"has_valid_signatures: true", []change{badlySigned("signature-unsupported-ssh")}},
	"GitHub's signature":                    {"has_valid_signatures_by: {users: [dee]}", []change{badlySigned("signature-web-flow")}},
	"a key that is not in the keyring":      {"has_valid_signatures_by_keys: {key_ids: [3aa5c34371567bd2]}", []change{badlySigned("signature-unknown-key")}},
	"a key that may have such a subkey":     {"has_valid_signatures_by_keys: {key_ids: [3aa5c34371567bd2]}", []change{signed(dee, "0123456789ABCDEF0123")}},
}

var beside = []change{checked(pull.CheckRun, "scan", "failure"), checked(pull.CommitStatus, "scan", "success")}

func coauthored(by pull.Account) change {
	return func(r *pull.Request) { r.Commits[0].CoAuthors = append(r.Commits[0].CoAuthors, by) }
}

func pushedBy(by pull.Account) change { return func(r *pull.Request) { r.Pusher = by } }

func working(path string) change {
	return func(r *pull.Request) {
		r.Workflows = append(r.Workflows, pull.Workflow{Path: path, Status: "in_progress"})
	}
}

func rowOf(want pull.State, code string, changes ...change) row {
	return row{name: want.String(), changes: changes, want: want, code: code}
}

// TestAStrictRuleAppliesByEitherReading: what we take for no is no reason to skip a rule that policy-bot would not skip.
func TestAStrictRuleAppliesByEitherReading(t *testing.T) {
	for name, tt := range twofold {
		t.Run(name, func(t *testing.T) {
			run(t, "policy: {approval: [one, strict]}\napproval_rules:\n  - {name: one, requires: {count: 1, users: [ana]}, options: {allow_contributor: true}}\n"+
				"  - {name: strict, if: {"+tt.predicate+"}, requires: {count: 1, users: [cy]}, options: {allow_contributor: true}}\n",
				rowOf(pull.Wait, "rule-pending", append(slices.Clone(tt.changes), approves(ana))...),
				rowOf(pull.Pass, "rule-approved", append(slices.Clone(tt.changes), approves(ana), approves(cy))...))
		})
	}
}

// TestADisapprovalHoldsByEitherReading: nor is it a reason not to disapprove.
func TestADisapprovalHoldsByEitherReading(t *testing.T) {
	for name, tt := range twofold {
		t.Run(name, func(t *testing.T) {
			run(t, "policy: {approval: [one], disapproval: {if: {"+tt.predicate+"}}}\napproval_rules:\n  - {name: one, requires: {count: 1, users: [ana]}, options: {allow_contributor: true}}\n",
				rowOf(pull.Block, "disapproved-by-condition", append(slices.Clone(tt.changes), approves(ana))...))
		})
	}
}

// TestPolicyBotsReadingLetsNothingPass: what policy-bot alone takes for yes spares nobody a review, and does not show.
func TestPolicyBotsReadingLetsNothingPass(t *testing.T) {
	for name, tt := range twofold {
		t.Run(name, func(t *testing.T) {
			run(t, free(tt.predicate), rowOf(pull.Wait, "condition-fails", tt.changes...),
				rowOf(pull.Wait, "condition-fails", append(slices.Clone(tt.changes), changing(".policy.yml"))...),
				rowOf(pull.Pass, "condition-fails", append(slices.Clone(tt.changes), approves(ana))...))
		})
	}
	run(t, free("has_valid_signatures: false"), rowOf(pull.Pass, "", badlySigned("signature-missing")),
		rowOf(pull.Wait, "rule-pending", badlySigned("signature-unsupported-ssh")))
}

// free asks for no review where the predicate holds.
func free(predicate string) string {
	return "policy: {approval: [{or: [free, review]}]}\napproval_rules:\n  - {name: free, if: {" + predicate + "}}\n" +
		"  - {name: review, requires: {count: 1, users: [ana]}, options: {allow_contributor: true}}\n"
}

// TestPolicyBotsReadingIsCertainOfSome: what policy-bot, too, takes for no asks for nothing.
func TestPolicyBotsReadingIsCertainOfSome(t *testing.T) {
	for name, tt := range map[string]struct {
		predicate string
		changes   []change
	}{
		"another author":         {"author_is_only_contributor: true", []change{commit(eve, dee)}},
		"another committer":      {"only_has_contributors_in: {users: [dee]}", []change{commit(dee, eve)}},
		"a run that went well":   {"has_status: {conclusions: [failure], statuses: [scan]}", []change{checked(pull.CheckRun, "scan", "success"), checked(pull.CommitStatus, "scan", "failure")}},
		"no run":                 {"has_status: {conclusions: [failure], statuses: [scan]}", nil},
		"a workflow went well":   {"has_workflow_result: {conclusions: [failure], workflows: [scan.yml]}", []change{worked("scan.yml", "success")}},
		"a property of that one": {"custom_property_matches_none_of: {tier: [lab]}", []change{tier("lab")}},
		"no signature":           {"has_valid_signatures: true", []change{badlySigned("signature-missing")}},
		"another's signature":    {"has_valid_signatures_by: {users: [dee]}", []change{signed(eve, "AB")}},
		"an SSH key":             {"has_valid_signatures_by_keys: {key_ids: [3aa5c34371567bd2]}", []change{badlySigned("signature-unsupported-ssh")}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, "policy: {approval: [one, strict]}\napproval_rules:\n  - {name: one, requires: {count: 1, users: [ana]}, options: {allow_contributor: true}}\n"+
				"  - {name: strict, if: {"+tt.predicate+"}, requires: {count: 1, users: [cy]}, options: {allow_contributor: true}}\n",
				rowOf(pull.Pass, "rule-skipped", append(slices.Clone(tt.changes), approves(ana))...))
		})
	}
}

// aside is a rule that applies by policy-bot's reading alone, beside one that hears nobody who spoke before a push.
const aside = "policy: {approval: [one, strict]}\napproval_rules:\n" +
	"  - {name: one, options: {invalidate_on_push: true}, requires: {count: 1, users: [ana]}}\n" +
	"  - {name: strict, if: {author_is_only_contributor: true}, options: {request_review: {enabled: true, mode: all-users}}, requires: {count: 1, users: [cy, ana]}}\n"

func TestAReviewIsNotDismissedThatPolicyBotsReadingHears(t *testing.T) {
	stale := func(r *pull.Request) { r.Reviews[0].Commit, r.Reviews[0].Content = older, "then" }
	for predicate, want := range map[string]int{"author_is_only_contributor: true": 0, "title: {matches: [never]}": 1} {
		p := parse(t, strings.Replace(aside, "author_is_only_contributor: true", predicate, 1))
		if got := policybot.Dismissals(p, request(coauthored(gus), approves(ana), stale), nil); len(got) != want {
			t.Errorf("%s: dismisses %v, want %d", predicate, got, want)
		}
	}
}

func TestWhomPolicyBotsReadingWaitsForIsAsked(t *testing.T) {
	known := func(r *pull.Request) { r.Standing.Candidates = []pull.Account{ana, cy} }
	p := parse(t, strings.Replace(aside, "[cy, ana]", "[cy]", 1))
	if got, _ := policybot.Reviewers(p, request(coauthored(gus), approves(ana), known), nil); !slices.Equal(got, []string{"cy"}) {
		t.Errorf("asked %q, want cy", got)
	}
}

func TestDemandsKnowBothReadings(t *testing.T) {
	r := request(coauthored(gus))
	strict, _ := policybot.Demands(parse(t, aside), r, nil)
	lax, _ := policybot.Demands(parse(t, strings.Replace(aside, "[one, strict]", "[one]", 1)), r, nil)
	if diffOf(lax[0], strict[0]) != "" || diffOf(lax[1], strict[1]) == "" {
		t.Errorf("the two policies ask for %+v and %+v", lax, strict)
	}
}
