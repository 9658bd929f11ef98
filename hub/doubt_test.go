package hub

import (
	"testing"

	"github.com/google/go-github/v60/github"
)

// Only what GitHub found is a doubt, not that it could not look. https://docs.github.com/rest/git/commits lists the reasons.
func TestOnlyWhatGitHubFoundIsADoubt(t *testing.T) {
	for name, tc := range map[string]struct {
		verified bool
		reason   string
		want     string
	}{
		"valid":                  {true, "valid", ""},
		"a key nobody uploaded":  {false, "unknown_key", "unknown_key"},
		"nobody's address":       {false, "no_user", "no_user"},
		"GitHub could not look":  {false, "gpgverify_unavailable", ""},
		"GitHub failed to look":  {false, "gpgverify_error", ""},
		"an older GitHub's word": {false, "", ""},
	} {
		v := &github.SignatureVerification{Verified: &tc.verified, Reason: &tc.reason}
		if got := doubtOf(v); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
	if got := doubtOf(nil); got != "" {
		t.Errorf("no word: got %q", got)
	}
}
