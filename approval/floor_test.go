package approval

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// TestThreat13FloorIsJudgedApart: nothing that a repository writes makes the floor ask less.
func TestThreat13FloorIsJudgedApart(t *testing.T) {
	lax := Policy{Rules: []Rule{{Name: "open", Paths: []string{"**"}, Block: &Block{From: []string{"read"}, Lift: []string{"write"}}}}}
	floor := Policy{Rules: []Rule{{Name: "production", Paths: []string{"prod/**"}, Require: Requirement{Approvals: &Approvals{Count: 1, From: []string{"admin"}}, Duo: DuoAuthor}}}}
	hard := Policy{Rules: []Rule{{Name: "production", Paths: []string{"prod/**"}, Require: from(1, "admin"), Block: &Block{From: []string{"fay"}}}}}
	known := func(r *pull.Request) { r.Standing.Accounts = map[string]pull.Account{"fay": fay, "bo": bo} }
	for name, tt := range map[string]struct {
		floor   Policy
		request pull.Request
		want    pull.State
		code    string
	}{
		"a path that the floor names":          {floor, request(), pull.Wait, "no-admin-approval"},
		"approved":                             {floor, request(approved(ana)), pull.Pass, "approved"},
		"a path that it does not name":         {floor, request(changing("staging/x")), pull.Pass, "approved-by-default"},
		"an admin's veto under the floor":      {floor, request(approved(ana), reviewed(bo, pull.ChangesRequested)), pull.Block, "changes-requested"},
		"a block that the repository may lift": {hard, request(reviewed(fay, pull.ChangesRequested), approved(ana), approved(dee), known), pull.Block, "changes-requested"},
		"a floor that cannot be judged by":     {Policy{Rules: []Rule{{Name: "x"}}}, request(), pull.Block, "policy-invalid"},
		"every commit, by the floor":           {Policy{History: EveryCommit}, request(commit(dee, dee)), pull.Block, "history-unseen"},
	} {
		t.Run(name, func(t *testing.T) {
			own, needs := Judge(lax, tt.request, nil, pull.Pass)
			v, more := JudgeFloor(tt.floor, "acme/.github:.sallyport.yml", tt.request, nil, pull.Pass)
			if len(v.Reasons) > 0 {
				own = Joined(own, v)
			}
			if own.State != tt.want || !own.Has(tt.code) {
				t.Errorf("got %s\n%swant %s, %s", own.State, tree(own.Reasons, ""), tt.want, tt.code)
			}
			if tt.want == pull.Block && !v.Has(tt.code) {
				t.Errorf("the floor itself says\n%swant %s", tree(v.Reasons, ""), tt.code)
			}
			for _, reason := range v.Reasons {
				if reason.Evidence["floor"] == "" {
					t.Errorf("%q does not say that it is the floor's", reason.Message)
				}
			}
			checkProse(t, v.Reasons)
			if both := needs.With(more, tt.request); name == "approved" && (both.Duo != DuoAuthor || len(both.Approvers) != 1) {
				t.Errorf("the needs are %+v, want those of the floor too", both)
			}
		})
	}
	if _, needs := JudgeFloor(floor, "", request(func(r *pull.Request) { r.Test.State = pull.Conflict }), nil, pull.Pass); needs.Duo != DuoAuthor || !needs.Unsettled {
		t.Errorf("while nobody knows what would land the floor needs %+v, want all that it could ask", needs)
	}
}
