package approval

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// lax is a policy whose first rule asks nobody, where its conditions hold; an admin must agree to the rest.
func lax(w When) Policy {
	return Policy{Rules: []Rule{
		{Name: "lax", Paths: []string{"**"}, When: w, Line: 3},
		{Name: "strict", Paths: []string{"**"}, Require: from(1, "admin"), Line: 6},
	}}
}

// sample is one condition on one request; saw must be in the evidence.
type sample struct {
	name    string
	when    When
	request pull.Request
	want    truth
	saw     string
}

var (
	yesPlease = true
	noThanks  = false
)

func head(change func(*pull.Head)) func(*pull.Request) {
	return func(r *pull.Request) { change(&r.Head) }
}

func checked(checks ...pull.Check) func(*pull.Request) {
	return func(r *pull.Request) { r.Checks = checks }
}

func done(name, conclusion string) pull.Check {
	return pull.Check{Kind: pull.CheckRun, Name: name, App: 5, Status: "completed", Conclusion: conclusion}
}

func ran(path, status, conclusion string) func(*pull.Request) {
	return func(r *pull.Request) {
		r.Workflows = append(r.Workflows, pull.Workflow{Path: path, Status: status, Conclusion: conclusion})
	}
}

func signedBy(a pull.Account, key string) func(*pull.Request) {
	return func(r *pull.Request) {
		for i := range r.Commits {
			r.Commits[i].Signed = &pull.Signed{Good: true, Key: key, By: a}
		}
	}
}

func sized(added, deleted int) func(*pull.Request) {
	return func(r *pull.Request) { r.Size = &pull.Size{Added: added, Deleted: deleted} }
}

func titled(title string) func(*pull.Request) { return func(r *pull.Request) { r.Title = title } }

func labelled(labels ...string) func(*pull.Request) {
	return func(r *pull.Request) { r.Labels = labels }
}

func properties(name string, values ...string) func(*pull.Request) {
	return func(r *pull.Request) {
		r.Properties = &pull.Properties{Values: map[string]pull.Property{name: {Values: values, Many: len(values) > 1}}}
	}
}

func nobodyRead(a pull.Account) func(*pull.Request) {
	return func(r *pull.Request) { delete(r.Standing.Roles, a.ID) }
}

const keyA, keyB = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

