package gitdir

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// repository makes a repository with a base, two branches that merge cleanly and one that conflicts.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "--quiet", "--initial-branch=main")
	commit := func(path, text string) {
		t.Helper()
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		git(t, dir, "add", ".")
		git(t, dir, "commit", "--quiet", "-m", path)
	}
	commit("a/one", "1\n")
	git(t, dir, "checkout", "--quiet", "-b", "other")
	commit("b/two", "2\n")
	git(t, dir, "checkout", "--quiet", "-b", "clash", "main")
	commit("a/one", "clash\n")
	git(t, dir, "checkout", "--quiet", "main")
	commit("a/one", "one\n")
	return dir
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=T", "-c", "user.email=t@example.com"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestMergesAreMadeAsGitMakesThem(t *testing.T) {
	dir := repository(t)
	d := open(t, dir)
	main, other, clash := git(t, dir, "rev-parse", "main"), git(t, dir, "rev-parse", "other"), git(t, dir, "rev-parse", "clash")
	want := git(t, dir, "merge-tree", "--write-tree", "main", "other")
	got := d.Merges([]Pair{{main, other}, {main, clash}, {main, strings.Repeat("ab", 20)}, {main, other}})
	for i, m := range []Merged{{Tree: want, Clean: true}, {}, {}, {Tree: want, Clean: true}} {
		if m.Tree != "" && got[i] != m || got[i].Clean != m.Clean {
			t.Errorf("%d: got %+v, want %+v", i, got[i], m)
		}
	}
	if got[2].Err == nil {
		t.Error("merging a commit that does not exist gave no error")
	}
}

func TestDiffAndFind(t *testing.T) {
	dir := repository(t)
	d := open(t, filepath.Join(dir, ".git"))
	before, after := git(t, dir, "rev-parse", "main^{tree}"), git(t, dir, "rev-parse", "other^{tree}")
	got, err := d.Diff(before, after)
	want := []pull.File{
		{Path: "a/one", OldMode: pull.Regular, NewMode: pull.Regular, OldID: git(t, dir, "rev-parse", "main:a/one"), NewID: git(t, dir, "rev-parse", "other:a/one")},
		{Path: "b/two", NewMode: pull.Regular, NewID: git(t, dir, "rev-parse", "other:b/two")},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if e, ok, err := d.Find(after, "b", "two"); e.ID != want[1].NewID || !ok || err != nil {
		t.Errorf("got %v %v %v", e, ok, err)
	}
	if _, ok, err := d.Find(after, "b", "two", "three"); ok || err != nil {
		t.Errorf("found something below a file: %v", err)
	}
}

func TestThreat72NothingOfTheRepositoryRuns(t *testing.T) {
	dir := repository(t)
	mark := filepath.Join(dir, "ran")
	touch := "touch " + mark
	for _, setting := range []string{"core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "diff.external", "credential.helper",
		"core.gitProxy", "core.alternateRefsCommand", "uploadpack.packObjectsHook", "filter.x.smudge", "merge.x.driver"} {
		git(t, dir, "config", setting, touch)
	}
	git(t, dir, "config", "remote.origin.url", "ext::"+touch)
	git(t, dir, "config", "remote.origin.promisor", "true")
	git(t, dir, "config", "extensions.partialClone", "origin")
	git(t, dir, "config", "protocol.ext.allow", "always")
	if err := os.WriteFile(filepath.Join(dir, ".git", "info", "attributes"), []byte("* merge=x filter=x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir)
	main, err := d.Resolve("main")
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.Resolve("other")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Merges([]Pair{{main, other}}); !got[0].Clean || got[0].Err != nil {
		t.Errorf("merging: %+v", got)
	}
	if _, err := d.Commit(strings.Repeat("ab", 20)); !errors.Is(err, ErrMissing) {
		t.Errorf("an object that a promisor could give: %v, want %v", err, ErrMissing)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a command of the repository's configuration ran")
	}
}

func TestThreat72ReplacementsAreNotHeeded(t *testing.T) {
	dir := repository(t)
	main, other := git(t, dir, "rev-parse", "main"), git(t, dir, "rev-parse", "other")
	want := git(t, dir, "cat-file", "commit", main)
	git(t, dir, "replace", main, other)
	got, err := open(t, dir).Commit(main)
	if strings.TrimSpace(string(got)) != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestThreat72ObjectsAreHashed(t *testing.T) {
	dir := repository(t)
	main, other := git(t, dir, "rev-parse", "main"), git(t, dir, "rev-parse", "other")
	loose := func(id string) string { return filepath.Join(dir, ".git", "objects", id[:2], id[2:]) }
	forged, err := os.ReadFile(loose(other))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(loose(main)), os.WriteFile(loose(main), forged, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, dir).Commit(main); err == nil || errors.Is(err, ErrMissing) {
		t.Errorf("an object under another's name was read: %v", err)
	}
}

func TestNamesThatMeanTwoThingsAreRefused(t *testing.T) {
	dir := repository(t)
	git(t, dir, "tag", "main", "other")
	d := open(t, dir)
	if id, err := d.Resolve("main"); err == nil || !strings.Contains(err.Error(), "ambiguous") {
		t.Errorf("got %s, %v", id, err)
	}
	if id, err := d.Resolve("refs/heads/main"); id != git(t, dir, "rev-parse", "refs/heads/main") || err != nil {
		t.Errorf("got %s, %v", id, err)
	}
	for _, bad := range []string{"", "-x", "no-such", "a b"} {
		if id, err := d.Resolve(bad); err == nil {
			t.Errorf("%q gave %s", bad, id)
		}
	}
}

func TestAncestorsOfAShallowClone(t *testing.T) {
	dir := repository(t)
	d := open(t, dir)
	all, err := d.Ancestors(git(t, dir, "rev-parse", "main"))
	if len(all) != 2 || err != nil {
		t.Errorf("got %v, %v", all, err)
	}
	shallow := filepath.Join(t.TempDir(), "shallow")
	git(t, dir, "clone", "--quiet", "--depth=1", "file://"+dir, shallow)
	d = open(t, shallow)
	if !d.Shallow() {
		t.Error("a shallow clone is not seen to be one")
	}
	if _, err := d.Ancestors(git(t, shallow, "rev-parse", "HEAD")); !errors.Is(err, ErrMissing) {
		t.Errorf("got %v, want %v", err, ErrMissing)
	}
}

func FuzzParseTree(f *testing.F) {
	f.Add([]byte("100644 name\x00" + strings.Repeat("x", 20)))
	f.Add([]byte("40000 d\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := parseTree(raw, 20)
		for _, e := range list {
			if err == nil && (e.Name == "" || strings.Contains(e.Name, "/") || len(e.ID) != 40) {
				t.Errorf("read %+v", e)
			}
		}
	})
}
