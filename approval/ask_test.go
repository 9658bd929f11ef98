package approval

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func TestAsk(t *testing.T) {
	for _, test := range []struct {
		name    string
		policy  Policy
		request pull.Request
		want    pull.Question
	}{
		{"nothing where nobody has to approve", policy(from(1, "admin")), request(changing("staging/x"), approved(ana)), pull.Question{}},
		{"nothing without a landing diff", policy(from(1, "admin")), request(changing(), approved(ana)), pull.Question{}},
		{"the candidates before anybody reviews", policy(from(1, "admin")), request(), pull.Question{Candidates: pull.Admin}},
		{"reviewers who decided", policy(from(1, "admin")), request(approved(bo), reviewed(cy, pull.ChangesRequested), reviewed(eve, pull.Commented), reviewed(fay, pull.Dismissed), approved(robot), approved(dee), approved(pull.Account{})),
			pull.Question{Logins: []string{"bo", "cy"}, Candidates: pull.Admin}},
		{"teams and people of every alternative", policy(Requirement{Any: []Requirement{from(1, "@Acme/SRE", "Gus"), {All: []Requirement{from(1, "maintain", "renovate[bot]", "user:bo")}}}}), request(approved(bo)),
			pull.Question{Logins: []string{"Gus", "bo"}, Teams: []string{"acme/sre"}, Candidates: pull.Maintain}},
		{"the lowest role of two rules", policy(from(1, "admin")), request(changing("docs/a", "prod/a")), pull.Question{Candidates: pull.Write}},
		{"nothing of an invalid policy", policy(from(1, "admins")), request(approved(ana)), pull.Question{}},
	} {
		if diff := cmp.Diff(test.want, Ask(test.policy, test.request)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