var samples = []sample{
	{"author: a login", When{Author: []string{"ana", "dee"}}, request(), yes, "the author is dee (write)"},
	{"author: somebody else", When{Author: []string{"ana"}}, request(), no, "the author is dee (write)"},
	{"author: a role", When{Author: []string{"triage"}}, request(), yes, "dee"},
	{"author: a higher role", When{Author: []string{"maintain"}}, request(), no, "dee"},
	{"author: a role that was not read", When{Author: []string{"triage"}}, request(nobodyRead(dee)), unknown, "the author is dee"},
	{"author: named, but without access", When{Author: []string{"gus"}}, request(func(r *pull.Request) { r.Author = gus }), unknown, "gus (none)"},
	{"author: a team", When{Author: []string{"@acme/sre"}}, request(func(r *pull.Request) { r.Author = cy }), yes, "cy"},
	{"author: not in the team", When{Author: []string{"@acme/sre"}}, request(), no, "dee"},
	{"author: a team that was not read", When{Author: []string{"@acme/gone"}}, request(), unknown, "dee"},
	{"author: a bot", When{Author: []string{"renovate[bot]"}}, request(func(r *pull.Request) { r.Author = robot }), yes, "renovate[bot]"},
	{"author: a bot is no person of that name", When{Author: []string{"renovate", "write"}}, request(func(r *pull.Request) { r.Author = robot }), no, "renovate[bot]"},
	{"author: a ghost", When{Author: []string{"ana"}}, request(func(r *pull.Request) { r.Author = pull.Account{} }), unknown, "no longer knows"},
	{"contributors: one of them", When{Contributors: []string{"cy"}}, request(commit(cy, cy)), yes, "dee, cy"},
	{"contributors: a co-author", When{Contributors: []string{"cy"}}, request(commit(dee, dee, cy)), yes, "cy"},
	{"contributors: none of them", When{Contributors: []string{"cy"}}, request(), no, "the contributors are dee"},
	{"contributors: somebody whom GitHub does not name", When{Contributors: []string{"cy"}}, request(commit(pull.Account{}, dee)), unknown, "others whom GitHub does not name"},
	{"contributors: the pusher is not known", When{Contributors: []string{"cy"}}, request(func(r *pull.Request) { r.Pusher = pull.Account{} }), unknown, "others"},
	{"only_contributors: all of them", When{OnlyContributors: []string{"cy", "dee"}}, request(commit(cy, cy)), yes, "dee, cy"},
	{"only_contributors: one more", When{OnlyContributors: []string{"dee"}}, request(commit(cy, cy)), no, "dee, cy"},
	{"only_contributors: through GitHub's pages", When{OnlyContributors: []string{"dee"}}, request(commit(dee, flow), byGitHub), yes, "the contributors are dee"},
	{"only_contributors: somebody called web-flow", When{OnlyContributors: []string{"dee"}}, request(commit(dee, flow)), no, "web-flow"},
	{"only_contributors: unseen commits", When{OnlyContributors: []string{"dee"}}, request(func(r *pull.Request) { r.CommitsTotal = 300 }), unknown, "others"},
	{"only_contributors: unattributed", When{OnlyContributors: []string{"dee"}}, request(commit(pull.Account{}, dee)), unknown, "others"},
	{"alone", When{AuthorIsOnlyContributor: &yesPlease}, request(), yes, "dee"},
	{"not alone", When{AuthorIsOnlyContributor: &yesPlease}, request(commit(cy, cy)), no, "cy"},
	{"alone, unwanted", When{AuthorIsOnlyContributor: &noThanks}, request(), no, "dee"},
	{"not alone, wanted", When{AuthorIsOnlyContributor: &noThanks}, request(commit(cy, cy)), yes, "cy"},
	{"alone as far as is known", When{AuthorIsOnlyContributor: &noThanks}, request(commit(pull.Account{}, dee)), unknown, "others"},
	{"target", When{Target: []string{"release/*", "main"}}, request(), yes, "the target branch is main"},
	{"another target", When{Target: []string{"mainline", "*/main"}}, request(), no, "main"},
	{"source", When{Source: []string{"fix*"}}, request(head(func(h *pull.Head) { h.Repo = 9 })), yes, "the branch is fix"},
	{"source: another", When{Source: []string{"feature/**"}}, request(head(func(h *pull.Head) { h.Repo = 9 })), no, "fix"},
	{"source: a fork's, named", When{Source: []string{"eve:*"}}, request(head(func(h *pull.Head) { h.Repo, h.Owner = 8, "eve" })), yes, "eve:fix"},
	{"source: a fork's, under everything", When{Source: []string{"**", "*", "fix"}}, request(head(func(h *pull.Head) { h.Repo, h.Owner = 8, "eve" })), no, "eve:fix"},
	{"source: a fork that is gone", When{Source: []string{"fix"}}, request(), unknown, "gone"},
	{"repository", When{Repository: []string{"Acme/*"}}, request(), yes, "acme/infra"},
	{"repository: another", When{Repository: []string{"acme/web"}}, request(), no, "acme/infra"},
	{"labels: all, in any case", When{Labels: []string{"Safe", "small"}}, request(labelled("small", "safe", "x")), yes, "small, safe, x"},
	{"labels: one is missing", When{Labels: []string{"safe", "small"}}, request(labelled("safe")), no, "safe"},
	{"labels: none", When{Labels: []string{"safe"}}, request(), no, "none"},
	{"title: matches", When{Title: &Title{Matches: []string{"^docs:", "^chore:"}}}, request(titled("chore: tidy")), yes, `"chore: tidy"`},
	{"title: anchored as written", When{Title: &Title{Matches: []string{"^docs:"}}}, request(titled("my docs: x")), no, "my docs"},
	{"title: not_matches", When{Title: &Title{NotMatches: []string{"(?i)wip"}}}, request(titled("WIP x")), no, "WIP x"},
	{"title: both", When{Title: &Title{Matches: []string{"^a"}, NotMatches: []string{"b"}}}, request(titled("ac")), yes, "ac"},
	{"title: both, one fails", When{Title: &Title{Matches: []string{"^a"}, NotMatches: []string{"b"}}}, request(titled("ab")), no, "ab"},
	{"draft", When{Draft: &yesPlease}, request(func(r *pull.Request) { r.Draft = true }), yes, "it is a draft"},
	{"no draft", When{Draft: &yesPlease}, request(), no, "it is no draft"},
	{"draft unwanted", When{Draft: &noThanks}, request(), yes, "it is no draft"},
	{"property: one of the values", When{Property: map[string][]string{"tier": {"prod", "lab"}}}, request(properties("tier", "lab")), yes, `the property tier is "lab"`},
	{"property: another value", When{Property: map[string][]string{"tier": {"prod"}}}, request(properties("tier", "lab")), no, `"lab"`},
	{"property: no value", When{Property: map[string][]string{"tier": {"prod"}}}, request(properties("other", "prod")), no, "tier is not set"},
	{"property: one of two is wrong", When{Property: map[string][]string{"tier": {"lab"}, "team": {"x"}}}, request(properties("tier", "lab")), no, "team is not set"},
	{"property: several values", When{Property: map[string][]string{"tier": {"prod"}}}, request(properties("tier", "lab", "prod")), yes, `["lab" "prod"]`},
	{"property: not read", When{Property: map[string][]string{"tier": {"prod"}}}, request(), unknown, "not read"},
	{"property: not shown", When{Property: map[string][]string{"tier": {"prod"}}}, request(func(r *pull.Request) { r.Properties = &pull.Properties{Unread: "GitHub does not show it"} }), unknown, "does not show"},
	{"not_property: another", When{NotProperty: map[string][]string{"tier": {"prod"}}}, request(properties("tier", "lab")), yes, `"lab"`},
	{"not_property: no value", When{NotProperty: map[string][]string{"tier": {"prod"}}}, request(properties("other", "x")), yes, "not set"},
	{"not_property: one of several", When{NotProperty: map[string][]string{"tier": {"prod"}}}, request(properties("tier", "lab", "prod")), no, "prod"},
	{"property_set", When{PropertySet: []string{"tier"}}, request(properties("tier", "lab")), yes, `"lab"`},
	{"property_set: it is not", When{PropertySet: []string{"tier", "team"}}, request(properties("tier", "lab")), no, "team is not set"},
	{"property_unset", When{PropertyUnset: []string{"team"}}, request(properties("tier", "lab")), yes, "team is not set"},
	{"property_unset: it is", When{PropertyUnset: []string{"tier"}}, request(properties("tier", "lab")), no, `"lab"`},
	{"changed", When{Changed: &Paths{Match: []string{"docs/**"}}}, request(changing("a", "docs/b")), yes, "1 of 2 changed paths match (docs/b)"},
	{"changed: nothing of it", When{Changed: &Paths{Match: []string{"docs/**"}}}, request(changing("a")), no, "0 of 1"},
	{"changed: only what is ignored", When{Changed: &Paths{[]string{"docs/**"}, []string{"docs/gen/**"}}}, request(changing("docs/gen/x")), no, "0 of 0"},
	{"not_changed", When{NotChanged: &Paths{Match: []string{"docs/**"}}}, request(changing("a")), yes, "0 of 1"},
	{"not_changed: it was", When{NotChanged: &Paths{Match: []string{"docs/**"}}}, request(changing("docs/a")), no, "docs/a"},
	{"only_changed", When{OnlyChanged: &Paths{Match: []string{"docs/**"}}}, request(changing("docs/a", "docs/b")), yes, "2 of 2"},
	{"only_changed: and more", When{OnlyChanged: &Paths{Match: []string{"docs/**"}}}, request(changing("docs/a", "b")), no, "1 of 2"},
	{"only_changed: the rest is ignored", When{OnlyChanged: &Paths{[]string{"docs/**"}, []string{"b"}}}, request(changing("docs/a", "b")), yes, "1 of 1"},
	{"only_changed: all is ignored", When{OnlyChanged: &Paths{[]string{"docs/**"}, []string{"**"}}}, request(changing("docs/a")), no, "0 of 0"},
	{"size: added", When{Size: []Size{{Added: "< 10"}}}, request(sized(9, 99)), yes, "9 lines are added and 99 deleted"},
	{"size: added too much", When{Size: []Size{{Added: "< 10"}}}, request(sized(10, 0)), no, "10 lines"},
	{"size: all halves", When{Size: []Size{{Added: "<= 10", Deleted: "= 0"}}}, request(sized(10, 1)), no, "10 lines"},
	{"size: an alternative", When{Size: []Size{{Added: "= 0"}, {Total: ">= 11"}}}, request(sized(10, 1)), yes, "10 lines"},
	{"size: more than", When{Size: []Size{{Total: "> 11"}}}, request(sized(10, 1)), no, "10 lines"},
	{"size: not read", When{Size: []Size{{Added: "< 10"}}}, request(), unknown, "was not read"},
	{"checks", When{Checks: &Results{Names: []string{"plan", "lint"}, Conclusions: []string{"success", "neutral"}}}, request(checked(done("plan", "success"), done("lint", "neutral"))), yes, "plan ended with success"},
	{"checks: one failed", When{Checks: &Results{Names: []string{"plan"}, Conclusions: []string{"success"}}}, request(checked(done("plan", "failure"))), no, "plan ended with failure"},
	{"checks: skipped is not success", When{Checks: &Results{Names: []string{"plan"}, Conclusions: []string{"success"}}}, request(checked(done("plan", "skipped"))), no, "skipped"},
	{"checks: absent", When{Checks: &Results{Names: []string{"plan"}, Conclusions: []string{"success"}}}, request(), unknown, "plan has not reported"},
	{"checks: running", When{Checks: &Results{Names: []string{"plan"}, Conclusions: []string{"failure"}}}, request(checked(pull.Check{Name: "plan", Status: "in_progress"})), unknown, "plan is in progress"},
	{"checks: a status of the same name failed", When{Checks: &Results{Names: []string{"plan"}, Conclusions: []string{"success"}}}, request(checked(done("plan", "success"), pull.Check{Kind: pull.CommitStatus, Name: "plan", Status: "completed", Conclusion: "error"})), no, "error"},
	{"checks: of another app", When{Checks: &Results{Names: []string{"plan"}, Conclusions: []string{"success"}, App: 6}}, request(checked(done("plan", "success"))), unknown, "has not reported"},
	{"workflows", When{Workflows: &Results{Names: []string{".github/workflows/ci.yml"}, Conclusions: []string{"success"}}}, request(ran(".github/workflows/ci.yml", "completed", "success")), yes, "ci.yml ended with success"},
	{"workflows: failed", When{Workflows: &Results{Names: []string{".github/workflows/ci.yml"}, Conclusions: []string{"success"}}}, request(ran(".github/workflows/ci.yml", "completed", "failure")), no, "failure"},
	{"workflows: queued", When{Workflows: &Results{Names: []string{".github/workflows/ci.yml"}, Conclusions: []string{"success"}}}, request(ran(".github/workflows/ci.yml", "queued", "")), unknown, "is queued"},
	{"workflows: another", When{Workflows: &Results{Names: []string{".github/workflows/ci.yml"}, Conclusions: []string{"success"}}}, request(ran(".github/workflows/x.yml", "completed", "success")), unknown, "has not reported"},
	{"signatures: valid", When{Signatures: &Signatures{}}, request(signedBy(dee, keyA)), yes, "all 1 commits"},
	{"signatures: bad", When{Signatures: &Signatures{}}, request(signedBy(dee, keyA), commit(dee, dee), func(r *pull.Request) { r.Commits[1].Signed = &pull.Signed{Code: "signature-missing"} }), no, "signature-missing"},
	{"signatures: not verified", When{Signatures: &Signatures{}}, request(), unknown, "was not verified yet"},
	{"signatures: unseen commits", When{Signatures: &Signatures{}}, request(signedBy(dee, keyA), func(r *pull.Request) { r.CommitsTotal = 9 }), unknown, "could not be read"},
	{"signatures: by", When{Signatures: &Signatures{By: []string{"write"}}}, request(signedBy(dee, keyA)), yes, "all"},
	{"signatures: by another", When{Signatures: &Signatures{By: []string{"ana"}}}, request(signedBy(dee, keyA)), no, "is signed by dee"},
	{"signatures: keys", When{Signatures: &Signatures{Keys: []string{strings.ToLower(keyA)}}}, request(signedBy(dee, keyA)), yes, "all"},
	{"signatures: another key", When{Signatures: &Signatures{Keys: []string{keyA}}}, request(signedBy(dee, keyB)), no, keyB},
	{"two conditions, both hold", When{Target: []string{"main"}, Author: []string{"dee"}}, request(), yes, "main"},
	{"two conditions, one fails", When{Target: []string{"main"}, Author: []string{"ana"}}, request(), no, "main"},
	{"two conditions, one is not known", When{Target: []string{"main"}, Author: []string{"@acme/gone"}}, request(), unknown, "main"},
	{"two conditions, one fails and one is not known", When{Target: []string{"x"}, Author: []string{"@acme/gone"}}, request(), no, "main"},
}

