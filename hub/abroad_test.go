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

// TestThreat34WhereTheAppIsInstalledIsAskedOnce, and again as soon as GitHub does not take the answer any more.
func TestThreat34WhereTheAppIsInstalledIsAskedOnce(t *testing.T) {
	w := newWorld(t)
	other := w.gh.Organization("other", w.bo)
	other.Team("ops").Add(w.alice)
	question := pull.Question{Teams: []string{"other/ops", "other"}}
	look := func(what string, shown bool, asks int) {
		t.Helper()
		before := w.meter.count("installation")
		got := must(w.standing(question))(t)
		if shown != (len(got.Missing) == 0 && len(got.Members["other/ops"]) == 1) {
			t.Errorf("%s: got %+v, want it shown: %v", what, got, shown)
		}
		if n := w.meter.count("installation") - before; n != asks {
			t.Errorf("%s: GitHub was asked %d times where the app is installed, want %d", what, n, asks)
		}
	}
	look("not installed", false, 1)
	look("not installed, again", false, 1)
	installed := w.app.Install(other)
	look("installed", true, 1)
	look("installed, again", true, 0)
	installed.Suspend(true)
	look("suspended", false, 1)
	look("suspended, again", false, 1)
	installed.Suspend(false)
	look("resumed", true, 1)
	look("resumed, again", true, 0)
	installed.Uninstall()
	look("removed", false, 1)
	w.app.Install(other)
	look("made anew", true, 1)
	look("made anew, again", true, 0)
}

func TestThreat34ATroubledLookForgetsNoInstallation(t *testing.T) {
	w := newWorld(t)
	other := w.gh.Organization("other", w.bo)
	other.Team("ops").Add(w.alice)
	w.app.Install(other)
	question := pull.Question{Teams: []string{"other/ops"}}
	must(w.standing(question))(t)
	asked := w.meter.count("installation")
	w.gh.Fault(githubtest.Fault{Operation: "Abroad", Status: 502, Times: 1})
	if got, err := w.standing(question); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
	must(w.standing(question))(t)
	if n := w.meter.count("installation"); n != asked {
		t.Errorf("asked %d times where the app is installed, want %d", n, asked)
	}
}

func TestThreat34ATeamThatCannotBeAskedForIsAnError(t *testing.T) {
	w := newWorld(t)
	w.gh.Fault(githubtest.Fault{Path: "/orgs/other/installation", Status: 502})
	if got, err := w.standing(pull.Question{Teams: []string{"other/ops"}}); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
}
