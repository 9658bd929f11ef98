package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// fakeStanding knows everybody's role, and notes who was asked about.
type fakeStanding struct {
	GitHub
	past  onePast // what else there is to read
	roles map[string]pull.Role
	asked []pull.Question
}

func (f *fakeStanding) Standing(_ context.Context, _ pull.Request, q pull.Question) (pull.Standing, error) {
	f.asked = append(f.asked, q)
	s := pull.Standing{Roles: map[int64]pull.Role{}, Accounts: map[string]pull.Account{}}
	for _, login := range q.Logins {
		if role, ok := f.roles[login]; ok {
			a := pull.Account{ID: int64(1000 + len(login)), Login: login, Kind: pull.User}
			s.Roles[a.ID], s.Accounts[login] = role, a
		}
	}
	return s, nil
}

func (f *fakeStanding) Properties(ctx context.Context, repo pull.Repo) (*pull.Properties, error) {
	return f.past.Properties(ctx, repo)
}

func (f *fakeStanding) RemotePolicy(ctx context.Context, repo pull.Repo, remote, path, ref string) (pull.Source, error) {
	return f.past.RemotePolicy(ctx, repo, remote, path, ref)
}

// crowded is a production change that waits for an admin, with eight admins who could approve; the verdict names five.
func crowded() pull.Record {
	w := world()
	w.Request.Reviews = nil
	s := pull.Standing{Roles: map[int64]pull.Role{1: pull.Write}, Members: map[string][]int64{}}
	for i := range 8 {
		a := pull.Account{ID: int64(100 + i), Login: fmt.Sprintf("admin-%d", i), Kind: pull.User}
		s.Roles[a.ID] = pull.Admin
		s.Candidates = append(s.Candidates, a)
	}
	s.Roles[2], s.Accounts = pull.Read, map[string]pull.Account{"ana": ana}
	w.Request.Standing = s
	return pull.Record{Key: w.Request.Key(), Request: w.Request, State: StateOpen, Verdicts: judge(w).Verdicts,
		Asked: pull.Question{Logins: []string{"ana"}, Candidates: pull.Admin}}
}

func simulator(github GitHub) *Reconciler {
	return &Reconciler{GitHub: github, People: func() *duobot.People { return nil }, Ring: func() *signature.Ring { return nil }}
}

func approvals(logins ...string) WhatIf {
	var w WhatIf
	for _, login := range logins {
		w.Reviews = append(w.Reviews, ImaginedReview{login, pull.Approved})
	}
	return w
}

func TestSimulatedApprovalsOfPeopleWhoAreNamed(t *testing.T) {
	github := &fakeStanding{}
	s, err := simulator(github).SimulateRecord(t.Context(), crowded(), approvals("Admin-1"), false)
	if err != nil || s.Verdict(pull.GateApproval).State != pull.Pass || len(s.Unknown) != 0 {
		t.Fatalf("got %s, unknown %v, %v; want pass", s.Verdict(pull.GateApproval).State, s.Unknown, err)
	}
	if len(github.asked) != 0 {
		t.Errorf("GitHub was asked %+v", github.asked)
	}
}

// A caller who is not trusted must not be able to probe for roles: somebody who has one and is not named, somebody who
// has none and somebody who does not exist get the same answer.
func TestSimulationTellsNothingThatTheVerdictsDoNot(t *testing.T) {
	github := &fakeStanding{roles: map[string]pull.Role{"admin-7": pull.Admin, "reader": pull.Read}}
	var answers []string
	for _, login := range []string{"admin-7", "ana", "reader", "nobody"} {
		s, err := simulator(github).SimulateRecord(t.Context(), crowded(), approvals(login), false)
		if err != nil || !slices.Equal(s.Unknown, []string{login}) || s.Verdict(pull.GateApproval).State != pull.Wait {
			t.Fatalf("%s: got %s, unknown %v, %v; want wait, unknown", login, s.Verdict(pull.GateApproval).State, s.Unknown, err)
		}
		answers = append(answers, fmt.Sprintf("%+v", s.Verdicts))
	}
	if len(slices.Compact(answers)) != 1 {
		t.Errorf("the answers differ:\n%s", strings.Join(answers, "\n"))
	}
	if len(github.asked) != 0 {
		t.Errorf("GitHub was asked %+v", github.asked)
	}
}

