package policybot_test

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// TestPolicyBotDismissals: the reviews that are taken back on GitHub are those that an option voided for good.
func TestPolicyBotDismissals(t *testing.T) {
	stale := func(r *pull.Request) { r.Reviews[0].Commit, r.Reviews[0].Content = older, "then" }
	edit := func(r *pull.Request) { r.Reviews[0].Edited = true }
	const pushes, edits = "invalidate_on_push: true", "ignore_edited_comments: true"
	for name, tt := range map[string]struct {
		options []string // of one rule each
		changes []change
		want    []int64
	}{
		"this head":                        {[]string{pushes}, []change{approves(ana)}, nil},
		"an earlier head":                  {[]string{pushes}, []change{approves(ana), stale}, []int64{1}},
		"an earlier head, without option":  {[]string{"{}"}, []change{approves(ana), stale}, nil},
		"the same content":                 {[]string{pushes}, []change{approves(ana), stale, func(r *pull.Request) { r.Reviews[0].Content = "now" }}, nil},
		"another target":                   {[]string{pushes}, []change{approves(ana), func(r *pull.Request) { r.Reviews[0].Elsewhere = true }}, nil},
		"a review of nobody knows what":    {[]string{pushes}, []change{approves(ana), func(r *pull.Request) { r.Reviews[0].Commit = "" }}, nil},
		"another rule still hears it":      {[]string{pushes, "allow_author: true"}, []change{approves(ana), stale}, nil},
		"both rules are deaf to it":        {[]string{pushes, edits}, []change{approves(ana), stale, edit}, []int64{1}},
		"edited":                           {[]string{edits}, []change{approves(ana), edit}, []int64{1}},
		"edited, without option":           {[]string{pushes}, []change{approves(ana), edit}, nil},
		"an objection":                     {[]string{pushes}, []change{reviewed(ana, pull.ChangesRequested), stale}, nil},
		"dismissed already":                {[]string{pushes}, []change{reviewed(ana, pull.Dismissed), stale}, nil},
		"somebody whose word never counts": {[]string{pushes}, []change{approves(gus), stale}, []int64{1}},
		"only the older of two":            {[]string{pushes}, []change{approves(ana), stale, approves(ana)}, []int64{1}},
		"a conflict":                       {[]string{pushes}, []change{approves(ana), stale, func(r *pull.Request) { r.Test.State = pull.Conflict }}, nil},
		"a rule that hears comments alone": {[]string{pushes + ", methods: {github_review: false}"}, []change{approves(ana), stale}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(tt.changes...)
			var got []int64
			for _, d := range policybot.Dismissals(rulesWith(t, tt.options), r, nil) {
				if got = append(got, d.Review); d.Why == "" || d.Author == "" {
					t.Errorf("%+v says neither whose nor why", d)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("dismisses %v, want %v", got, tt.want)
			}
		})
	}
}

// What a rule in doubt would hear, nobody knows; one whose predicates do not hold hears nobody, and has no say.
func TestDismissalsBesideAnotherRule(t *testing.T) {
	for name, tt := range map[string]struct {
		other string
		want  int
	}{
		"in doubt": {"{name: b, requires: {count: 1, teams: [acme/unread]}}", 0},
		"skipped":  {"{name: b, if: {has_labels: [Absent]}, requires: {count: 1, permissions: [write]}}", 1},
		"certain":  {"{name: b, requires: {count: 1, permissions: [write]}}", 0},
	} {
		t.Run(name, func(t *testing.T) {
			policy, problems := config.ParsePolicyBot(".policy.yml", []byte("policy: {approval: [a, b]}\napproval_rules:\n"+
				"  - {name: a, requires: {count: 1, permissions: [write]}, options: {invalidate_on_push: true}}\n  - "+tt.other+"\n"))
			if problems != nil {
				t.Fatal(problems)
			}
			r := request(approves(ana), func(r *pull.Request) { r.Reviews[0].Commit, r.Reviews[0].Content = older, "then" })
			if got := policybot.Dismissals(*policy, r, nil); len(got) != tt.want {
				t.Errorf("dismisses %+v, want %d", got, tt.want)
			}
		})
	}
}

func rulesWith(t *testing.T, options []string) policybot.Policy {
	t.Helper()
	text, rules := "policy:\n  approval:\n", "approval_rules:\n"
	for i, o := range options {
		name := string(rune('a' + i))
		if o == "{}" {
			o = ""
		}
		text += "    - " + name + "\n"
		rules += "  - {name: " + name + ", requires: {count: 1, permissions: [write]}, options: {" + o + "}}\n"
	}
	policy, problems := config.ParsePolicyBot(".policy.yml", []byte(text+rules))
	if problems != nil {
		t.Fatal(problems)
	}
	return *policy
}
