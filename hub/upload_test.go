package hub

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// A ref below refs/heads would run the workflows of whoever wrote the change, with the repository's secrets. So what
// is handed over is an object that nothing points to.
func TestThreat75AnUploadMovesNoRef(t *testing.T) {
	w := newWorld(t)
	r := w.snapshot(w.change())
	before := refs(t, w.repo.Dir())
	c := pull.Candidate{Base: r.Base.SHA, Head: r.Head.SHA, Tree: r.Test.Tree, Message: "Merge",
		By: pull.Signature{Name: "Sallyport", Email: "bot@example.com", At: time.Unix(1700000000, 0).UTC()}}
	sha, _, err := w.hub.Upload(t.Context(), w.asRepo(), c)
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("git", "-C", w.repo.Dir(), "cat-file", "-e", sha+"^{commit}").CombinedOutput(); err != nil {
		t.Errorf("the commit is not there: %v\n%s", err, said)
	}
	if diff := cmp.Diff(before, refs(t, w.repo.Dir())); diff != "" {
		t.Errorf("refs (-before +after):\n%s", diff)
	}
}

// Whoever names a commit by its bytes writes its signature as git does, without an empty line behind it; GitHub writes what it is given.
func TestUploadedSignaturesEndAsGitWritesThem(t *testing.T) {
	w := newWorld(t)
	r := w.snapshot(w.change())
	by := pull.Signature{Name: "Sallyport", Email: "bot@example.com", At: time.Unix(1700000000, 0).UTC()}
	const armor = "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"
	merge, _, err := w.hub.Upload(t.Context(), w.asRepo(), pull.Candidate{Base: r.Base.SHA, Head: r.Head.SHA, Tree: r.Test.Tree, Message: "Merge", By: by, Signature: armor})
	if err != nil {
		t.Fatal(err)
	}
	note := must(w.hub.UploadNote(t.Context(), w.asRepo(), pull.NoteCommit{Tree: r.Test.Tree, Message: "Attest", By: by, Signature: armor}))(t)
	for _, sha := range []string{merge, note} {
		raw := must(exec.Command("git", "-C", w.repo.Dir(), "cat-file", "commit", sha).Output())(t)
		if want := "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abcd\n -----END PGP SIGNATURE-----\n\n"; !strings.Contains(string(raw), want) {
			t.Errorf("the commit is %q, want %q in it", raw, want)
		}
	}
}

func refs(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("git", "-C", dir, "for-each-ref").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