// TestConditions holds each condition to what it must make of the lax rule: let it govern alone, skip it with its
// reason, or have the strict rule's demands hold as well.
func TestConditions(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			p := lax(s.when)
			v, _ := Judge(p, s.request, nil, pull.Pass)
			want := map[truth]struct {
				state pull.State
				code  string
			}{yes: {pull.Pass, "condition-holds"}, no: {pull.Wait, "condition-unmet"}, unknown: {pull.Wait, "condition-unknown"}}[s.want]
			strict := v.Has("no-admin-approval") || v.Has("commit-unattributed") || v.Has("commits-unseen") || v.Has("pusher-unknown")
			if strict != (s.want != yes) || s.want == yes && v.State != pull.Pass || s.want != yes && v.State == pull.Pass {
				t.Errorf("got %s, want %s\n%s", v.State, want.state, tree(v.Reasons, ""))
			}
			if !v.Has(want.code) || v.Has("rule-skipped") != (s.want == no) {
				t.Errorf("want %s\n%s", want.code, tree(v.Reasons, ""))
			}
			if !sees(v.Reasons, s.saw) {
				t.Errorf("no evidence says %q\n%s", s.saw, tree(v.Reasons, ""))
			}
			checkProse(t, v.Reasons)
		})
	}
}

func sees(reasons []pull.Reason, text string) bool {
	for _, r := range reasons {
		if r.Evidence["condition"] != "" && strings.Contains(r.Evidence["saw"], text) || sees(r.Because, text) {
			return true
		}
	}
	return false
}

