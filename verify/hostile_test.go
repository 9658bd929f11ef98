package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

func bad(t *testing.T, r Report, err error) {
	t.Helper()
	if err == nil && r.Verdict == Good {
		t.Errorf("verify says good of %d commits (%d landings); remarks %d", len(r.Commits), r.Landings, r.Remarks)
	} else {
		t.Logf("verdict %v err %v codes %v", r.Verdict, err, codes(r))
	}
}

// T1: whoever can push a tag chooses what an abbreviated id, or a branch with a suffix, means.
func TestHostileTagChoosesTheRange(t *testing.T) {
	t.Run("abbreviated", func(t *testing.T) {
		w := newTown(t)
		w.land(landing{path: "prod/api.nomad", text: "two\n"})
		evil := w.foreign("prod/api.nomad", "evil\n")
		w.land(landing{path: "prod/api.nomad", text: "three\n"})
		w.ref("refs/tags/"+w.from[:10], evil)
		o := w.options()
		o.Range = w.from[:10] + "..main"
		r, err := Run(t.Context(), o)
		bad(t, r, err)
	})
	t.Run("suffix", func(t *testing.T) {
		w := newTown(t)
		w.land(landing{path: "prod/api.nomad", text: "two\n"})
		w.foreign("prod/api.nomad", "evil\n")
		last := w.land(landing{path: "prod/api.nomad", text: "three\n"})
		_ = os.MkdirAll(filepath.Join(w.dir, "refs/remotes/origin"), 0o700)
		_ = os.MkdirAll(filepath.Join(w.dir, "refs/tags/origin"), 0o700)
		w.ref("refs/remotes/origin/main", w.tip)
		// a commit whose third ancestor is main's newest but one
		a := w.commit(payload(parse(w.object(last)).tree, []string{parse(w.object(last)).parents[0]}, "m", "a", w.clock), nil, w.clock)
		b := w.commit(payload(parse(w.object(last)).tree, []string{a}, "m", "b", w.clock), nil, w.clock)
		c := w.commit(payload(parse(w.object(last)).tree, []string{b}, "m", "c", w.clock), nil, w.clock)
		w.ref("refs/tags/origin/main", c)
		o := w.options()
		o.Range = "origin/main~3..refs/remotes/origin/main"
		r, err := Run(t.Context(), o)
		bad(t, r, err)
	})
}

// the same with all of it rolled back but for the ledger's own size, which a second branch's landing keeps up.
func (w *town) chainRoot() string {
	sha := w.tip
	for {
		p := parse(w.object(sha)).parents
		if len(p) == 0 {
			return sha
		}
		sha = p[0]
	}
}

// T3
func TestHostileGraftChoosesTheRange(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	w.foreign("prod/api.nomad", "evil\n")
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	_ = os.MkdirAll(filepath.Join(w.dir, "info"), 0o700)
	w.file("info/grafts", w.tip+" "+w.tip+"\n")
	o := w.options()
	o.Range = w.tip + "~3.." + w.tip
	r, err := Run(t.Context(), o)
	bad(t, r, err)
	// and with one good landing in it
	w.file("info/grafts", w.tip+" "+parse(w.object(w.tip)).parents[0]+"\n"+parse(w.object(w.tip)).parents[0]+" "+parse(w.object(w.tip)).parents[0]+"\n")
	r, err = Run(t.Context(), o)
	bad(t, r, err)
}

// T4
func TestWhatWasSeenNamesBranchAndRepository(t *testing.T) {
	for _, l := range []landing{{path: "prod/api.nomad", text: "three\n", branch: "release"}, {path: "prod/api.nomad", text: "three\n", repository: 1}} {
		w := newTown(t)
		w.land(landing{path: "prod/api.nomad", text: "two\n"})
		seen := w.verify(w.options()).State
		w.land(l)
		o := w.options()
		o.Since, o.Range = &seen, seen.Tip+"..main"
		r, err := Run(t.Context(), o)
		bad(t, r, err)
		t.Logf("was %s %s, is %s %s", seen.Repository, seen.Branch, r.State.Repository, r.State.Branch)
	}
}

// T5
func TestARetiredKeyIsRememberedFromTheLastRun(t *testing.T) {
	w := newTown(t)
	old := w.bot
	w.bot = newKey(t, "Sallyport", noon.Add(-time.Minute))
	w.older = [][]byte{old.PublicKey()}
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	seen := w.verify(w.options()).State
	w.land(landing{path: "prod/api.nomad", text: "evil\n", signer: old})
	o := w.options()
	o.Since, o.Range = &seen, seen.Tip+"..main"
	r, err := Run(t.Context(), o)
	bad(t, r, err)
}

