package verify

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func TestWhatLandedThroughTheGateIsGood(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	w.land(landing{path: "staging/web.nomad", text: "two\n", unsigned: true})
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	r := w.verify(w.options())
	if got := codes(r); r.Verdict != Good || len(got) != 0 || r.Landings != 3 || len(r.Commits) != 3 {
		t.Errorf("verdict %v, %d landings, %d commits, findings %v", r.Verdict, r.Landings, len(r.Commits), got)
	}
	if c := r.Commits[2]; c.PullRequest != 3 || c.Method != pull.MethodExact || len(c.Approved) != 1 || len(c.Confirmed) != 1 {
		t.Errorf("the last landing is told as %+v", c)
	}
}

func TestEveryMethodIsGood(t *testing.T) {
	for _, method := range []string{pull.MethodMerge, pull.MethodSquash, pull.MethodRebase} {
		t.Run(method, func(t *testing.T) {
			w := newTown(t)
			w.foreign(".sallyport.yml", replaceMethod(method))
			w.from = w.tip
			w.land(landing{path: "prod/api.nomad", text: "two\n", method: method, line: 3})
			w.land(landing{path: "prod/api.nomad", text: "three\n", method: method, line: 2})
			if r := w.verify(w.options()); r.Verdict != Good || r.Landings != 2 {
				t.Errorf("verdict %v, %d landings, findings %v", r.Verdict, r.Landings, codes(r))
			}
		})
	}
}