// TestUnknownConditionsNeverChooseTheLaxerRule turns the rules around: the conditional one is the strict one.
func TestUnknownConditionsNeverChooseTheLaxerRule(t *testing.T) {
	for _, s := range samples {
		p := lax(s.when)
		p.Rules[0].Require, p.Rules[1].Require = p.Rules[1].Require, p.Rules[0].Require
		p.Rules[1].Name, p.Rules[0].Name = "lax", "strict"
		v, _ := Judge(p, s.request, nil, pull.Pass)
		if s.want == unknown && v.State == pull.Pass {
			t.Errorf("%s: ignorance chose the laxer rule\n%s", s.name, tree(v.Reasons, ""))
		}
	}
}

func TestARuleInDoubtAloneGovernsNothing(t *testing.T) {
	doubt := Policy{Rules: []Rule{{Name: "perhaps", Paths: []string{"**"}, When: When{Author: []string{"@acme/gone"}}}}}
	story{policy: doubt, request: request(), want: pull.Block, lead: "path-ungoverned", codes: []string{"condition-unknown"}}.run(t)
	groups := Governing(doubt, request())
	if len(groups) != 2 || !groups[0].Doubtful || groups[1].Index != -1 {
		t.Errorf("got %+v, want the rule in doubt, then nobody's files", groups)
	}
}