// ffHead makes a head of two commits, the first of which may merge something else in.
func ff(w *town, hidden bool, forget bool) landing {
	return landing{path: "prod/api.nomad", text: "x\n", method: pull.MethodFastForward, evidence: func(world *reconcile.World) {
		r := &world.Request
		c := w.content[r.Head.SHA]
		key := w.keys["dev"]
		parents := []string{w.tip}
		evil := w.put(w.content[w.tip].with("prod/evil.nomad", "evil\n"), []string{w.tip}, "mallory", "Evil", nil)
		if hidden {
			parents = append(parents, evil)
		}
		first := w.put(w.content[w.tip].with("prod/web.nomad", "web\n"), parents, "dev", "First", key)
		after := c.with("prod/web.nomad", "web\n")
		second := w.put(after, []string{first}, "dev", "Second", key)
		r.Commits = []pull.Commit{w.reported(first), w.reported(second)}
		if !forget {
			r.Commits = append([]pull.Commit{w.reported(evil)}, r.Commits...)
		}
		r.CommitsTotal = len(r.Commits)
		for i := range r.Commits {
			cc := &r.Commits[i]
			cc.Diffed = true
		}
		r.Head.SHA, r.Test.Parents[1] = second, second
		r.Test.Tree = w.tree(after)
		r.Files = difference(w, w.content[w.tip], after)
		r.Content = pull.Digest(r.Files)
		r.Reviews[0].Commit, r.Reviews[0].Content = second, r.Content
	}}
}

func TestFastForwardGood(t *testing.T) {
	w := newTown(t)
	method(w, pull.MethodFastForward)
	w.land(ff(w, false, true))
	r, err := Run(t.Context(), w.options())
	if r.Verdict != Good {
		t.Fatalf("%v %v", codes(r), err)
	}
}

// T6
func TestFastForwardBringsInWhatNobodyJudged(t *testing.T) {
	w := newTown(t)
	method(w, pull.MethodFastForward)
	w.land(ff(w, true, true))
	r, err := Run(t.Context(), w.options())
	bad(t, r, err)
}

// T7
func TestFastForwardToAnotherCommit(t *testing.T) {
	w := newTown(t)
	method(w, pull.MethodFastForward)
	w.land(landing{path: "prod/api.nomad", text: "x\n", method: pull.MethodFastForward})
	l := w.lastStatement
	// the same tree in a commit that nobody signed and nobody was shown
	raw := []byte(payload(l.Tree, []string{l.Base}, "mallory", "Another", w.clock))
	l.Line = nil
	w.lastStatement = l
	sha := w.write("commit", raw)
	b := w.lastStatement.Evidence.Confirmations[0].Binding
	b.Merge = sha
	w.lastStatement.Ledger = w.record(b, sha, pull.MethodSquash, w.bot)
	w.instead(raw)
	r, err := Run(t.Context(), w.options())
	bad(t, r, err)
}

// T8b: the head is here, and one of its commits was not judged.
func TestSquashOfCommitsThatNobodyJudged(t *testing.T) {
	w := newTown(t)
	method(w, pull.MethodSquash)
	w.land(landing{path: "prod/api.nomad", text: "x\n", method: pull.MethodSquash, line: 2, evidence: func(world *reconcile.World) {
		world.Request.Commits = world.Request.Commits[1:]
		world.Request.CommitsTotal = 1
	}})
	o := w.options()
	o.Strict = true
	r, err := Run(t.Context(), o)
	bad(t, r, err)
}

// T9
func TestARowWhoseBodyIsAnothers(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "x\n", evidence: func(world *reconcile.World) {}, statement: func(l *attest.Landing) {
		own := l.Ledger.Row.Body
		w.rows = w.rows[:0]
		w.hashes = map[int64]tlog.Hash{}
		w.last = ""
		other := w.record(pull.Binding{Repo: 7, Number: l.PullRequest, Branch: "main", Merge: strings.Repeat("00", 20)}, "", pull.MethodExact, w.bot)
		other.Row.Pruned = digest(other.Row.Body)
		other.Row.Body = own
		l.Ledger = other
	}})
	r, err := Run(t.Context(), w.options())
	bad(t, r, err)
}

