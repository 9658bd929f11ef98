package hub

import (
	"strings"
	"testing"
)

func TestRemotePolicy(t *testing.T) {
	w := newWorld(t)
	other := must(w.gh.Repo(w.org, "policies"))(t)
	tip := must(other.Commit("main", map[string]string{".policy.yml": "policy: {}\n", "a/b.yml": "approval_rules: []\n", "bin.yml": "a\x00b"}, w.bo))(t)
	for _, tc := range []struct{ remote, path, ref, text, unreadable string }{
		{"acme/policies", "", "", "policy: {}\n", ""},
		{"acme/policies", "a/b.yml", "main", "approval_rules: []\n", ""},
		{"acme/policies", "absent.yml", "", "", "has no file absent.yml"},
		{"acme/policies", "a", "", "", "has no file a"},
		{"acme/policies", "", "absent", "", "at absent"},
		{"acme/policies", "bin.yml", "", "", "bin.yml is"},
		{"acme/nowhere", "", "", "", "or the app may not see it"},
		{"acme/policies", "", "heads/main", "", "has no file .policy.yml at heads/main"},
		{"acme/policies", "", "refs/heads/main", "policy: {}\n", ""},
		{"acme/policies", "", tip, "policy: {}\n", ""},
		{"acme/policies", "", tip[:12], "", "has no file .policy.yml at " + tip[:12]},
	} {
		got := must(w.hub.RemotePolicy(t.Context(), w.asRepo(), tc.remote, tc.path, tc.ref))(t)
		if got.Text != tc.text || !strings.Contains(got.Unreadable, tc.unreadable) || (got.Unreadable != "") != (tc.unreadable != "") {
			t.Errorf("%s:%s at %q: got %+v, want text %q, unreadable %q", tc.remote, tc.path, tc.ref, got, tc.text, tc.unreadable)
		}
	}
}

// Whoever may write to the repository of the policies can push refs that no rule of it speaks of, and that git takes for
// the branch.
func TestThreat77ARefOfTheBranchesNameDoesNotSpeakForIt(t *testing.T) {
	for _, tc := range []struct{ pushed, ref, text, unreadable string }{
		{"refs/main", "main", "strict", ""},
		{"refs/heads/refs/heads/main", "refs/heads/main", "strict", ""},
		{"refs/tags/main", "main", "", `"main" is ambiguous`},
		{"refs/tags/main", "refs/heads/main", "strict", ""},
		{"refs/tags/main", "refs/tags/main", "lax", ""},
		{"refs/tags/v1", "v1", "lax", ""},
		{"refs/refs/heads/gone", "refs/heads/gone", "", "has no file p.yml at refs/heads/gone"},
		{"refs/gone", "gone", "", "has no file p.yml at gone"},
	} {
		w := newWorld(t)
		other := must(w.gh.Repo(w.org, "policies"))(t)
		must(other.Commit("main", map[string]string{"p.yml": "strict"}, w.bo))(t)
		evil := must(other.Commit("evil", map[string]string{"p.yml": "lax"}, w.bo))(t)
		if err := other.PushRef(w.bo, tc.pushed, evil); err != nil {
			t.Fatal(err)
		}
		got := must(w.hub.RemotePolicy(t.Context(), w.asRepo(), "acme/policies", "p.yml", tc.ref))(t)
		if got.Text != tc.text || !strings.Contains(got.Unreadable, tc.unreadable) || (got.Unreadable != "") != (tc.unreadable != "") {
			t.Errorf("with %s there, %s reads %q (%s), want %q (%s)", tc.pushed, tc.ref, got.Text, got.Unreadable, tc.text, tc.unreadable)
		}
	}
}

// A landing of unknown outcome is looked for on the branch, and not on a tag that is called like it.
func TestThreat77ATagIsNotTheBranchThatContains(t *testing.T) {
	w := newWorld(t)
	before := w.repo.Branch("main")
	merged := must(w.repo.Commit("elsewhere", map[string]string{"a": "b"}, w.bo))(t)
	if err := w.repo.PushRef(w.bo, "refs/tags/main", merged); err != nil {
		t.Fatal(err)
	}
	for sha, want := range map[string]bool{before: true, merged: false} {
		if got := must(w.hub.Contains(t.Context(), w.asRepo(), "main", sha))(t); got != want {
			t.Errorf("main contains %s: %v, want %v", sha, got, want)
		}
	}
	if must(w.hub.Contains(t.Context(), w.asRepo(), "gone", before))(t) {
		t.Error("a branch that is not there contains something")
	}
}