func TestAskAboutConditions(t *testing.T) {
	r := request(changing("prod/a"), commit(cy, cy))
	for _, test := range []struct {
		name   string
		when   When
		logins string
		teams  string
	}{
		{"the author", When{Author: []string{"write"}}, "dee", ""},
		{"people who are named", When{Author: []string{"ana", "renovate[bot]"}}, "ana dee", ""},
		{"a team", When{Author: []string{"@acme/sre"}}, "dee", "acme/sre"},
		{"contributors", When{OnlyContributors: []string{"write"}}, "cy dee", ""},
		{"signers", When{Signatures: &Signatures{By: []string{"admin"}}}, "cy dee", ""},
		{"nothing about people", When{Target: []string{"main"}}, "", ""},
	} {
		q := Ask(Policy{Rules: []Rule{{Name: "a", Paths: []string{"prod/**"}, When: test.when}}}, r)
		if got := strings.Join(q.Logins, " "); got != test.logins {
			t.Errorf("%s: logins: got %q, want %q", test.name, got, test.logins)
		}
		if got := strings.Join(q.Teams, " "); got != test.teams {
			t.Errorf("%s: teams: got %q, want %q", test.name, got, test.teams)
		}
	}
	if q := Ask(Policy{Rules: []Rule{{Name: "a", Paths: []string{"docs/**"}, When: When{Author: []string{"write"}}}}}, r); !q.Empty() {
		t.Errorf("a rule that matches nothing asks %+v", q)
	}
}

// TestHistoryGovernsWhatCommitsTouch covers a path that only a commit's own difference shows.
func TestThreat20CommitsOwnDifferencesAreGoverned(t *testing.T) {
	hidden := func(r *pull.Request) {
		r.Commits[0].Files, r.Commits[0].Diffed = files("prod/secret.hcl"), true
	}
	story{policy: policy(from(1, "admin")), request: request(changing("staging/x"), hidden), want: pull.Wait, lead: "no-admin-approval"}.run(t)
}
