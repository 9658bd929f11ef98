package hub

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// threat 55: GitHub shows a test merge with an older tip of the target for hours. What merging into the present tip gives follows
// from it, as git itself would merge, where the two sides changed different files, and from nothing else.
func TestThreat55ATestMergeWithAnOlderTipIsCarriedOver(t *testing.T) {
	start := map[string]string{"prod/app.nomad": "one\n", "prod/db.nomad": "one\n", "moved/a.nomad": "a\n", "deep/er/x": "x\n", "README.md": "read\n", "long": "1\n2\n3\n4\n5\n6\n7\n"}
	for name, c := range map[string]struct {
		head, base map[string]string // a text of "-" removes the file
		want       pull.Mergeability
	}{
		"other files":                      {map[string]string{"prod/app.nomad": "two\n"}, map[string]string{"prod/db.nomad": "two\n"}, pull.Clean},
		"new and gone files":               {map[string]string{"prod/new.nomad": "n\n", "deep/er/x": "-"}, map[string]string{"README.md": "-", "other/y": "y\n"}, pull.Clean},
		"a new folder on both sides":       {map[string]string{"fresh/a": "a\n"}, map[string]string{"fresh/b": "b\n"}, pull.Clean},
		"the same file":                    {map[string]string{"long": "one\n2\n3\n4\n5\n6\n7\n"}, map[string]string{"long": "1\n2\n3\n4\n5\n6\nseven\n"}, pull.Outdated},
		"a file where there is a folder":   {map[string]string{"same": "file\n"}, map[string]string{"same/file": "x\n"}, pull.Conflict},
		"a file in a folder that is moved": {map[string]string{"moved/b.nomad": "b\n"}, map[string]string{"moved/a.nomad": "-", "to/a.nomad": "a\n"}, pull.Conflict},
		"a file in a folder that is gone":  {map[string]string{"moved/b.nomad": "b\n"}, map[string]string{"moved/a.nomad": "-"}, pull.Outdated},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit("main", start)
			w.rewrite("change", c.head)
			p := w.open("change")
			if w.snapshot(p).Test.State != pull.Clean {
				t.Fatal("it cannot be merged to begin with")
			}
			w.rewrite("main", c.base)
			r := w.snapshot(p)
			if r.Test.State != c.want {
				t.Fatalf("test merge is %q, want %q", r.Test.State, c.want)
			}
			if c.want == pull.Clean {
				w.asGitMerges(p, r, slices.Sorted(maps.Keys(c.head)))
			}
		})
	}
}

// asGitMerges holds what was worked out against a test merge that is made afresh, and has GitHub take it for the tree of a commit.
func (w *world) asGitMerges(p *githubtest.Pull, r pull.Request, paths []string) {
	w.t.Helper()
	var changed []string
	for _, f := range r.Files {
		changed = append(changed, f.Path)
	}
	if diff := cmp.Diff(paths, changed); diff != "" || !r.Test.Nameless || !slices.Equal(r.Test.Parents, []string{r.Base.SHA, r.Head.SHA}) {
		w.t.Errorf("%+v changes (-want +got):\n%s", r.Test, diff)
	}
	sha, _, err := w.hub.Upload(context.Background(), w.asRepo(), pull.Candidate{Base: r.Base.SHA, Head: r.Head.SHA, Tree: r.Test.Tree, Message: "Merge\n",
		By: pull.Signature{Name: "Sallyport", Email: "bot@example.com", At: r.At}})
	if err != nil || sha == "" {
		w.t.Errorf("GitHub does not take the merged tree: %v", err)
	}
	w.gh.RemakeTestMerges()
	w.snapshot(p)
	if fresh := w.snapshot(p); fresh.Test.Tree != r.Test.Tree || fresh.Test.Nameless || fresh.Content != r.Content {
		w.t.Errorf("git merges %+v, worked out was %+v", fresh.Test, r.Test)
	}
}

// rewrite commits texts; "-" removes the file.
func (w *world) rewrite(branch string, files map[string]string) {
	w.t.Helper()
	kept, gone := map[string]string{}, []string{}
	for path, text := range files {
		if text == "-" {
			gone = append(gone, path)
		} else {
			kept[path] = text
		}
	}
	w.commit(branch, kept, githubtest.Delete(gone...))
}

// A test merge for another target says nothing of this one, though GitHub still shows it.
func TestThreat55ATestMergeForAnotherTargetIsNotCarriedOver(t *testing.T) {
	w := newWorld(t)
	w.commit("main", map[string]string{"prod/app.nomad": "one\n"})
	w.commit("change", map[string]string{"prod/new.nomad": "n\n"})
	p := w.open("change")
	head := w.snapshot(p).Head.SHA // no ancestor of the target
	w.proxy.lie("Snapshot", func(data map[string]any) {
		object(data, "repository", "pullRequest", "potentialMergeCommit", "parents", "nodes", 0)["oid"] = head
	})
	if r := w.snapshot(p); r.Test.State != pull.Unsettled || len(r.Files) > 0 {
		t.Errorf("got %+v with %d files, want it asked for again", r.Test, len(r.Files))
	}
}

func TestSidesMeetWhereOneHasAFileAndTheOtherAFolder(t *testing.T) {
	file := func(path string) []pull.File { return []pull.File{{Path: path, NewMode: pull.Regular}} }
	for _, c := range []struct {
		ours, theirs string
		want         bool
	}{{"a/b", "a/b", true}, {"a", "a/b", true}, {"a/b", "a", true}, {"a/b", "a/c", false}, {"a", "ab", false}, {"a/b/c", "a/bc", false}} {
		if got := meet(file(c.ours), file(c.theirs)); got != c.want {
			t.Errorf("%s and %s meet: %v, want %v", c.ours, c.theirs, got, c.want)
		}
	}
}

// A tree that GitHub calls otherwise than its bytes is no tree to land.
func TestThreat55AMergedTreeOfAnotherNameIsRefused(t *testing.T) {
	w := newWorld(t)
	w.commit("main", map[string]string{"prod/db.nomad": "one\n"})
	p := w.change()
	w.snapshot(p)
	w.commit("main", map[string]string{"prod/db.nomad": "two\n"})
	r := w.snapshot(p)
	w.gh.Fault(githubtest.Fault{Method: "POST", Path: "/repos/acme/infra/git/trees", Status: 201, Body: `{"sha":"1111111111111111111111111111111111111111"}`})
	_, _, err := w.hub.Upload(context.Background(), w.asRepo(), pull.Candidate{Base: r.Base.SHA, Head: r.Head.SHA, Tree: r.Test.Tree, Message: "Merge\n"})
	var f *pull.Failure
	if !errors.As(err, &f) || f.Code != "candidate-mismatch" || f.Class != pull.Permanent {
		t.Errorf("got %v, want candidate-mismatch", err)
	}
}
