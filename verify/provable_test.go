package verify

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// What Decision.provable asks before an exact landing, in its own words.
func TestProvableWithAnUpdate(t *testing.T) {
	w := newTown(t)
	start := w.tip
	w.land(landing{path: "staging/web.nomad", text: "y\n"})
	base := w.tip
	web := newKey(t, "web-flow", noon.Add(-time.Hour))
	var r pull.Request
	w.land(landing{path: "prod/api.nomad", text: "x\n", evidence: func(world *reconcile.World) {
		q := &world.Request
		f1 := w.put(w.content[start].with("prod/api.nomad", "x\n"), []string{start}, "dev", "First", w.keys["dev"])
		after := w.content[base].with("prod/api.nomad", "x\n")
		u := w.reported(w.put(after, []string{f1, base}, "dev", "Merge main", web))
		u.ByGitHub, u.Update = true, true
		q.Commits, q.CommitsTotal = []pull.Commit{w.reported(f1), u}, 2
		q.Head.SHA, q.Test.Parents[1], q.Reviews[0].Commit = u.SHA, u.SHA, u.SHA
		r = *q
	}})
	f := reconcile.Facts{BaseTree: r.Base.Tree, Tree: r.Test.Tree, Files: r.Files, Content: r.Content, Policy: r.Policy, Commits: map[string]pull.Commit{}}
	for _, c := range r.Commits {
		f.Commits[c.SHA] = c
	}
	v := reconcile.Replay(w.lastStatement.Evidence, f, w.ring, nil).Verdict(pull.GateSignatures)
	if v.State != pull.Pass {
		t.Errorf("%+v", v.Lead())
	}
}
