package hub

import (
	"strings"
	"testing"
)

func TestRemotePolicy(t *testing.T) {
	w := newWorld(t)
	other := must(w.gh.Repo(w.org, "policies"))(t)
	must(other.Commit("main", map[string]string{".policy.yml": "policy: {}\n", "a/b.yml": "approval_rules: []\n", "bin.yml": "a\x00b"}, w.bo))(t)
	for _, tc := range []struct{ remote, path, ref, text, unreadable string }{
		{"acme/policies", "", "", "policy: {}\n", ""},
		{"acme/policies", "a/b.yml", "main", "approval_rules: []\n", ""},
		{"acme/policies", "absent.yml", "", "", "has no file absent.yml"},
		{"acme/policies", "a", "", "", "has no file a"},
		{"acme/policies", "", "absent", "", "at absent"},
		{"acme/policies", "bin.yml", "", "", "bin.yml is"},
		{"acme/nowhere", "", "", "", "or the app may not see it"},
	} {
		got := must(w.hub.RemotePolicy(t.Context(), w.asRepo(), tc.remote, tc.path, tc.ref))(t)
		if got.Text != tc.text || !strings.Contains(got.Unreadable, tc.unreadable) || (got.Unreadable != "") != (tc.unreadable != "") {
			t.Errorf("%s:%s at %q: got %+v, want text %q, unreadable %q", tc.remote, tc.path, tc.ref, got, tc.text, tc.unreadable)
		}
	}
}
