package hub

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func (w *world) standing(q pull.Question) (pull.Standing, error) {
	return w.hub.Standing(context.Background(), pull.Request{Repo: w.asRepo()}, q)
}

func TestStandingAnswersInOneRequest(t *testing.T) {
	w := newWorld(t)
	carol, dan := w.gh.User("carol"), w.gh.User("dan")
	w.org.Join(carol)
	w.repo.Grant(carol, pull.Maintain)
	sre := w.org.Team("sre")
	sre.Add(carol, w.alice)
	watch := w.org.Team("watch")
	watch.Add(carol)
	watch.Hide()
	got := must(w.standing(pull.Question{
		Logins: []string{"alice", "BO", "dan", "nobody-at-all", "renovate[bot]"},
		Teams:  []string{"acme/sre", "acme/watch", "acme/ghosts"}, Candidates: pull.Maintain,
	}))(t)
	want := pull.Standing{
		Roles:      map[int64]pull.Role{w.alice.ID: pull.Write, w.bo.ID: pull.Admin, carol.ID: pull.Maintain, dan.ID: pull.NoRole},
		Accounts:   map[string]pull.Account{"alice": accountOf(w.alice), "BO": accountOf(w.bo), "dan": accountOf(dan)},
		Members:    map[string][]int64{"acme/sre": {carol.ID, w.alice.ID}, "acme/watch": {carol.ID}},
		Secret:     []string{"acme/watch"},
		Missing:    []string{"acme/ghosts"},
		Candidates: []pull.Account{accountOf(w.bo), accountOf(carol), accountOf(w.alice)},
	}
	less := cmpopts.SortSlices(func(a, b int64) bool { return a < b })
	byLogin := cmpopts.SortSlices(func(a, b pull.Account) bool { return a.Login < b.Login })
	if diff := cmp.Diff(want, got, less, byLogin); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Standing"}, w.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestEmptyQuestionAsksNothing(t *testing.T) {
	w := newWorld(t)
	must(w.standing(pull.Question{}))(t)
	if got := w.operations(); len(got) > 0 {
		t.Errorf("calls %v, want none", got)
	}
}

func TestLargeTeamIsReadToItsEnd(t *testing.T) {
	w := newWorld(t)
	crowd := w.org.Team("crowd")
	for i := range 130 {
		u := w.gh.User(fmt.Sprintf("member-%03d", i))
		w.org.Join(u)
		crowd.Add(u)
	}
	p := w.change()
	q := pull.Question{Teams: []string{"acme/crowd"}}
	if got := len(w.snapshot(p, q).Standing.Members["acme/crowd"]); got != 130 {
		t.Errorf("%d members beside a snapshot, want 130", got)
	}
	if got := len(must(w.standing(q))(t).Members["acme/crowd"]); got != 130 {
		t.Errorf("%d members, want 130", got)
	}
}

func TestHintAboutSomebodyWhoIsGone(t *testing.T) {
	w := newWorld(t)
	carol := w.gh.User("carol")
	p := w.change()
	carol.Delete()
	r := w.snapshot(p, pull.Question{Logins: []string{"carol", "bo"}, Teams: []string{"acme/none"}})
	if _, ok := r.Standing.Accounts["carol"]; ok || r.Standing.Roles[w.bo.ID] != pull.Admin || len(r.Standing.Missing) != 1 {
		t.Errorf("standing is %+v", r.Standing)
	}
}

func TestThreat34RolesThatCannotBeReadAreAnError(t *testing.T) {
	w := newWorld(t)
	w.gh.Fault(githubtest.Fault{Operation: "Standing", Status: 502})
	_, err := w.standing(pull.Question{Logins: []string{"bo"}})
	wantFailure(t, err, pull.Transient, "github-error")

	for name, kind := range map[string]string{"forbidden": "FORBIDDEN", "broken": "INTERNAL"} {
		t.Run(name, func(t *testing.T) {
			a := newAsked(pull.Question{Logins: []string{"bo"}, Teams: []string{"acme/sre"}}, "acme")
			if a.tolerate(graphError{Type: kind, Path: []any{"standing", "r0"}}) {
				t.Error("a role that could not be read was passed over")
			}
		})
	}
}

func TestRoleOfAnotherAccountIsNotBelieved(t *testing.T) {
	w := newWorld(t)
	w.proxy.lie("Standing", func(data map[string]any) {
		object(data, "standing", "r0", "edges", 0, "node")["databaseId"] = w.bo.ID
		object(data, "standing", "r0", "edges", 0)["permission"] = "ADMIN"
	})
	got := must(w.standing(pull.Question{Logins: []string{"alice"}}))(t)
	if role := got.Roles[w.alice.ID]; role != pull.NoRole {
		t.Errorf("alice is %v by an answer about somebody else", role)
	}
}
