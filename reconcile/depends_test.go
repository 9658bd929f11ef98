package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// askers counts what is asked about other pull requests. Every one of them is open and has the description that is given.
type askers struct {
	GitHub
	bodies map[int]string
	most   int // of the pull requests that one question was about
	all    int
}

func (a *askers) Others(_ context.Context, _ pull.Repo, numbers []int) (bool, map[int]pull.Other, error) {
	a.most, a.all = max(a.most, len(numbers)), a.all+len(numbers)
	found := map[int]pull.Other{}
	for _, n := range numbers {
		found[n] = pull.Other{State: pull.Open, Body: a.bodies[n]}
	}
	return true, found, nil
}

type noLandings struct{ Store }

func (noLandings) HasLanded(context.Context, pull.Key) (bool, error) { return false, nil }

func naming(from, to int) string {
	var refs []string
	for n := from; n <= to; n++ {
		refs = append(refs, fmt.Sprintf("#%d", n))
	}
	return "Depends-On: " + strings.Join(refs, ", ")
}

// What others wait for is followed as far as it may matter: anybody can write thousands of names into a description, and
// have twenty descriptions name twenty others each.
func TestWhatOthersWaitForIsBounded(t *testing.T) {
	many := map[int]string{2: naming(3, 5000)}
	wide := map[int]string{}
	for n := 2; n < 500; n++ {
		wide[n] = naming(n*20, n*20+19)
	}
	for name, tt := range map[string]struct {
		bodies map[int]string
		body   string
	}{"thousands in one description": {many, naming(2, 2)}, "twenty of twenty": {wide, naming(2, 21)}} {
		t.Run(name, func(t *testing.T) {
			gh := &askers{bodies: tt.bodies}
			p := &pass{Reconciler: &Reconciler{GitHub: gh, Store: noLandings{}}, log: slog.New(slog.DiscardHandler)}
			r := pull.Request{Repo: pull.Repo{ID: 1, Owner: "acme", Name: "jobs"}, Number: 1, Body: tt.body}
			found, err := p.depend(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			if gh.most > mostFollowed || gh.all > mostFollowed || len(found) > mostFollowed {
				t.Errorf("asked about %d, %d of them at once; want at most %d", gh.all, gh.most, mostFollowed)
			}
			r.Depends = found
			if reasons := automerge.Waits(r); len(reasons) == 0 || reasons[0].Code != "dependency-open" {
				t.Errorf("got %+v, want dependency-open", reasons)
			}
		})
	}
}
