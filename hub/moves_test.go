package hub

import (
	"net/http"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// Nobody has published how GitHub words that a ref has moved. Where it says something unheard of, the ref tells whether it has.
func TestARefusalInUnknownWordsIsLookedInto(t *testing.T) {
	for name, c := range map[string]struct {
		said  string
		moved bool
		class pull.Class
		code  string
		looks int
	}{
		"it has moved":                     {"The reference is not what it was", true, pull.Transient, "base-modified", 1},
		"it has not":                       {"The reference is not to be touched", false, pull.Permanent, "protected", 1},
		"it has moved, and a rule says no": {"Repository rule violations found", true, pull.Permanent, "protected", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p, before := w.change(), w.repo.Branch("main")
			if c.moved {
				w.commit("main", map[string]string{"theirs": "1"})
			}
			w.gh.Fault(githubtest.Fault{Operation: "MoveBranch", Status: http.StatusOK, Body: `{"data":null,"errors":[{"type":"UNPROCESSABLE","message":"` + c.said + `"}]}`})
			looks := w.gh.Fault(githubtest.Fault{Method: http.MethodGet, Path: "/repos/*/*/git/ref/**", Delay: 1})
			err := w.hub.Move(t.Context(), w.asRepo(), "main", before, p.Head())
			wantFailure(t, err, c.class, c.code)
			if got := looks.Strikes(); got != c.looks {
				t.Errorf("looked %d times where it is, want %d", got, c.looks)
			}
		})
	}
}

func TestABranchIsDeletedOnlyWhereItWasSeen(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	repo := w.snapshot(p).Repo
	wantFailure(t, w.hub.Delete(t.Context(), repo, "change", w.repo.Branch("main")), pull.Transient, "base-modified")
	if err := w.hub.Delete(t.Context(), repo, "change", p.Head()); err != nil || w.repo.Branch("change") != "" {
		t.Errorf("got %v, and it is at %q", err, w.repo.Branch("change"))
	}
}
