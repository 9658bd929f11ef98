package hub

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// landOne merges a pull request that changes the paths, one commit each, and returns its number.
func (w *world) landOne(method string, paths ...string) int {
	w.t.Helper()
	branch := fmt.Sprintf("change-%s-%s", method, paths[0])
	for _, path := range paths {
		w.commit(branch, map[string]string{path: "changed by " + branch + "\n"})
	}
	p := w.open(branch)
	if _, err := p.MergeBy(w.bo, method); err != nil {
		w.t.Fatal(err)
	}
	return p.Number
}

func pathsOf(files []pull.File) []string {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	return paths
}

func TestMergedPullsAreTheLastLandings(t *testing.T) {
	w := newWorld(t)
	first := w.landOne("merge", "a")
	w.commit("open", map[string]string{"z": "1"})
	w.open("open")
	second, third := w.landOne("squash", "b"), w.landOne("merge", "c")
	for last, want := range map[int][]int{2: {third, second}, 50: {third, second, first}} {
		got := must(w.hub.MergedPulls(context.Background(), w.asRepo(), last))(t)
		if !slices.Equal(got, want) {
			t.Errorf("the last %d: got %v, want %v", last, got, want)
		}
	}
}

// Whatever the method, what landed is the difference between what it stands on and itself.
func TestLandedPullIsReadAsItWasAboutToLand(t *testing.T) {
	for _, method := range []string{"merge", "squash", "rebase"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t)
			w.landOne("merge", "before")
			base := w.repo.Branch("main")
			number := w.landOne(method, "prod/app.nomad", "prod/deep/er/new")
			landed := w.repo.Branch("main")
			w.landOne("merge", "after")

			r := must(w.hub.LandedPull(context.Background(), w.asRepo(), number))(t)
			if r.State != pull.Open || r.Base.SHA != base || r.Landed.SHA != landed || r.Test.State != pull.Clean || len(r.Commits) != 2 {
				t.Fatalf("got %+v", r)
			}
			if diff := cmp.Diff([]string{"prod/app.nomad", "prod/deep/er/new"}, pathsOf(r.Files)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if r.Files[0].OldMode != pull.Regular || r.Files[1].OldMode != pull.Absent {
				t.Errorf("got %+v", r.Files)
			}
		})
	}
}

func TestLandedPullRefusesWhatDidNotLand(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	_, err := w.hub.LandedPull(context.Background(), w.asRepo(), p.Number)
	if f, ok := asFailure(err); !ok || f.Code != "not-landed" || f.Class != pull.Permanent {
		t.Errorf("got %v, want a permanent not-landed", err)
	}
}

func TestBlobReadsAPolicyTextByItsID(t *testing.T) {
	w := newWorld(t)
	const text = "version: 1\n"
	w.commit("change", map[string]string{".sallyport.yml": text, "binary": "a\x00b"})
	got := must(w.hub.Blob(context.Background(), w.asRepo(), ".sallyport.yml", hashObject("blob", []byte(text), 40)))(t)
	if want := (pull.Source{Path: ".sallyport.yml", Blob: hashObject("blob", []byte(text), 40), Text: text}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := must(w.hub.Blob(context.Background(), w.asRepo(), ".policy.yml", hashObject("blob", []byte("a\x00b"), 40)))(t); got.Unreadable == "" || got.Text != "" {
		t.Errorf("binary: got %+v, want it unreadable", got)
	}
	for _, id := range []string{"", "../../x", hashObject("blob", []byte("nowhere"), 40)} {
		if _, err := w.hub.Blob(context.Background(), w.asRepo(), ".policy.yml", id); pull.ClassOf(err) != pull.Permanent {
			t.Errorf("%q: got %v, want a permanent failure", id, err)
		}
	}
}

// While GitHub does not name the commit of a merged pull request, that one may be what came into the branch: whoever asks waits for
// what its own pass finds, and raises no alarm.
func TestAMergedPullRequestWithoutACommitMayBeWhatArrived(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.repo.Unnamed(1)
	sha := must(p.MergeBy(w.bo, "merge"))(t)
	for _, when := range []string{"not named", "named"} {
		if a := must(w.hub.Arrival(t.Context(), w.asRepo(), "main", sha))(t); !slices.Equal(a.Pulls, []int{p.Number}) {
			t.Errorf("%s: got %+v, want #%d", when, a, p.Number)
		}
	}
}
