package hub

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestPropertiesAreReadAsTheyStand(t *testing.T) {
	w := newWorld(t)
	w.repo.SetProperty("tier", "lab")
	w.repo.SetProperty("teams", []string{"a", "b"})
	w.repo.SetProperty("gone", nil)
	got := must(w.hub.Properties(t.Context(), w.asRepo()))(t)
	want := &pull.Properties{Values: map[string]pull.Property{"tier": {Values: []string{"lab"}}, "teams": {Values: []string{"a", "b"}, Many: true}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
}

// What GitHub does not show is not "none", and an answer that cannot be read is no answer.
func TestPropertiesThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	for _, status := range []int{403, 404} {
		w.gh.Fault(githubtest.Fault{Path: "/repos/acme/infra/properties/values", Status: status, Times: 1})
		if got := must(w.hub.Properties(t.Context(), w.asRepo()))(t); got.Unread == "" || got.Values != nil {
			t.Errorf("%d: got %+v, want it unread", status, got)
		}
	}
	for name, fault := range map[string]githubtest.Fault{
		"trouble":  {Path: "/repos/acme/infra/properties/values", Status: 502},
		"a number": {Path: "/repos/acme/infra/properties/values", Status: 200, Body: `[{"property_name":"tier","value":7}]`},
	} {
		w.gh.Heal()
		w.gh.Fault(fault)
		if got, err := w.hub.Properties(t.Context(), w.asRepo()); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}
