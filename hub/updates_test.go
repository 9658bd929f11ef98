package hub

import (
	"context"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// TestThreat25Updates tells merges that only bring the target branch in from those that carry something of their own.
// git makes the clean ones, as GitHub's button does.
func TestThreat25Updates(t *testing.T) {
	lines := func(first, last string) string { return first + strings.Repeat("line\n", 20) + last }
	for name, c := range map[string]struct {
		main  map[string]string           // what main becomes meanwhile
		merge func(w *world, onto string) // nil: the button
		want  bool
	}{
		"the button":                     {main: map[string]string{"docs/b": "2"}, want: true},
		"the button, new folder on main": {main: map[string]string{"new/deep/b": "2"}, want: true},
		"the button, both in one file":   {main: map[string]string{"both": lines("a\n", "changed\n")}},
		"the same on both sides":         {main: map[string]string{"prod/app.nomad": "two\n"}},
		"something added":                {main: map[string]string{"docs/b": "2"}, merge: handMade(map[string]string{"docs/b": "2", "prod/db.nomad": "evil"})},
		"main's change dropped":          {main: map[string]string{"docs/b": "2"}, merge: handMade(nil)},
		"its own change dropped":         {main: map[string]string{"docs/b": "2"}, merge: handMade(map[string]string{"docs/b": "2", "prod/app.nomad": "one\n"})},
		"put together by hand, the same": {main: map[string]string{"docs/b": "2"}, merge: handMade(map[string]string{"docs/b": "2"}), want: true},
		"a mode changed": {main: map[string]string{"docs/b": "2"}, merge: handMade(map[string]string{"docs/b": "2"},
			githubtest.Mode("prod/app.nomad", "100755"))},
		"not by GitHub": {main: map[string]string{"docs/b": "2"}, merge: func(w *world, onto string) {
			w.commit("change", map[string]string{"docs/b": "2"}, githubtest.Parents(onto, w.repo.Branch("main")))
		}},
		"a single parent": {main: map[string]string{"docs/b": "2"}, merge: func(w *world, onto string) {
			w.commit("change", map[string]string{"docs/b": "2"}, githubtest.Parents(onto), githubtest.OnGitHub())
		}},
		"parents the other way round": {main: map[string]string{"docs/b": "2"}, merge: func(w *world, onto string) {
			w.commit("change", map[string]string{"prod/app.nomad": "two\n"}, githubtest.Parents(w.repo.Branch("main"), onto), githubtest.OnGitHub())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit("main", map[string]string{"both": lines("a\n", "z\n"), "docs/b": "1", "prod/app.nomad": "one\n"})
			first := w.commit("change", map[string]string{"prod/app.nomad": "two\n", "both": lines("changed\n", "z\n")}, githubtest.From("main"))
			p := w.open("change")
			w.commit("main", c.main)
			if c.merge == nil {
				if err := p.UpdateBranch(w.alice); err != nil {
					t.Fatal(err)
				}
			} else {
				c.merge(w, first)
			}
			got := must(w.hub.Updates(context.Background(), w.snapshot(p)))(t)
			if len(got) != 2 || got[0].Update || got[1].Update != c.want {
				t.Errorf("updates %v, want the second %v", got, c.want)
			}
		})
	}
}

// handMade merges main on GitHub's page, with contents that somebody chose.
func handMade(files map[string]string, more ...githubtest.CommitOption) func(w *world, onto string) {
	return func(w *world, onto string) {
		w.commit("change", files, append(more, githubtest.Parents(onto, w.repo.Branch("main")), githubtest.OnGitHub())...)
	}
}