// Taking named candidates away must not bring up the names of those behind them.
func TestSimulationBringsUpNoFurtherCandidates(t *testing.T) {
	record := crowded()
	shown := named(record.Verdicts)
	record.Request.Policy.Text = strings.Replace(policyText, "count: 1", "count: 3", 1)
	s, err := simulator(&fakeStanding{}).SimulateRecord(t.Context(), record, approvals("admin-0", "admin-1"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range named(s.Verdicts) {
		if !slices.Contains(shown, name) {
			t.Errorf("%s is named now; the record named %v", name, shown)
		}
	}
}

func TestATrustedCallerLearnsStanding(t *testing.T) {
	github := &fakeStanding{roles: map[string]pull.Role{"reader": pull.Read}}
	s, err := simulator(github).SimulateRecord(t.Context(), crowded(), approvals("reader", "nobody"), true)
	v := s.Verdict(pull.GateApproval)
	if err != nil || v.State != pull.Wait || !v.Has("role-too-low") || !slices.Equal(s.Unknown, []string{"nobody"}) {
		t.Fatalf("got %+v, unknown %v, %v; want role-too-low", v, s.Unknown, err)
	}
	want := []pull.Question{{Logins: []string{"nobody", "reader"}}}
	if diff := cmp.Diff(want, github.asked); diff != "" {
		t.Errorf("GitHub was asked (-want +got):\n%s", diff)
	}
}

func TestIgnoredReviewsAndAnotherTarget(t *testing.T) {
	record := pull.Record{Request: world().Request}
	record.Verdicts = judge(world()).Verdicts
	if v := judge(world()).Verdict(pull.GateApproval); v.State != pull.Pass {
		t.Fatalf("before: %+v", v)
	}
	s, err := simulator(&fakeStanding{}).SimulateRecord(t.Context(), record, WhatIf{Ignore: []string{"ANA"}, Target: "release"}, false)
	if err != nil || s.Verdict(pull.GateApproval).State == pull.Pass {
		t.Fatalf("got %+v, %v; want no approval", s.Verdict(pull.GateApproval), err)
	}
	if got := strings.Join(s.Assumed, " "); s.Request.Base.Branch != "release" || !strings.Contains(got, "those of main, not of release") {
		t.Errorf("got target %s, assumed %q", s.Request.Base.Branch, got)
	}
	if len(record.Request.Reviews) != 1 || record.Request.Base.Branch != "main" {
		t.Error("the record itself was changed")
	}
}

// Another target may bring other rules, and with them a way to ask who of the named people is in which team.
func TestSimulatingATargetTellsNothingAboutTeams(t *testing.T) {
	record := pull.Record{Request: world().Request, Verdicts: judge(world()).Verdicts}
	record.Request.Policy.Text = strings.Replace(policyText, "[admin]", `["@acme/sre"]`, 1)
	var answers []string
	for _, members := range [][]int64{{2}, {}} {
		record.Request.Standing.Members = map[string][]int64{"acme/sre": members}
		s, err := simulator(&fakeStanding{}).SimulateRecord(t.Context(), record, WhatIf{Target: "release"}, false)
		if v := s.Verdict(pull.GateApproval); err != nil || !v.Has("team-unknown") {
			t.Fatalf("got %s %+v, %v; want team-unknown", v.State, v.Reasons, err)
		}
		answers = append(answers, fmt.Sprintf("%+v", s.Verdicts))
	}
	if answers[0] != answers[1] {
		t.Errorf("a member gets\n%s\nanother\n%s", answers[0], answers[1])
	}
}

// Of people who are named for another reason, supposing their approval must not tell who is in a team that GitHub hides.
// An approval that counts was told already, and goes on counting.
func TestThreat68SimulationTellsNothingAboutSecretTeams(t *testing.T) {
	const asks = `[{name: all, paths: ["**"], require: {all: [{approvals: {count: 1, from: [admin]}}, {approvals: {count: 1, from: ["@acme/sre"]}}]}}]`
	answer := func(secret []string, members []int64, reviews []pull.Review, w WhatIf) pull.Verdict {
		record := crowded()
		r := &record.Request
		r.Policy.Text, r.Reviews = "version: 1\nrules: "+asks, reviews
		r.Standing.Members, r.Standing.Secret = map[string][]int64{"acme/sre": members}, secret
		record.Verdicts = World{Request: *r}.ruled().Decide().Verdicts
		s, err := simulator(&fakeStanding{}).SimulateRecord(t.Context(), record, w, false)
		if err != nil {
			t.Fatal(err)
		}
		return s.Verdict(pull.GateApproval)
	}
	one := crowded().Request.Standing.Candidates[1]
	sre, member := []string{"acme/sre"}, []int64{one.ID}
	in, out := answer(sre, member, nil, approvals(one.Login)), answer(sre, nil, nil, approvals(one.Login))
	if a, b := fmt.Sprintf("%+v", in), fmt.Sprintf("%+v", out); a != b || !in.Has("not-in-team") {
		t.Errorf("of a member it says\n%s\nof another\n%s", a, b)
	}
	if v := answer(nil, member, nil, approvals(one.Login)); v.State != pull.Pass {
		t.Errorf("a team that GitHub shows: got %+v, want pass", v)
	}
	given := []pull.Review{{ID: 1, Author: one, State: pull.Approved, Commit: crowded().Request.Head.SHA}}
	if v := answer(sre, member, given, WhatIf{}); v.State != pull.Pass {
		t.Errorf("an approval that counts: got %+v, want pass", v)
	}
}

// Another policy is supposed with what it asks for, as if it stood in the repository.
func TestASupposedPolicyIsReadWithWhatItAsksFor(t *testing.T) {
	for name, tt := range map[string]struct {
		path, text, remote string
		read               []string
	}{
		"properties":           {".sallyport.yml", laboratories, "", []string{"properties of acme/jobs"}},
		"policy-bot's":         {".policy.yml", theirLab, "", []string{"properties of acme/jobs"}},
		"whose own properties": {".policy.yml", pointsThere, theirLab, []string{"acme/policies:jobs.yml@release", "properties of acme/jobs"}},
	} {
		t.Run(name, func(t *testing.T) {
			github := &fakeStanding{past: onePast{remote: tt.remote}}
			record := crowded()
			record.Request.Remote = pull.Source{Path: "acme/old:policy.yml", Text: fmt.Sprintf(theirText, 3)}
			s, err := simulator(github).SimulateRecord(t.Context(), record, WhatIf{Policy: &pull.Source{Path: tt.path, Text: tt.text}}, true)
			if err != nil || s.Verdict(pull.GateApproval).State != pull.Pass {
				t.Errorf("got %+v, %v; want pass", s.Verdict(pull.GateApproval), err)
			}
			if diff := cmp.Diff(tt.read, github.past.read); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

// What the policy in force points to, and the file about landing, are those of the record.
func TestASimulationJudgesByWhatIsPointedTo(t *testing.T) {
	record := crowded()
	record.Request.Policy = pull.Source{Path: ".policy.yml", Text: pointsThere}
	record.Request.Remote = pull.Source{Path: "acme/policies:jobs.yml", Text: fmt.Sprintf(theirText, 1)}
	record.Request.Landing = pull.Source{Path: ".bulldozer.yml", Blob: sha("6"), Text: "version: 1\nmerge: {method: merge}\n"}
	s, err := simulator(&fakeStanding{}).SimulateRecord(t.Context(), record, approvals("admin-0"), false)
	if v := s.Verdict(pull.GateApproval); err != nil || v.State != pull.Pass {
		t.Errorf("got %+v, %v; want pass", v, err)
	}
	if !s.byLandingFile() || s.Policy.Automerge == nil {
		t.Errorf("got %+v; want it to land as the file about landing says", s.Verdict(pull.GateAutomerge))
	}
}
