package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	tokens, err := LoadTokens("testdata/tokens.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		token, name string
		scopes      []string
	}{
		{"hello-token", "", nil},
		{"test", "dashboard", []string{ScopeRead}},
		{"Test", "", nil},
		{"", "", nil},
	} {
		got, ok := tokens.Find(test.token)
		if ok != (test.name != "") || got.Name != test.name || !slices.Equal(got.Scopes, test.scopes) {
			t.Errorf("Find(%q): got %q %v, want %q %v", test.token, got.Name, got.Scopes, test.name, test.scopes)
		}
	}
	dashboard, _ := tokens.Find("test")
	if !dashboard.Allows(ScopeRead) || dashboard.Allows(ScopePush) {
		t.Errorf("scopes: got %v", dashboard.Scopes)
	}
	dir := folder(t, map[string]string{"tokens.yml": "- name: a\n  sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n" +
		"  scopes: [push]\n  users: [dev.eloper, \"github:ana\"]\n  repositories: [acme/jobs, platform/*]\n"})
	narrowed, err := LoadTokens(filepath.Join(dir, "tokens.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := narrowed.Find("test"); !slices.Equal(got.Users, []string{"dev.eloper", "github:ana"}) ||
		!slices.Equal(got.Repositories, []string{"acme/jobs", "platform/*"}) {
		t.Errorf("narrowed: got %+v", got)
	}
	if _, ok := (Tokens{}).Find("test"); ok {
		t.Error("no tokens honour one")
	}
}

func TestTokenProblems(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	good := "- {name: a, sha256: \"" + digest + "\", scopes: [read]}\n"
	for _, test := range []struct{ name, text, want string }{
		{"no list", "name: a\n", ":1:1: the tokens file must be a list, not a mapping"},
		{"an unknown key", "- {name: a, sha256: \"" + digest + "\", scope: [read]}\n", `unknown key "scope" in a token`},
		{"no digest", "- {name: a, scopes: [read]}\n", "the token has no sha256"},
		{"a short digest", "- {name: a, sha256: abcd, scopes: [read]}\n", "this is not a SHA-256 digest"},
		{"the token itself", "- {name: a, sha256: \"my-token\", scopes: [read]}\n", "this is not a SHA-256 digest"},
		{"the digest of nothing", "- {name: a, sha256: \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\", scopes: [read]}\n", "this is the digest of nothing"},
		{"an unknown scope", "- {name: a, sha256: \"" + digest + "\", scopes: [reed]}\n", `a scope is "reed", not push, check, read, audit, freeze or admin`},
		{"no scope", "- {name: a, sha256: \"" + digest + "\", scopes: []}\n", "scopes is an empty list"},
		{"a list of nobody", strings.Replace(good, "}", ", users: []}", 1), "users is an empty list"},
		{"an odd user", strings.Replace(good, "}", ", users: [\"a\\tb\"]}", 1), "cannot stand in users"},
		{"an odd repository", strings.Replace(good, "}", ", repositories: [jobs]}", 1), `"jobs" cannot stand in repositories`},
		{"a name twice", good + strings.Replace(good, "ab", "cd", 1), `a token named "a" is there already`},
		{"a digest twice", good + strings.Replace(good, "name: a", "name: b", 1), "this sha256 is there already"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"tokens.yml": test.text})
			_, err := LoadTokens(filepath.Join(dir, "tokens.yml"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "my-token") {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
	dir := folder(t, map[string]string{"tokens.yml": "[]\n"})
	if _, err := LoadTokens(filepath.Join(dir, "tokens.yml")); err != nil {
		t.Errorf("no tokens at all: got %v", err)
	}
	if _, err := LoadTokens(filepath.Join(dir, "none.yml")); err == nil {
		t.Error("no file: got no error")
	}
}
