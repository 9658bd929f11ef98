package approval

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// Who could agree only as a member of a team that GitHub hides is nowhere spelt out, and still counts as able.
func TestThreat68MembersOfSecretTeamsAreNotNamed(t *testing.T) {
	secret := func(r *pull.Request) { r.Standing.Secret = []string{"acme/sre"} }
	asked := func(p Policy) Policy {
		p.Rules[0].Reviewers = &ReviewRequests{Mode: ReviewAll}
		return p
	}
	for _, tc := range []struct {
		name          string
		policy        Policy
		secret        bool
		lead          string
		named, hidden []string
	}{
		{"a visible team", policy(from(1, "@acme/sre")), false, "no-approval", []string{"cy", "fay"}, nil},
		{"a secret team", policy(from(1, "@acme/sre")), true, "no-approval", []string{"@acme/sre"}, []string{"cy", "fay"}},
		{"a secret team or a role", policy(from(1, "@acme/sre", "maintain")), true, "no-approval", []string{"ana", "bo", "cy"}, []string{"fay"}},
		{"a secret team or a name", policy(from(1, "@acme/sre", "user:fay")), true, "no-approval", []string{"fay"}, []string{"cy"}},
		{"too few of a secret team", policy(from(3, "@acme/sre")), true, "nobody-can-approve", []string{"@acme/sre"}, []string{"cy", "fay"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := request()
			r.Standing.Accounts = map[string]pull.Account{"fay": fay}
			if tc.secret {
				secret(&r)
			}
			verdict, needs := Judge(asked(tc.policy), r, nil, pull.Pass)
			said := strings.Fields(strings.NewReplacer(",", " ", ":", " ", ".", " ", "[", " ", "]", " ", "{", " ", "}", " ").Replace(fmt.Sprintf("%+v %v", verdict.Reasons, needs.Reviewers.People)))
			if got := verdict.Lead().Code; got != tc.lead {
				t.Errorf("lead: got %s, want %s", got, tc.lead)
			}
			for _, name := range tc.named {
				if !slices.Contains(said, name) {
					t.Errorf("%s is not named: %v", name, said)
				}
			}
			for _, name := range tc.hidden {
				if slices.Contains(said, name) {
					t.Errorf("%s is named: %v", name, said)
				}
			}
		})
	}
}