// T11: by the people file given, the approver is the author.
func TestTheApproverIsTheAuthorByThePeopleFileGiven(t *testing.T) {
	w := newTown(t)
	dev := w.person("dev")
	w.people = duobot.PeopleOf([]duobot.Person{dev}) // nobody had listed ana
	w.land(landing{path: "prod/api.nomad", text: "x\n"})
	o := w.options()
	dev.GitHub = []string{"dev", "ana"}
	o.People = duobot.PeopleOf([]duobot.Person{dev})
	r, err := Run(t.Context(), o)
	bad(t, r, err)
	t.Log(r.Commits[0].Findings)
}

// T13: a false alarm. GitHub's button only brought the target in.
func TestABranchThatGitHubUpdated(t *testing.T) {
	w := newTown(t)
	start := w.tip
	w.land(landing{path: "staging/web.nomad", text: "y\n"})
	base := w.tip
	web := newKey(t, "web-flow", noon.Add(-time.Hour))
	w.land(landing{path: "prod/api.nomad", text: "x\n", evidence: func(world *reconcile.World) {
		r := &world.Request
		f1 := w.put(w.content[start].with("prod/api.nomad", "x\n"), []string{start}, "dev", "First", w.keys["dev"])
		after := w.content[base].with("prod/api.nomad", "x\n")
		up := w.put(after, []string{f1, base}, "dev", "Merge main", web)
		u := w.reported(up)
		u.ByGitHub, u.Update = true, true
		r.Commits = []pull.Commit{w.reported(f1), u}
		r.CommitsTotal = 2
		r.Head.SHA, r.Test.Parents[1] = up, up
		r.Reviews[0].Commit = up
	}})
	r, err := Run(t.Context(), w.options())
	if err != nil || r.Verdict != Good {
		t.Errorf("%v %v %v", r.Verdict, codes(r), err)
	}
}

// mixed is what GitHub's queue landed at once, the later one attested first, with another branch's note in between.
func mixed(t *testing.T, break_ func(w *town, step int)) (*town, Options) {
	w := newTown(t)
	method(w, pull.MethodMerge)
	var ls []attest.Landing
	for _, text := range []string{"two\n", "three\n"} {
		w.land(landing{path: "prod/api.nomad", text: text, method: pull.MethodMerge, unnoted: true, statement: func(l *attest.Landing) { ls = append(ls, *l) }})
	}
	w.rows, w.hashes, w.last = nil, map[int64]tlog.Hash{}, ""
	other := ls[0]
	other.Merge, other.Branch = strings.Repeat("ee", 20), "release"
	for i, l := range []attest.Landing{ls[1], other, ls[0]} {
		break_(w, i)
		l.Ledger = w.record(l.Evidence.Confirmations[0].Binding, l.Merge, pull.MethodMerge, w.bot)
		w.attest(l.Merge, w.seal(l, w.bot))
	}
	return w, w.options()
}

func TestLandedAtOnceAndAttestedInAMixedOrderAcrossBranches(t *testing.T) {
	w, o := mixed(t, func(*town, int) {})
	if r := w.verify(o); r.Verdict != Good {
		t.Errorf("%v", codes(r))
	}
	w.attest(strings.Repeat("ee", 20), "")
	if r := w.verify(o); r.Verdict != Bad || !strings.HasSuffix(codes(r)[0], "ledger-shrank") {
		t.Errorf("without the other branch's: %v %v", r.Verdict, codes(r))
	}
	for step := 1; step < 3; step++ {
		w, o = mixed(t, func(w *town, at int) {
			if at != step {
				return
			}
			w.rows, w.hashes, w.last = nil, map[int64]tlog.Hash{}, "" // rolled back, and rewritten
			for range 2 + step {
				w.record(pull.Binding{}, "", pull.MethodExact, w.bot)
			}
		})
		if r := w.verify(o); r.Verdict != Bad {
			t.Errorf("rewritten before note %d: %v %v", step, r.Verdict, codes(r))
		} else {
			t.Log(codes(r))
		}
	}
}

// T2b: the rollback alone, with a landing on top of it.
func TestHostileStoreHidesARollbackWithMoreOnTop(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	w.from = w.tip
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	seen := w.verify(w.options()).State
	w.tip = w.from
	w.land(landing{path: "prod/api.nomad", text: "four\n"})
	o := w.options()
	o.Since = &seen
	r, err := Run(t.Context(), o)
	if r.Verdict != Bad {
		t.Fatalf("honest store: %v %v %v", r.Verdict, codes(r), err)
	}
	root := w.chainRoot()
	fake := w.write("commit", []byte(payload(parse(w.object(root)).tree, []string{seen.Tip}, "m", "x", noon.Add(-24*time.Hour))))
	w.swap(root, fake)
	r, err = Run(t.Context(), o)
	bad(t, r, err)
}
