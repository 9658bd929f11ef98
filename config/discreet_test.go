package config

import (
	"strings"
	"testing"
)

// A policy may point to any file that the app may see; what is told of it must not show it (threat 78).
func TestThreat78DiscreetProblemsHoldNothingOfTheFile(t *testing.T) {
	for _, text := range []string{
		"hunter2: hunter2\napi:\n  hunter2: hunter2\n", "hunter2=hunter2\n", "policy:\n  hunter2: x\n", "a: [hunter2\n", "a: \"hunter2\n", "{{ hunter2 }}\n",
		"approval_rules: [{name: a, requires: {count: hunter2}}]\n", "hunter2: 1\nhunter2: 2\n", "policy: {approval: [hunter2]}\n",
		"remote: hunter2\n", "version: hunter2\n", "rules: [{name: a, paths: ['hunter2[']}]\n", "merge: {method: hunter2, trigger: {branch_patterns: ['(hunter2']}}\n",
	} {
		for _, path := range []string{"acme/vault:a/.policy.yml", "acme/vault:bulldozer.yml", "acme/.github:.sallyport.yml"} {
			_, whole := ParsePolicy(path, []byte(text))
			if whole == nil {
				continue
			}
			got := whole.Discreet()
			if strings.Contains(got.Error(), "hunter2") || len(got.List()) != len(whole.List()) {
				t.Errorf("of %q as %s is told:\n%v", text, path, got)
			}
			for i, p := range got.List() {
				if p.Excerpt != "" || p.Mend != "" || p.Line != whole.List()[i].Line || p.Col != whole.List()[i].Col {
					t.Errorf("%q: %+v is not the place of %+v, or tells more", text, p, whole.List()[i])
				}
			}
		}
	}
	if (*Problems)(nil).Discreet() != nil {
		t.Error("a file without fault has one")
	}
}

func TestDiscreetKinds(t *testing.T) {
	_, problems := ParsePolicyBot("acme/vault:x.yml", []byte("db_password: a\n"))
	if got, want := problems.Discreet().Error(), "acme/vault:x.yml:1:1: a key stands here that is not known"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
