package policybot_test

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// TestPolicyBotReviewers: a pending rule says whom to ask for a review, by each of policy-bot's modes.
func TestPolicyBotReviewers(t *testing.T) {
	for name, tt := range map[string]struct {
		options, requires string
		change            func(*pull.Request)
		people            int
		teams             []string
	}{
		"all users":               {"{enabled: true, mode: all-users}", "{count: 1, permissions: [admin]}", nil, 2, nil},
		"random users":            {"{enabled: true, mode: random-users}", "{count: 1, permissions: [admin]}", nil, 1, nil},
		"two by chance":           {"{enabled: true, mode: random-users, count: 2}", "{count: 1, permissions: [admin]}", nil, 2, nil},
		"as many as are required": {"{enabled: true, mode: random-users}", "{count: 2, permissions: [write]}", nil, 2, nil},
		"fewer than are required": {"{enabled: true, mode: random-users, count: 1}", "{count: 2, permissions: [write]}", nil, 1, nil},
		"teams":                   {"{enabled: true, mode: teams}", "{count: 1, teams: [acme/sre]}", nil, 0, []string{"acme/sre"}},
		"disabled":                {"{enabled: false, mode: all-users}", "{count: 1, permissions: [admin]}", nil, 0, nil},
		"already granted":         {"{enabled: true, mode: all-users}", "{count: 0}", nil, 0, nil},
		"a conflict":              {"{enabled: true, mode: all-users}", "{count: 1, permissions: [admin]}", func(r *pull.Request) { r.Test.State = pull.Conflict }, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			policy, problems := config.ParsePolicyBot(".policy.yml", []byte("policy: {approval: [a]}\napproval_rules:\n  - {name: a, requires: "+
				tt.requires+", options: {request_review: "+tt.options+"}}\n"))
			if problems != nil {
				t.Fatal(problems)
			}
			r := asked()
			if tt.change != nil {
				tt.change(&r)
			}
			people, teams := policybot.Reviewers(*policy, r, nil)
			if len(people) != tt.people || !slices.Equal(teams, tt.teams) || slices.Contains(people, "dee") {
				t.Errorf("asked %q and %q, want %d people and %q", people, teams, tt.people, tt.teams)
			}
			if again, _ := policybot.Reviewers(*policy, r, nil); !slices.Equal(again, people) {
				t.Errorf("asked %q, then %q", people, again)
			}
		})
	}
}

// asked is a pull request by dee; ana, bo and dee are admins.
func asked() pull.Request {
	people := []pull.Account{{ID: 1, Login: "ana", Kind: pull.User}, {ID: 2, Login: "bo", Kind: pull.User}, {ID: 3, Login: "cy", Kind: pull.User},
		{ID: 4, Login: "dee", Kind: pull.User}}
	return pull.Request{Repo: pull.Repo{ID: 9, Owner: "acme", Name: "infra"}, Number: 7, Author: people[3], Pusher: people[3],
		Test: pull.TestMerge{State: pull.Clean}, Head: pull.Head{SHA: "h"}, Files: []pull.File{{Path: "x", NewMode: pull.Regular}},
		Commits: []pull.Commit{{SHA: "h", Author: people[3], Committer: people[3]}}, CommitsTotal: 1,
		Standing: pull.Standing{Candidates: people, Members: map[string][]int64{"acme/sre": {3}},
			Roles: map[int64]pull.Role{1: pull.Admin, 2: pull.Admin, 3: pull.Write, 4: pull.Admin}}}
}
