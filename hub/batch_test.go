package hub

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestABranchOfOursIsDroppedOnlyWhereItWasPut(t *testing.T) {
	for name, lacks := range map[string][]string{"by compare-and-swap": nil, "on an older server": {"Mutation.updateRefs"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *githubtest.Options) { o.Lacks = lacks })
			main, repo := w.repo.Branch("main"), w.snapshot(w.change()).Repo
			if err := w.hub.Point(context.Background(), repo, "sallyport/batch/main", main); err != nil {
				t.Fatal(err)
			}
			theirs := w.commit("sallyport/batch/main", map[string]string{"theirs": "1"})
			err := w.hub.Drop(context.Background(), repo, "sallyport/batch/main", main)
			if f, ok := asFailure(err); !ok || f.Code != "base-modified" || f.Class != pull.Transient || w.repo.Branch("sallyport/batch/main") != theirs {
				t.Errorf("somebody pushed to it: got %v, and it is at %q; want base-modified, and %s", err, w.repo.Branch("sallyport/batch/main"), theirs)
			}
			if err := w.hub.Drop(context.Background(), repo, "sallyport/batch/main", theirs); err != nil || w.repo.Branch("sallyport/batch/main") != "" {
				t.Errorf("where it was put: got %v, and it is at %q", err, w.repo.Branch("sallyport/batch/main"))
			}
		})
	}
}

// GitHub answers 409 for more than conflicts: only what it calls one leaves a pull request out, the rest passes.
func TestMergingIntoABranchOfOursIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		said  string // empty where it conflicts in truth
		class pull.Class
		code  string
	}{
		"a conflict":          {"", pull.Permanent, "conflict"},
		"it may not yet push": {"Failed to merge: \"github-actions[bot]\" is not authorized to push to this branch", pull.Transient, "github-error"},
		"it does not say why": {"Conflict", pull.Transient, "github-error"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			if c.said == "" {
				w.commit("main", map[string]string{"prod/app.nomad": "3"})
			}
			repo, at := w.asRepo(), w.repo.Branch("main")
			if err := w.hub.Point(t.Context(), repo, "sallyport/batch/main", at); err != nil {
				t.Fatal(err)
			}
			if c.said != "" {
				f := githubtest.Refuse(http.StatusConflict)
				f.Method, f.Path, f.Times, f.Body = http.MethodPost, "/repos/*/*/merges", 1, fmt.Sprintf(`{"message":%q}`, c.said)
				w.gh.Fault(f)
			}
			_, err := w.hub.MergeInto(t.Context(), repo, "sallyport/batch/main", at, p.Head())
			wantFailure(t, err, c.class, c.code)
			if c.class == pull.Transient {
				must(w.hub.MergeInto(t.Context(), repo, "sallyport/batch/main", at, p.Head()))(t)
			}
		})
	}
}
