package approval

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func with(q Requirement, change func(*Requirement)) Requirement { change(&q); return q }

func duo(who string) func(*Requirement) { return func(q *Requirement) { q.Duo = who } }

func TestAnyAndAll(t *testing.T) {
	admin, sre, signed := from(1, "admin"), from(1, "@acme/sre"), Requirement{Signatures: true}
	anyOf := func(parts ...Requirement) Policy { return policy(Requirement{Any: parts}) }
	for _, s := range []story{
		{name: "any: the second holds", policy: anyOf(admin, sre), request: request(approved(fay)), want: pull.Pass, lead: "approved"},
		{name: "any: none holds yet", policy: anyOf(admin, sre), request: request(), want: pull.Wait, lead: "no-alternative", codes: []string{"no-admin-approval", "no-approval"}},
		{name: "any: one is impossible, one may come", policy: anyOf(from(9, "admin"), sre), request: request(), want: pull.Wait, lead: "no-alternative", codes: []string{"nobody-can-approve"}},
		{name: "any: all are impossible", policy: anyOf(from(9, "admin"), from(9, "write")), request: request(), want: pull.Block, lead: "no-alternative"},
		{name: "any: another gate's word is enough here", policy: anyOf(admin, signed), request: request(), sigs: pull.Pass, want: pull.Pass, lead: "approved-by-default"},
		{name: "any: bad signatures rule an alternative out", policy: anyOf(admin, signed), request: request(), sigs: pull.Block, want: pull.Wait, lead: "no-alternative", codes: []string{"signatures-unmet"}},
		{name: "any: bad signatures rule it out however deep", policy: anyOf(admin, Requirement{All: []Requirement{sre, signed}}), request: request(approved(fay)), sigs: pull.Block, want: pull.Wait, lead: "no-alternative", codes: []string{"signatures-unmet"}},
		{name: "outside of any, bad signatures are the other gate's affair", policy: policy(with(admin, func(q *Requirement) { q.Signatures = true })), request: request(approved(ana)), sigs: pull.Block, want: pull.Pass, lead: "approved"},
		{name: "all: one is missing", policy: policy(Requirement{All: []Requirement{admin, sre}}), request: request(approved(ana)), want: pull.Wait, lead: "no-approval", codes: []string{"approved"}},
		{name: "all: both hold", policy: policy(Requirement{All: []Requirement{admin, sre}}), request: request(approved(ana), approved(fay)), want: pull.Pass, lead: "approved"},
		{name: "beside any: the plain part counts too", policy: policy(with(admin, func(q *Requirement) { q.Any = []Requirement{sre, signed} })), request: request(approved(fay)), sigs: pull.Pass, want: pull.Wait, lead: "no-admin-approval"},
		{name: "any: a doubt is no alternative", policy: anyOf(admin, signed), request: request(func(r *pull.Request) { r.Pusher = pull.Account{} }), sigs: pull.Pass, want: pull.Pass, lead: "approved-by-default"},
	} {
		s.run(t)
	}
}

func TestNeeds(t *testing.T) {
	admin, sre := from(1, "admin"), from(1, "@acme/sre")
	two := func(first, second Requirement) Policy {
		return Policy{Rules: []Rule{
			{Name: "one", Paths: []string{"prod/**"}, Require: first},
			{Name: "two", Paths: []string{"docs/**"}, Require: second},
			{Name: "elsewhere", Paths: []string{"other/**"}, Require: Requirement{Duo: DuoAuthor, Signatures: true}},
		}}
	}
	both := changing("docs/a", "prod/a")
	for _, test := range []struct {
		name    string
		policy  Policy
		request pull.Request
		sigs    pull.State
		want    Needs
	}{
		{"nothing", policy(admin), request(changing("staging/x")), pull.Pass, Needs{}},
		{"the union of the governing rules, and no other's", two(with(admin, duo(DuoApprover)), with(admin, duo(DuoAuthor))), request(both, approved(ana)), pull.Pass,
			Needs{Duo: DuoBoth, Approvers: []pull.Account{ana}}},
		{"signatures of one rule", two(with(admin, func(q *Requirement) { q.Signatures = true }), admin), request(both, approved(ana)), pull.Pass,
			Needs{Signatures: true, Approvers: []pull.Account{ana}}},
		{"approvers of two rules, the latest last", two(sre, admin), request(both, approved(ana), approved(fay)), pull.Pass,
			Needs{Approvers: []pull.Account{ana, fay}}},
		{"the latest is who decided last", policy(from(2, "admin")), request(approved(ana), approved(bo), approved(ana)), pull.Pass,
			Needs{Approvers: []pull.Account{bo, ana}}},
		{"the cheapest alternative that holds", policy(Requirement{Any: []Requirement{with(admin, duo(DuoBoth)), with(sre, duo(DuoAuthor))}}), request(approved(ana), approved(fay)), pull.Pass,
			Needs{Duo: DuoAuthor, Approvers: []pull.Account{fay}}},
		{"the first of equals", policy(Requirement{Any: []Requirement{sre, admin}}), request(approved(ana), approved(fay)), pull.Pass,
			Needs{Approvers: []pull.Account{fay}}},
		{"signatures that hold already cost nothing", policy(Requirement{Any: []Requirement{with(admin, duo(DuoAuthor)), {Signatures: true}}}), request(approved(ana)), pull.Pass,
			Needs{Signatures: true}},
		{"as long as none holds, what any could ask", policy(Requirement{Any: []Requirement{with(admin, duo(DuoAuthor)), with(sre, func(q *Requirement) { q.Signatures = true })}}), request(), pull.Pass,
			Needs{Duo: DuoAuthor, Signatures: true}},
		{"while waiting, what will be asked", policy(with(admin, duo(DuoAuthor))), request(), pull.Pass, Needs{Duo: DuoAuthor}},
		{"beside a fault, what the other paths ask", two(with(admin, duo(DuoAuthor)), admin), request(changing("prod/a", "stray"), approved(ana)), pull.Pass,
			Needs{Duo: DuoAuthor, Approvers: []pull.Account{ana}}},
	} {
		_, got := Judge(test.policy, test.request, nil, test.sigs)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: needs (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestLeastDemands(t *testing.T) {
	for _, test := range []struct {
		q                 Requirement
		demands, approval int
	}{
		{Requirement{}, 0, 0},
		{from(2, "admin"), 2, 2},
		{Requirement{Duo: DuoBoth, Signatures: true}, 3, 0},
		{Requirement{Any: []Requirement{from(2), {Duo: DuoAuthor}}}, 1, 0},
		{Requirement{All: []Requirement{from(2), {Duo: DuoAuthor}}}, 3, 2},
		{Requirement{Any: []Requirement{from(2), {}}}, 0, 0},
		{with(from(1), func(q *Requirement) { q.Any = []Requirement{from(2), {Signatures: true}} }), 2, 1},
	} {
		if got := test.q.Demands(); got != test.demands {
			t.Errorf("Demands(%+v): got %d, want %d", test.q, got, test.demands)
		}
		if got := test.q.LeastApprovals(); got != test.approval {
			t.Errorf("LeastApprovals(%+v): got %d, want %d", test.q, got, test.approval)
		}
	}
}
