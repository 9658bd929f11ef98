package config

import (
	"slices"
	"testing"
)

// FuzzTokens reads a tokens file that could be anything. Whatever is read must be a holder with a name, known scopes and
// a digest that nobody shares; the empty token opens nothing.
func FuzzTokens(f *testing.F) {
	const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // of "test"
	f.Add("- {name: ci, sha256: " + digest + ", scopes: [read]}\n")
	f.Add("- {name: ci, sha256: " + digest + ", scopes: [read, push], users: [ana, 'github:bo'], repositories: [a/b, 'c/*']}\n")
	f.Add("- &t {name: ci, sha256: " + digest + ", scopes: [read]}\n- *t\n")
	f.Add("- {name: e, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, scopes: [admin]}\n")
	f.Add("[]")
	f.Fuzz(func(t *testing.T, text string) {
		d := &document{file: "tokens.yml", discreet: true}
		var tokens Tokens
		if root := d.open([]byte(text)); root != nil {
			tokens = d.tokenList(root)
		}
		if d.done() != nil {
			return
		}
		seen := map[[32]byte]bool{}
		for _, holder := range tokens.list {
			known := func(scope string) bool {
				return slices.Contains([]string{ScopePush, ScopeCheck, ScopeRead, ScopeAdmin}, scope)
			}
			if holder.Name == "" || len(holder.Scopes) == 0 || seen[holder.digest] || slices.ContainsFunc(holder.Scopes, func(s string) bool { return !known(s) }) {
				t.Errorf("%q: read %+v", text, holder)
			}
			seen[holder.digest] = true
		}
		if holder, ok := tokens.Find(""); ok {
			t.Errorf("%q: the empty token is %s's", text, holder.Name)
		}
	})
}
