package hub

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// TestThreat34TeamsOfAnotherOrganizationAreReadThere: through the app's installation in that organization and no other, anew
// each time, and as what nobody here need know.
func TestThreat34TeamsOfAnotherOrganizationAreReadThere(t *testing.T) {
	w := newWorld(t)
	other := w.gh.Organization("other", w.bo)
	ops, carol := other.Team("ops"), w.gh.User("carol")
	ops.Add(carol, w.alice)
	question := pull.Question{Teams: []string{"other/ops", "other", "other/ghosts", "nowhere/ops"}}
	if got := must(w.standing(question))(t); !slices.Equal(got.Missing, question.Teams) || len(got.Members) != 0 {
		t.Errorf("not installed there: got %+v, want all missing", got)
	}
	installed := w.app.Install(other)
	got := must(w.standing(question))(t)
	slices.Sort(got.Members["other/ops"])
	want := []int64{w.alice.ID, carol.ID}
	slices.Sort(want)
	if !slices.Equal(got.Members["other/ops"], want) || len(got.Members["other"]) != 3 || !slices.Equal(got.Missing, []string{"other/ghosts", "nowhere/ops"}) {
		t.Errorf("installed there: got %+v", got)
	}
	if !slices.Contains(got.Secret, "other/ops") || !slices.Contains(got.Secret, "other") {
		t.Errorf("got secret %v; members of another organization are for nobody to read here", got.Secret)
	}
	ops.Remove(carol)
	if got := must(w.standing(question))(t); len(got.Members["other/ops"]) != 1 {
		t.Errorf("after carol left: got %v", got.Members)
	}
	installed.Permit("members", "")
	if got := must(w.standing(question))(t); !slices.Contains(got.Missing, "other/ops") {
		t.Errorf("without the permission: got %+v, want it missing", got)
	}
	installed.Permit("members", "read")
	installed.Suspend(true)
	if got := must(w.standing(question))(t); !slices.Contains(got.Missing, "other/ops") {
		t.Errorf("suspended: got %+v, want it missing", got)
	}
}

func TestThreat34ATeamThatCannotBeAskedForIsAnError(t *testing.T) {
	w := newWorld(t)
	w.gh.Fault(githubtest.Fault{Path: "/orgs/other/installation", Status: 502})
	if got, err := w.standing(pull.Question{Teams: []string{"other/ops"}}); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
}
