package approval

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// TestThreat16LandingTier: what decides landings needs an admin unless a rule of the policy names it.
func TestThreat16LandingTier(t *testing.T) {
	write := from(1, "write")
	by := func(paths ...string) Policy {
		return Policy{Rules: []Rule{{Name: "rule", Paths: paths, Require: write}}}
	}
	all := by("**")
	for _, path := range []string{".sallyport.yml", ".policy.yml", ".bulldozer.yml", "CODEOWNERS", "docs/CODEOWNERS", ".github/CODEOWNERS",
		".github/workflows/ci.yml", ".github/workflows/deep/x", ".github/workflows"} {
		story{name: path, policy: all, request: request(changing(path), approved(cy)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"role-too-low", "approved"}}.run(t)
		story{name: path + " by an admin", policy: all, request: request(changing(path), approved(ana)), want: pull.Pass, lead: "approved"}.run(t)
	}
	for _, s := range []story{
		{name: "named", policy: by(".sallyport.yml", "**"), request: request(changing(".sallyport.yml"), approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "named in braces", policy: by("{CODEOWNERS,x}", "**"), request: request(changing("CODEOWNERS"), approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "named anywhere", policy: by("**/CODEOWNERS", "**"), request: request(changing("docs/CODEOWNERS"), approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "named with its folder", policy: by(".github/**", "**"), request: request(changing(".github/workflows/ci.yml", ".github/CODEOWNERS"), approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "a folder that is not only the gate's", policy: by("docs/**", "**"), request: request(changing("docs/CODEOWNERS"), approved(cy)), want: pull.Wait, lead: "no-admin-approval"},
		{name: "a wildcard that happens to fit", policy: by("*.yml", "**"), request: request(changing(".sallyport.yml"), approved(cy)), want: pull.Wait, lead: "no-admin-approval"},
		{name: "every folder", policy: by("*/workflows/**", "**"), request: request(changing(".github/workflows/ci.yml"), approved(cy)), want: pull.Wait, lead: "no-admin-approval"},
		{name: "named by another rule than the one that governs", policy: Policy{Rules: []Rule{{Name: "all", Paths: []string{"**"}, Require: write},
			{Name: "late", Paths: []string{".sallyport.yml"}, Require: write}}}, request: request(changing(".sallyport.yml"), approved(cy)), want: pull.Wait, lead: "no-admin-approval"},
		{name: "an admin objects", policy: all, request: request(changing(".sallyport.yml"), approved(ana), reviewed(bo, pull.ChangesRequested)), want: pull.Block, lead: "changes-requested"},
		{name: "an ordinary path", policy: all, request: request(changing("x/.sallyport.yml"), approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "the author's own word", policy: Policy{Rules: []Rule{{Name: "own", Paths: []string{"**"}, Require: Requirement{Approvals: &Approvals{Count: 1, From: []string{"admin"}, Author: Counts}}}}},
			request: request(changing(".sallyport.yml"), func(r *pull.Request) {
				r.Author, r.Pusher, r.Commits[0].Author, r.Commits[0].Committer = ana, ana, ana, ana
			}, approved(ana)), want: pull.Wait, lead: "no-admin-approval"},
	} {
		s.run(t)
	}
}

func TestLandingTierAsksForAdmins(t *testing.T) {
	q := Ask(Policy{Rules: []Rule{{Name: "open", Paths: []string{"**"}}}}, request(changing(".sallyport.yml"), approved(cy)))
	if q.Candidates != pull.Admin || len(q.Logins) != 1 || q.Logins[0] != "cy" {
		t.Errorf("asked %+v, want for admins and for cy", q)
	}
}
