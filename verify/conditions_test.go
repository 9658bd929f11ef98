package verify

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// condition is one thing that can be found of a commit. It makes a history in which that is so, and gives the commit.
type condition struct {
	code  string
	level Level
	make  func(*town, *Options) string
}

// conditions are what a forger has no use for, what only a damaged or partial clone shows, and what is merely worth knowing.
// Each is found by its own code, and no other code stops.
var conditions = []condition{
	{"codeowners-differ", Fault, func(w *town, _ *Options) string {
		w.from = w.foreign("CODEOWNERS", "* @ana\n")
		return w.land(landing{path: "prod/api.nomad", text: "two\n", evidence: func(world *reconcile.World) {
			world.Request.Codeowners = w.source("CODEOWNERS", "* @mallory\n")
		}})
	}},
	{"method-unknown", Fault, func(w *town, _ *Options) string {
		return w.land(landing{path: "prod/api.nomad", text: "two\n", statement: func(l *attest.Landing) { l.Method = "octopus" }})
	}},
	{"commit-malformed", Fault, func(w *town, _ *Options) string {
		w.land(landing{path: "prod/api.nomad", text: "two\n", unnoted: true})
		return w.instead(bytes.Replace(w.object(w.tip), []byte("\n\n"), []byte("\n\nwhat is read\x00what is not"), 1))
	}},
	{"ledger-begun-anew", Remark, func(w *town, _ *Options) string {
		w.land(landing{path: "prod/api.nomad", text: "two\n"})
		w.origin, w.rows, w.last = "acme/2", nil, ""
		return w.land(landing{path: "prod/api.nomad", text: "three\n"})
	}},
	{"signatures-differ", Remark, func(w *town, o *Options) string {
		var err error
		o.Keyring, err = signature.ReadKeys(noon, w.keys["ana"].PublicKey())
		check(w, err)
		return w.land(landing{path: "staging/web.nomad", text: "two\n"})
	}},
	{"signatures-not-verified", Remark, func(w *town, o *Options) string {
		o.Keyring = nil
		return w.land(landing{path: "prod/api.nomad", text: "two\n"})
	}},
	{"person-left", Remark, func(w *town, o *Options) string {
		o.People = duobot.PeopleOf([]duobot.Person{w.person("dev")})
		return w.land(landing{path: "prod/api.nomad", text: "two\n"})
	}},
	{"person-key-gone", Remark, func(w *town, o *Options) string {
		keyless := w.person("dev")
		keyless.PGP = nil
		o.People = duobot.PeopleOf([]duobot.Person{w.person("ana"), keyless})
		return w.land(landing{path: "prod/api.nomad", text: "two\n"})
	}},
	{"proposal-not-here", Remark, func(w *town, _ *Options) string {
		method(w, pull.MethodSquash)
		sha := w.land(landing{path: "prod/api.nomad", text: "two\n", method: pull.MethodSquash})
		w.lose(w.lastStatement.Head)
		return sha
	}},
	{"merge-not-recomputed", Doubt, func(w *town, _ *Options) string {
		const start = "1\n2\n3\n4\n5\n6\n7\n"
		fork := w.land(landing{path: "prod/api.nomad", text: start})
		w.land(landing{path: "prod/api.nomad", text: "one\n2\n3\n4\n5\n6\n7\n"})
		sha := w.land(landing{path: "prod/api.nomad", text: "1\n2\n3\n4\n5\n6\nseven\n", forked: fork, merged: "one\n2\n3\n4\n5\n6\nseven\n"})
		if r := w.verify(w.options()); r.Verdict != Good {
			w.t.Fatalf("with the whole clone: %v", codes(r))
		}
		w.lose(w.write("blob", []byte(start))) // which nobody reads but git, when it merges
		return sha
	}},
	{"objects-missing", Doubt, func(w *town, _ *Options) string {
		sha := w.land(landing{path: "prod/api.nomad", text: "two\n"})
		w.lose(w.write("blob", []byte(strict)))
		return sha
	}},
	{"objects-damaged", Fault, func(w *town, _ *Options) string {
		sha := w.land(landing{path: "prod/api.nomad", text: "two\n"})
		w.swap(w.write("blob", []byte(strict)), w.write("blob", []byte(lax)))
		return sha
	}},
}

func TestEachConditionIsFoundByItsOwnCode(t *testing.T) {
	for _, c := range conditions {
		t.Run(c.code, func(t *testing.T) {
			w := newTown(t)
			o := w.options()
			sha := c.make(w, &o)
			o.Range, o.Now = w.from+"..main", w.clock.Add(time.Hour)
			r := w.verify(o)
			i := slices.IndexFunc(r.Commits, func(other Commit) bool { return other.SHA == sha })
			found := slices.IndexFunc(r.Commits[i].Findings, func(f Finding) bool { return f.Code == c.code })
			if found < 0 || r.Commits[i].Findings[found].Level != c.level {
				t.Fatalf("%.10s: found %+v, want %s as a %s", sha, r.Commits[i].Findings, c.code, levelNames[c.level])
			}
			for _, code := range codes(r) {
				if c.level == Remark || code != at(sha, c.code) {
					t.Errorf("also found %q", code)
				}
			}
			if want := map[Level]Outcome{Fault: Bad, Doubt: Unknown, Remark: Good}[c.level]; r.Verdict != want {
				t.Errorf("verdict %v, want %v", r.Verdict, want)
			}
		})
	}
}

// What landed as several commits is as good as its tip.
func TestCommitsLandedTogetherShareWhatIsFoundOfTheirTip(t *testing.T) {
	w := newTown(t)
	method(w, pull.MethodRebase)
	sha := w.land(landing{path: "prod/api.nomad", text: "two\n", method: pull.MethodRebase, line: 2, statement: func(l *attest.Landing) { l.Evidence.Confirmations = nil }})
	below := w.chain(2)[0]
	got := codes(w.verify(w.options()))
	if !slices.Contains(got, at(sha, "awaiting-push")) || !slices.Contains(got, at(below, "landing-not-good")) {
		t.Errorf("got %v, want %s and %s", got, at(sha, "awaiting-push"), at(below, "landing-not-good"))
	}
}

// A commit in the middle of a landing is read as strictly as its tip.
func TestAMalformedCommitBelowTheTipOfALanding(t *testing.T) {
	w := newTown(t)
	method(w, pull.MethodRebase)
	w.land(landing{path: "prod/api.nomad", text: "two\n", method: pull.MethodRebase, line: 2, rebased: func(message string) string { return message + "\x00more" }})
	if got, want := codes(w.verify(w.options())), at(w.chain(2)[0], "commit-malformed"); !slices.Contains(got, want) {
		t.Errorf("got %v, want %s", got, want)
	}
}

// person is the entry of somebody in the people file.
func (w *town) person(login string) duobot.Person {
	p, ok := w.people.ByLogin(login)
	if !ok {
		w.t.Fatalf("%s is nobody", login)
	}
	return p
}

// lose takes an object out of the clone.
func (w *town) lose(id string) {
	w.t.Helper()
	w.remove(filepath.Join("objects", id[:2], id[2:]))
}

// swap stores another object's bytes under an object's name.
func (w *town) swap(id, by string) {
	w.t.Helper()
	w.lose(id)
	w.copy(filepath.Join("objects", by[:2], by[2:]), filepath.Join("objects", id[:2], id[2:]))
}
