package githubtest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/google/go-cmp/cmp"
)

func TestCommitsAreWhatGitWouldWrite(t *testing.T) {
	w := newWorld(t, Options{})
	_, err := w.repo.Commit("main", map[string]string{"d/a.txt": "a\n", "d.txt": "b\n", "run.sh": "#!/bin/sh\n"}, w.alice)
	check(t, err)
	sha, err := w.repo.Commit("main", map[string]string{"new.txt": "n\n"}, w.alice, Message("Everything at once"), CoAuthor(w.bob),
		AuthoredBy("Zoë", "zoe@example.com"), At(time.Date(2024, 5, 6, 7, 8, 9, 0, time.FixedZone("", 7200))),
		Mode("run.sh", "100755"), Symlink("link", "d/a.txt"), Submodule("sub", strings.Repeat("1", 40)), Move("d/a.txt", "e/a.txt"), Delete("d.txt"))
	check(t, err)
	gitOut(t, w.repo, "fsck", "--strict", "--no-dangling")
	want := strings.Join([]string{
		"100644 README.md", "100644 e/a.txt", "120000 link", "100644 new.txt", "100755 run.sh", "160000 sub",
	}, "\n")
	if got := gitOut(t, w.repo, "ls-tree", "-r", "--format=%(objectmode) %(path)", sha); got != want {
		t.Errorf("tree:\n%s\nwant:\n%s", got, want)
	}
	got := gitOut(t, w.repo, "log", "-1", "--format=%an <%ae> %aI%n%B", sha)
	wantLog := fmt.Sprintf("Zoë <zoe@example.com> 2024-05-06T07:08:09+02:00\nEverything at once\n\nCo-authored-by: bob <%s>", w.bob.Email())
	if got != wantLog {
		t.Errorf("log:\n%s\nwant:\n%s", got, wantLog)
	}
	var c struct {
		Files []struct {
			Filename, Status string
			Previous         string `json:"previous_filename"`
		}
	}
	w.want(200, "GET", "/repos/acme/infra/commits/"+sha, nil, &c)
	var files []string
	for _, f := range c.Files {
		files = append(files, strings.TrimSpace(f.Status+" "+f.Filename+" "+f.Previous))
	}
	wantFiles := []string{"removed d.txt", "renamed e/a.txt d/a.txt", "added link", "added new.txt", "changed run.sh", "added sub"}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

func TestSignedCommits(t *testing.T) {
	w := newWorld(t, Options{})
	key, err := openpgp.NewEntity("bob", "", w.bob.Email(), nil)
	check(t, err)
	sha := w.commit("main", "a.txt", "a\n", w.bob, Sign(func(payload []byte) (string, error) { return signWith(key, payload) }))
	type answer struct {
		Commit struct {
			Verification struct {
				Verified           bool
				Reason             string
				Payload, Signature string
			}
		}
	}
	var before, after answer
	w.want(200, "GET", "/repos/acme/infra/commits/"+sha, nil, &before)
	if v := before.Commit.Verification; v.Verified || v.Reason != "unknown_key" {
		t.Errorf("before the key is known: %v %s", v.Verified, v.Reason)
	}
	var public bytes.Buffer
	armored, err := armor.Encode(&public, openpgp.PublicKeyType, nil)
	check(t, err)
	check(t, key.Serialize(armored))
	check(t, armored.Close())
	check(t, w.bob.AddKey(public.String()))
	w.want(200, "GET", "/repos/acme/infra/commits/"+sha, nil, &after)
	v := after.Commit.Verification
	if !v.Verified || v.Reason != "valid" {
		t.Errorf("with the key: %v %s", v.Verified, v.Reason)
	}
	raw := gitOut(t, w.repo, "cat-file", "commit", sha)
	head, message, _ := strings.Cut(v.Payload, "\n\n")
	rebuilt := head + "\ngpgsig " + strings.ReplaceAll(strings.TrimSpace(v.Signature), "\n", "\n ") + "\n\n" + message
	if diff := cmp.Diff(raw, strings.TrimSpace(rebuilt)); diff != "" {
		t.Errorf("payload and signature do not make the raw commit (-git +rebuilt):\n%s", diff)
	}
}

func TestPullRequestsFromForks(t *testing.T) {
	w := newWorld(t, Options{})
	carol := w.hub.User("carol")
	w.repo.SetPublic(true)
	fork, err := w.repo.Fork(carol)
	check(t, err)
	head, err := fork.Commit("idea", map[string]string{"idea.txt": "!\n"}, carol)
	check(t, err)
	p, err := w.repo.OpenPull(carol, "An idea", "idea", "main", FromFork(fork))
	check(t, err)
	w.settle()
	w.events.take()
	_, err = w.repo.CheckRun(w.ci, "build", head, "completed", "success")
	check(t, err)
	w.settle()
	for _, e := range w.events.take() {
		if run, ok := e.json(t)["check_run"].(map[string]any); ok && len(run["pull_requests"].([]any)) != 0 {
			t.Errorf("%s names pull requests of a fork", e.Name)
		}
	}
	if got := gitOut(t, w.repo, "rev-parse", "refs/pull/1/head"); got != head {
		t.Errorf("refs/pull/1/head is %s, want %s", got, head)
	}
	w.want(200, "PUT", "/repos/acme/infra/pulls/1/merge", nil, nil)
	if p.State() != "merged" {
		t.Errorf("the pull request is %s", p.State())
	}
	gitOut(t, fork, "fsck", "--strict", "--no-dangling")
}

func TestActivityNamesThePusher(t *testing.T) {
	w := newWorld(t, Options{})
	carol := w.hub.User("carol")
	w.repo.Grant(carol, 3)
	w.commit("feature", "a.txt", "a\n", w.bob)
	w.commit("feature", "a.txt", "b\n", w.bob, PushedBy(carol), Amend())
	var got []struct {
		Type  string `json:"activity_type"`
		After string
		Actor struct{ Login string }
	}
	w.want(http.StatusOK, "GET", "/repos/acme/infra/activity?ref=refs/heads/feature", nil, &got)
	if len(got) != 2 || got[0].Type != "force_push" || got[0].Actor.Login != "carol" || got[0].After != w.repo.Branch("feature") {
		t.Errorf("activity: %+v", got)
	}
}

// Git looks for a full id first, and for a tag before a branch.
func TestRevisionsInGitsOrder(t *testing.T) {
	id, id2 := strings.Repeat("a", 40), strings.Repeat("b", 40)
	for _, refs := range [][]string{{"refs/x"}, {"refs/tags/x"}, {"refs/heads/x"}} {
		g := &gitRepo{store: &objectStore{objects: map[string]gitObject{id2: {}}}, refs: map[string]string{"refs/heads/x": "branch", "refs/heads/" + id2: id}}
		for _, ref := range refs {
			g.refs[ref] = id
		}
		if got := g.revision("x", "main"); got != id {
			t.Errorf("with %v, x is %q", refs, got)
		}
		if got := g.revision(id2, "main"); got != id2 {
			t.Errorf("the id is taken for %q", got)
		}
	}
}
