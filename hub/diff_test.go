package hub

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// gitDiff is what git itself says that two commits differ in.
func gitDiff(t *testing.T, dir, base, merge string) []pull.File {
	t.Helper()
	out, err := exec.Command("git", "-C", dir, "diff-tree", "-r", "-z", "--no-renames", "--full-index", base, merge).Output()
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(string(out), "\x00")
	var files []pull.File
	for i := 0; i+1 < len(fields); i += 2 {
		f := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		files = append(files, pull.File{Path: fields[i+1], OldMode: modeOf(t, f[0]), NewMode: modeOf(t, f[1]), OldID: idOf(f[2]), NewID: idOf(f[3])})
	}
	slices.SortFunc(files, func(a, b pull.File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

func modeOf(t *testing.T, octal string) pull.Mode {
	t.Helper()
	return pull.Mode(must(strconv.ParseUint(octal, 8, 32))(t))
}

func idOf(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

func TestLandingDiffIsGits(t *testing.T) {
	deep := strings.Repeat("d/", 40) + "file"
	for name, c := range map[string]struct {
		files   map[string]string
		options []githubtest.CommitOption
		paths   []string
	}{
		"nothing but the mode": {nil, []githubtest.CommitOption{githubtest.Mode("tools/run", "100755")}, []string{"tools/run"}},
		"rename across directories": {nil, []githubtest.CommitOption{githubtest.Move("prod/app.nomad", "staging/app.nomad")},
			[]string{"prod/app.nomad", "staging/app.nomad"}},
		"symlink":                {nil, []githubtest.CommitOption{githubtest.Symlink("staging/link", "../prod/app.nomad")}, []string{"staging/link"}},
		"submodule":              {nil, []githubtest.CommitOption{githubtest.Submodule("lib", strings.Repeat("ab", 20))}, []string{"lib"}},
		"file becomes directory": {map[string]string{"tools/run/x": "1"}, []githubtest.CommitOption{githubtest.Delete("tools/run")}, []string{"tools/run", "tools/run/x"}},
		"directory becomes file": {map[string]string{"prod": "1"}, []githubtest.CommitOption{githubtest.Delete("prod/app.nomad", "prod/db.nomad")}, []string{"prod", "prod/app.nomad", "prod/db.nomad"}},
		"deep":                   {map[string]string{deep: "1"}, nil, []string{deep}},
		"invalid UTF-8":          {map[string]string{"prod/\xff\xfe": "1", "b\xff/c": "2"}, nil, []string{"b\xff/c", "prod/\xff\xfe"}},
		"odd characters":         {map[string]string{"a\nb": "1", "ü/\"x\"": "2", "sp ace/$HEAD": "3"}, nil, []string{"a\nb", "sp ace/$HEAD", "ü/\"x\""}},
		"order of names":         {map[string]string{"tools.txt": "1", "tools-x/a": "1"}, nil, []string{"tools-x/a", "tools.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit("main", map[string]string{"tools/run": "#!", "prod/db.nomad": "db"})
			w.commit("change", c.files, c.options...)
			r := w.snapshot(w.open("change"))
			if diff := cmp.Diff(gitDiff(t, w.repo.Dir(), r.Base.SHA, r.Test.SHA), r.Files); diff != "" {
				t.Errorf("differs from git diff-tree (-git +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.paths, paths(r.Files)); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}

func paths(files []pull.File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

func TestThreat17RenameAcrossTiers(t *testing.T) {
	w := newWorld(t)
	w.commit("change", nil, githubtest.Move("prod/app.nomad", "staging/app.nomad"))
	r := w.snapshot(w.open("change"))
	if diff := cmp.Diff([]string{"prod/app.nomad", "staging/app.nomad"}, paths(r.Files)); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestThreat19DiffIsAgainstTheTipNotTheMergeBase(t *testing.T) {
	w := newWorld(t)
	w.commit("change", map[string]string{"prod/app.nomad": "two\n"})
	p := w.open("change")
	w.commit("main", map[string]string{"prod/app.nomad": "two\n", "docs/note": "x"})
	if r := w.snapshot(p); len(r.Files) != 0 || r.Test.State != pull.Clean {
		t.Errorf("files %v with test merge %q: main has the change already, so nothing would land", r.Files, r.Test.State)
	}
}

func TestThreat18HintsDecideNothing(t *testing.T) {
	for name, hints := range map[string][]any{
		"none":       {},
		"misleading": {map[string]any{"path": "nowhere/at/all"}, map[string]any{"path": "README.md/x"}, map[string]any{"path": "../../etc"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit("change", map[string]string{"a/b/c/d": "1", "prod/app.nomad": "two\n"})
			p := w.open("change")
			w.proxy.lie("Snapshot", func(data map[string]any) {
				object(data, "repository", "pullRequest", "files")["nodes"] = hints
			})
			r := w.snapshot(p)
			if diff := cmp.Diff([]string{"a/b/c/d", "prod/app.nomad"}, paths(r.Files)); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}

// threat 18: GitHub lists 3,000 files of a pull request at most, in the order of their names.
func TestThreat18FilesBeyondTheThreeThousandthAreSeen(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{"zz/prod.nomad": "the last one"}
	for i := range 3100 {
		files[fmt.Sprintf("staging/team-%02d/job-%d.nomad", i%50, i)] = "x"
	}
	w.commit("change", files)
	r := w.snapshot(w.open("change"))
	if got := paths(r.Files); len(got) != len(files) || got[len(got)-1] != "zz/prod.nomad" {
		t.Errorf("%d files were seen, want %d, the one in zz the last", len(got), len(files))
	}
}

func TestHintsFetchDeepDirectoriesAtOnce(t *testing.T) {
	w := newWorld(t)
	w.commit("main", map[string]string{"a/b/c/d/e": "1", "a/b/x/y": "1"})
	w.commit("change", map[string]string{"a/b/c/d/e": "2", "a/b/x/y": "2"})
	r := w.snapshot(w.open("change"))
	if len(r.Files) != 2 {
		t.Errorf("files %v, want 2", r.Files)
	}
	if diff := cmp.Diff([]string{"Snapshot", "Trees"}, w.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestThreat18TruncatedOrAlteredListingIsRefused(t *testing.T) {
	drop := func(listing map[string]any) {
		entries := listing["entries"].([]any)
		listing["entries"] = entries[:len(entries)-1]
	}
	alter := func(listing map[string]any) { object(listing, "entries", 0)["mode"] = 0o120000 }
	for name, falsify := range map[string]func(map[string]any){"cut short": drop, "altered": alter} {
		t.Run(name+" root", func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			w.proxy.lie("Snapshot", func(data map[string]any) {
				falsify(object(data, "repository", "pullRequest", "potentialMergeCommit", "tree"))
			})
			wantFailure(t, w.snapshotError(p), pull.Permanent, "tree-unverifiable")
		})
		t.Run(name+" directory", func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			w.proxy.lie("Trees", func(data map[string]any) { falsify(object(data, "repository", "t0")) })
			wantFailure(t, w.snapshotError(p), pull.Permanent, "tree-unverifiable")
		})
	}
}

func TestMissingTreeIsAskedForAgain(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.proxy.lie("Trees", func(data map[string]any) { object(data, "repository")["t0"] = nil })
	wantFailure(t, w.snapshotError(p), pull.Transient, "github-error")
}

func TestTooDeepAndTooLargeAreRefused(t *testing.T) {
	w := newWorld(t)
	w.commit("deep", map[string]string{strings.Repeat("d/", maxDepth+2) + "f": "1"})
	wantFailure(t, w.snapshotError(w.open("deep")), pull.Permanent, "diff-too-deep")

	large := make(tree, maxEntries+1)
	for i := range large {
		large[i] = entry{name: fmt.Sprint(i), mode: pull.Regular, id: strings.Repeat("a", 40)}
	}
	walk := &walk{hub: w.hub, known: map[string]tree{"B": {}, "M": large}}
	wantFailure(t, walk.compare("", "B", "M", 0), pull.Permanent, "diff-too-large")
}

func TestManyDirectoriesTakeSeveralRequests(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{}
	for i := range 150 {
		files[fmt.Sprintf("jobs/%03d/job.nomad", i)] = "1"
	}
	w.commit("change", files)
	r := w.snapshot(w.open("change"))
	if diff := cmp.Diff(gitDiff(t, w.repo.Dir(), r.Base.SHA, r.Test.SHA), r.Files); diff != "" {
		t.Errorf("differs from git diff-tree (-git +got):\n%s", diff)
	}
	if n := len(w.operations()); n > 4 {
		t.Errorf("%d requests for 150 directories: %v", n, w.operations())
	}
}

func TestMemoryCannotBeChangedThroughAnAnswer(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.snapshot(p).Files[0].Path = "overwritten"
	if got := w.snapshot(p).Files[0].Path; got != "prod/app.nomad" {
		t.Errorf("path is %q", got)
	}
}

func TestLRUKeepsWithinItsBudget(t *testing.T) {
	c := newLRU[string, int](10)
	for i := range 5 {
		c.put(fmt.Sprint(i), i, 4)
		c.get("0")
	}
	if _, ok := c.get("0"); !ok {
		t.Error("what was used all the time was dropped")
	}
	if _, ok := c.get("2"); ok || c.weight > 10 {
		t.Errorf("weight %d of 10, or the oldest was kept", c.weight)
	}
	c.put("big", 1, 11)
	if _, ok := c.get("big"); ok {
		t.Error("something heavier than the budget was kept")
	}
}

func TestCommitReadsBack(t *testing.T) {
	w := newWorld(t)
	sha := w.commit("main", map[string]string{"x": "1"}, githubtest.Message("Add x"))
	c := must(w.hub.Commit(context.Background(), w.asRepo(), sha))(t)
	if c.SHA != sha || len(c.Parents) != 1 || c.Tree == "" || !strings.HasPrefix(c.Message, "Add x") || c.Author != accountOf(w.alice) {
		t.Errorf("read %+v", c)
	}
	_, err := w.hub.Commit(context.Background(), w.asRepo(), strings.Repeat("1", 40))
	wantFailure(t, err, pull.Permanent, "not-found")
	_, err = w.hub.Commit(context.Background(), w.asRepo(), "main")
	wantFailure(t, err, pull.Permanent, "refused")
}
