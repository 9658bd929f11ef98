package hub

import (
	"context"
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
