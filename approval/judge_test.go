package approval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// Files that look harmless are no exception: whatever no rule names blocks.
func TestThreat15PathsAreGoverned(t *testing.T) {
	admin := policy(from(1, "admin"))
	for _, s := range []story{
		{name: "by a rule that asks nobody", request: request(changing("staging/a.hcl", "staging/deep/b.hcl")), want: pull.Pass, lead: "approved-by-default"},
		{name: "by no rule", request: request(changing("prod/a", "other/b"), approved(ana)), want: pull.Block, lead: "path-ungoverned"},
		{name: "by two rules, one unmet", request: request(changing("staging/a", "prod/a")), want: pull.Wait, lead: "no-admin-approval", codes: []string{"approved-by-default"}},
		{name: "by two rules, both met by one", request: request(changing("docs/a", "prod/a"), approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "by two rules, one met", request: request(changing("docs/a", "prod/a"), approved(cy)), want: pull.Wait, lead: "no-admin-approval", codes: []string{"approved"}},
		{name: "a text that nobody runs", request: request(changing("README.md"), approved(ana)), want: pull.Block, lead: "path-ungoverned"},
		{name: "a text inside production", request: request(changing("prod/README.md")), want: pull.Wait, lead: "no-admin-approval"},
		{name: "case matters", request: request(changing("Staging/a")), want: pull.Block, lead: "path-ungoverned"},
	} {
		s.policy = admin
		s.run(t)
	}
}

func TestTheUnsettled(t *testing.T) {
	for _, s := range []story{
		{name: "a conflict", request: request(approved(ana), func(r *pull.Request) { r.Test.State = pull.Conflict }), want: pull.Wait, lead: "conflict"},
		{name: "not known yet", request: request(approved(ana), func(r *pull.Request) { r.Test.State = pull.Unsettled }), want: pull.Wait, lead: "mergeability-unknown"},
		{name: "a word nobody knows", request: request(approved(ana), func(r *pull.Request) { r.Test.State = "dirty" }), want: pull.Wait, lead: "mergeability-unknown"},
	} {
		s.policy = policy(Requirement{Approvals: &Approvals{Count: 1}, Duo: DuoAuthor, Signatures: true})
		s.run(t)
		_, got := Judge(s.policy, s.request, nil, pull.Pass)
		want := Needs{Duo: DuoAuthor, Signatures: true, Unsettled: true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: needs (-want +got):\n%s", s.name, diff)
		}
	}
}

func TestThreat11InvalidPolicyBlocks(t *testing.T) {
	good := Rule{Name: "all", Paths: []string{"**"}, Require: from(1, "admin")}
	with := func(change func(*Rule)) Policy {
		rule := good
		change(&rule)
		return Policy{Rules: []Rule{rule}}
	}
	for name, p := range map[string]Policy{
		"no name":            with(func(r *Rule) { r.Name = "" }),
		"no paths":           with(func(r *Rule) { r.Paths = nil }),
		"a bad pattern":      with(func(r *Rule) { r.Paths = []string{"prod/["} }),
		"a role-like word":   with(func(r *Rule) { r.Require = from(1, "admins") }),
		"no approval":        with(func(r *Rule) { r.Require = from(0, "admin") }),
		"an unknown duo":     with(func(r *Rule) { r.Require.Duo = "everyone" }),
		"an unknown special": with(func(r *Rule) { r.Special = "maybe" }),
		"no alternative":     with(func(r *Rule) { r.Require = Requirement{Any: []Requirement{}} }),
		"duo of nobody":      with(func(r *Rule) { r.Require = Requirement{Duo: DuoApprover} }),
		"an unknown history": {Rules: []Rule{good}, History: "sometimes"},
		"deep inside":        with(func(r *Rule) { r.Require = Requirement{Any: []Requirement{{All: []Requirement{from(-1)}}}} }),
	} {
		story{name: name, policy: p, request: request(approved(ana)), want: pull.Block, lead: "policy-invalid"}.run(t)
	}
	story{name: "no rules at all", policy: Policy{}, request: request(approved(ana)), want: pull.Block, lead: "path-ungoverned"}.run(t)
}

func TestThreat16PolicyIsProtected(t *testing.T) {
	open := Policy{Rules: []Rule{{Name: "anything goes", Paths: []string{"**"}}}}
	duo := Policy{Rules: []Rule{{Name: "duo alone", Paths: []string{".sallyport.yml"}, Require: Requirement{Duo: DuoAuthor}}}}
	loophole := Policy{Rules: []Rule{{Name: "either", Paths: []string{".sallyport.yml"}, Require: Requirement{Any: []Requirement{from(1, "admin"), {Duo: DuoAuthor}}}}}}
	named := Policy{Rules: []Rule{{Name: "anything goes", Paths: []string{".sallyport.yml", ".github/**", "**"}}}}
	for _, s := range []story{
		{name: "the policy", policy: named, request: request(changing(".sallyport.yml", "x")), want: pull.Block, lead: "policy-unprotected"},
		{name: "a workflow", policy: named, request: request(changing(".github/workflows/ci.yml")), want: pull.Block, lead: "policy-unprotected"},
		{name: "all of .github, as a submodule", policy: open, request: request(changing(".github")), want: pull.Block, lead: "policy-unprotected"},
		{name: "another file of .github", policy: open, request: request(changing(".github/dependabot.yml")), want: pull.Block, lead: "policy-unprotected"},
		{name: "a demand that is no approval", policy: duo, request: request(changing(".sallyport.yml")), want: pull.Block, lead: "policy-unprotected"},
		{name: "an alternative that is no approval", policy: loophole, request: request(changing(".sallyport.yml"), approved(ana)), want: pull.Block, lead: "policy-unprotected"},
		{name: "with an approval", policy: policy(from(1, "admin")), request: request(changing(".sallyport.yml"), approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "a file that only looks alike", policy: open, request: request(changing("x/.sallyport.yml", ".githubx")), want: pull.Pass, lead: "approved-by-default"},
	} {
		s.run(t)
	}
}

func TestThreat17RenameAcrossTiers(t *testing.T) {
	rename := func(r *pull.Request) {
		r.Files = []pull.File{
			{Path: "prod/web.hcl", OldMode: pull.Regular, OldID: "a"},
			{Path: "staging/web.hcl", NewMode: pull.Regular, NewID: "a"},
		}
	}
	story{policy: policy(from(1, "admin")), request: request(rename), want: pull.Wait, lead: "no-admin-approval", codes: []string{"approved-by-default"}}.run(t)
}

func TestThreat18UnseenCommits(t *testing.T) {
	for _, s := range []story{
		{name: "more than were read", request: request(approved(ana), func(r *pull.Request) { r.CommitsTotal = 251 })},
		{name: "none were read", request: request(approved(ana), func(r *pull.Request) { r.Commits, r.CommitsTotal = nil, 0 })},
		{name: "even where nobody has to approve", request: request(changing("staging/x"), func(r *pull.Request) { r.CommitsTotal = 251 })},
	} {
		s.policy, s.want, s.lead = policy(from(1, "admin")), pull.Block, "commits-unseen"
		s.run(t)
	}
}

func TestThreat20HistoryOfEveryCommit(t *testing.T) {
	strict := policy(from(1, "admin"))
	strict.History = EveryCommit
	for _, s := range []story{
		{name: "one plain commit", request: request(approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "two commits", request: request(approved(ana), commit(dee, dee)), want: pull.Block, lead: "history-unseen"},
		{name: "a merge", request: request(approved(ana), func(r *pull.Request) { r.Commits[0].Parents = []string{"a", "b"} }), want: pull.Block, lead: "history-unseen"},
	} {
		s.policy = strict
		s.run(t)
	}
}

func TestThreat21SpecialEntries(t *testing.T) {
	entry := func(before, after pull.Mode) func(*pull.Request) {
		return func(r *pull.Request) {
			r.Files = []pull.File{{Path: "staging/x", OldMode: before, NewMode: after}}
		}
	}
	allowed := policy(Requirement{})
	allowed.Rules[0].Special = SpecialAllow
	hollow := policy(Requirement{})
	hollow.Rules[0].Require = Requirement{Any: []Requirement{from(1, "admin"), {}}}
	for _, s := range []story{
		{name: "a symlink", request: request(entry(pull.Absent, pull.Symlink)), want: pull.Block, lead: "special-entry"},
		{name: "a file turned into a symlink", request: request(entry(pull.Regular, pull.Symlink)), want: pull.Block, lead: "special-entry"},
		{name: "a symlink removed", request: request(entry(pull.Symlink, pull.Absent)), want: pull.Block, lead: "special-entry"},
		{name: "a submodule", request: request(entry(pull.Absent, pull.Submodule)), want: pull.Block, lead: "special-entry"},
		{name: "a changed mode", request: request(entry(pull.Regular, pull.Executable)), want: pull.Block, lead: "special-entry"},
		{name: "a rule that can demand nothing", policy: hollow, request: request(entry(pull.Absent, pull.Symlink)), want: pull.Block, lead: "special-entry"},
		{name: "special: allow", policy: allowed, request: request(entry(pull.Absent, pull.Symlink)), want: pull.Pass, lead: "approved-by-default"},
		{name: "a plain file", request: request(entry(pull.Absent, pull.Regular)), want: pull.Pass, lead: "approved-by-default"},
		{name: "where somebody approves", request: request(approved(ana), func(r *pull.Request) {
			r.Files = []pull.File{{Path: "prod/x", NewMode: pull.Symlink}}
		}), want: pull.Pass, lead: "approved"},
	} {
		if s.policy.Rules == nil {
			s.policy = policy(from(1, "admin"))
		}
		s.run(t)
	}
}

func TestThreat24EmptyChange(t *testing.T) {
	for _, p := range []Policy{policy(from(1, "admin")), {Rules: []Rule{{Name: "all", Paths: []string{"**"}}}}} {
		story{policy: p, request: request(approved(ana), changing()), want: pull.Block, lead: "nothing-to-approve"}.run(t)
	}
}

func TestOddPaths(t *testing.T) {
	open := Policy{Rules: []Rule{{Name: "all", Paths: []string{"**"}}}}
	for name, path := range map[string]string{
		"a newline":           "staging/a\nb",
		"an escape":           "staging/\x1b[31m",
		"delete":              "staging/\x7f",
		"right to left":       "staging/\u202elch.exe",
		"an isolate":          "staging/\u2066x",
		"a zero-width space":  "staging\u200b/x",
		"a line separator":    "staging/\u2028x",
		"invalid UTF-8":       "staging/\xff",
		"a decomposed letter": "staging/e\u0301",
	} {
		story{name: name, policy: open, request: request(changing("staging/ok", path)), want: pull.Block, lead: "odd-path"}.run(t)
		v, _ := Judge(open, request(changing(path)), nil, pull.Pass)
		if message := v.Lead().Message; strings.Contains(message, path) {
			t.Errorf("%s: the message shows the path unescaped: %q", name, message)
		}
	}
	story{name: "composed letters", policy: open, request: request(changing("staging/é/日本")), want: pull.Pass, lead: "approved-by-default"}.run(t)
}

func TestTitles(t *testing.T) {
	many := func(r *pull.Request) {
		for i := range int64(4) {
			a := person(100+i, "x"+string(rune('a'+i)))
			r.Standing.Candidates = append(r.Standing.Candidates, a)
			r.Standing.Roles[a.ID] = pull.Admin
		}
	}
	for _, test := range []struct {
		policy     Policy
		request    pull.Request
		want, next string
	}{
		{policy(from(1, "admin")), request(), "Waiting for 1 approval from an admin: ana or bo.", "Ask ana or bo to review acme/infra#7"},
		{policy(from(2, "admin")), request(), "Waiting for 2 approvals from admins: ana or bo.", "Ask ana or bo to review acme/infra#7"},
		{policy(from(2, "admin")), request(approved(bo)), "Waiting for 1 more approval from an admin: ana.", "Ask ana to review acme/infra#7"},
		{policy(from(1, "admin", "@acme/sre")), request(), "Waiting for 1 approval from an admin or @acme/sre: ana, bo, cy or fay.", "Ask ana, bo, cy or fay to review acme/infra#7"},
		{policy(from(1, "admin")), request(many), "Waiting for 1 approval from an admin: ana, bo, xa, xb, xc and 1 more.", "Ask ana, bo, xa, xb, xc and 1 more to review acme/infra#7"},
		{policy(from(1, "admin")), request(changing("staging/x")), "No approval needed: staging is approved by default.", ""},
		{policy(from(1, "admin")), request(approved(ana), approved(bo)), "Approved by ana and bo: production.", ""},
		{policy(from(1, "admin")), request(func(r *pull.Request) { r.Standing.Candidates = nil }), "It takes 1 approval from an admin, but nobody who did not work on this change can give that.", "Give somebody who did not work on this change the right to approve it, or change the policy"},
		{policy(Requirement{Any: []Requirement{from(1, "admin"), from(1, "@acme/sre")}}), request(), "Any of these would do: waiting for 1 approval from an admin: ana or bo; waiting for 1 approval from @acme/sre: cy or fay.", "Ask ana or bo to review acme/infra#7"},
	} {
		v, _ := Judge(test.policy, test.request, nil, pull.Pass)
		if got := v.Lead().Message; got != test.want {
			t.Errorf("title: got %q, want %q", got, test.want)
		}
		if got := v.Lead().Next; got != test.next {
			t.Errorf("next: got %q, want %q", got, test.next)
		}
	}
}

func TestReasonsNameRulesAndPaths(t *testing.T) {
	v, _ := Judge(policy(from(1, "admin")), request(changing("docs/a", "prod/a", "prod/b", "staging/a")), nil, pull.Pass)
	var got []string
	for _, r := range v.Reasons {
		got = append(got, r.Code+"|"+r.Evidence["rule"]+"|"+r.Evidence["paths"]+"|"+r.Evidence["first"])
	}
	want := []string{
		"no-admin-approval|production|2|prod/a, prod/b",
		"no-write-approval|everything else|1|docs/a",
		"approved-by-default|staging is approved by default|1|staging/a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}
