package verify

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/internal/gitdir"
)

// Branch, notes and ledger rolled back together agree with each other; only who saw them later knows.
func TestRollbackOfEverythingIsFoundByWhatWasSeen(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	oldTip, oldNotes := w.tip, w.noted
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	seen := w.verify(w.options()).State

	w.ref("refs/heads/main", oldTip)
	w.ref("refs/notes/sallyport", oldNotes)
	o := w.options()
	if r := w.verify(o); r.Verdict != Good {
		t.Fatalf("without what was seen, the verdict is %v: %v", r.Verdict, codes(r))
	}
	o.Since = &seen
	r := w.verify(o)
	if got := codes(r); r.Verdict != Bad || len(got) != 3 || got[0] != "rolled-back" || got[1] != "rolled-back" || got[2] != "rolled-back" {
		t.Errorf("verdict %v, findings %v, want branch, notes and ledger rolled back", r.Verdict, got)
	}
	w.tip, w.noted = oldTip, oldNotes
	w.ref("refs/heads/main", w.verifyNext(t, &seen))
}

// verifyNext goes on from the rolled back branch: a longer history is still not the one that was seen.
func (w *town) verifyNext(t *testing.T, seen *State) string {
	t.Helper()
	for range 3 {
		w.foreign("README.md", "more and "+w.tip)
	}
	o := w.options()
	o.Since = seen
	if got := codes(w.verify(o)); !slices.Contains(got, "rolled-back") {
		t.Errorf("findings %v, want rolled-back", got)
	}
	return w.tip
}

func TestGoingOnFromWhatWasSeenIsGood(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	seen := w.verify(w.options()).State
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	o := w.options()
	o.Since, o.Range = &seen, seen.Tip+"..main"
	if r := w.verify(o); r.Verdict != Good || r.Landings != 1 || r.State.Tip == seen.Tip || r.State.Notes == seen.Notes {
		t.Errorf("verdict %v, state %+v, findings %v", r.Verdict, r.State, codes(r))
	}
}

func TestThreat12OlderPolicyIsReported(t *testing.T) {
	w := newTown(t)
	other := strings.Replace(strict, "needs an admin", "wants an admin", 1)
	w.land(landing{path: ".sallyport.yml", text: other})
	sha := w.land(landing{path: ".sallyport.yml", text: strict})
	r := w.verify(w.options())
	if r.Verdict != Good || r.Remarks != 1 {
		t.Fatalf("verdict %v, %d remarks, findings %v", r.Verdict, r.Remarks, codes(r))
	}
	if f := r.Commits[1].Findings; r.Commits[1].SHA != sha || len(f) != 1 || f[0].Code != "policy-restored" {
		t.Errorf("found %+v", f)
	}
}

func TestPolicyFloor(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	sha := w.land(landing{path: "staging/web.nomad", text: "two\n"})
	o := w.options()
	floor := parsePolicy(t, strings.Replace(strict, "    require: {}\n", "    require: {approvals: {count: 2, from: [admin]}}\n", 1))
	o.Floor = &floor
	if got, want := codes(w.verify(o)), []string{at(sha, "policy-floor")}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPeopleOfNowAreHeldAgainstThoseOfThen(t *testing.T) {
	w := newTown(t)
	sha := w.land(landing{path: "prod/api.nomad", text: "two\n"})
	o := w.options()
	o.People = duobot.PeopleOf([]duobot.Person{{Name: "dev", GitHub: []string{"dev"}, Duo: "somebody.else"}})
	if got, want := codes(w.verify(o)), []string{at(sha, "person-differs")}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	o.People = duobot.PeopleOf(nil)
	if r := w.verify(o); r.Verdict != Good || r.Remarks != 2 {
		t.Errorf("with nobody known: verdict %v, %d remarks", r.Verdict, r.Remarks)
	}
}

func TestWithoutKeyringTheBotsWordIsNamedAsSuch(t *testing.T) {
	w := newTown(t)
	sha := w.land(landing{path: "prod/api.nomad", text: "two\n"})
	o := w.options()
	o.Keyring = nil
	r := w.verify(o)
	if f := r.Commits[0].Findings; r.Verdict != Good || len(f) != 1 || f[0].Code != "signatures-not-verified" {
		t.Errorf("verdict %v, found %+v", r.Verdict, f)
	}
	o.Strict = true
	if r := w.verify(o); r.Verdict != Unknown || !slices.Equal(codes(r), []string{at(sha, "signatures-not-verified")}) {
		t.Errorf("strictly: verdict %v, findings %v", r.Verdict, codes(r))
	}
}

func TestNotesAreFoundHoweverGitSpreadsThem(t *testing.T) {
	w := newTown(t)
	sha := w.land(landing{path: "prod/api.nomad", text: "two\n"})
	text := w.notes[attest.NotePath(sha)]
	for _, path := range []string{sha, sha[:2] + "/" + sha[2:4] + "/" + sha[4:]} {
		w.notes = files{path: text}
		w.attest(strings.Repeat("ef", 20), "{}")
		if r := w.verify(w.options()); r.Verdict != Good {
			t.Errorf("at %s: %v", path, codes(r))
		}
	}
}

func TestAnOldKeyVerifiesOldLandings(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	old := w.bot
	w.bot = newKey(t, "Sallyport", noon.Add(-1))
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	if r := w.verify(w.options()); r.Verdict != Bad || !strings.HasSuffix(codes(r)[0], "attestation-signer-unknown") {
		t.Errorf("without the old key: %v, %v", r.Verdict, codes(r))
	}
	w.older = [][]byte{old.PublicKey()}
	if r := w.verify(w.options()); r.Verdict != Good {
		t.Errorf("with the old key: %v", codes(r))
	}
}

func TestWhatCannotBeTold(t *testing.T) {
	w := newTown(t)
	first := w.land(landing{path: "prod/api.nomad", text: "two\n"})
	side := parse(w.object(first)).parents[1]
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	for _, bad := range []string{"nowhere..main", "main.." + w.from, "main...main", side + "..main", "-x"} {
		o := w.options()
		o.Range = bad
		if r, err := Run(t.Context(), o); err == nil {
			t.Errorf("range %s gave %v", bad, r.Verdict)
		}
	}
	o := w.options()
	o.Keys = [][]byte{[]byte("no key")}
	if r, err := Run(t.Context(), o); err == nil {
		t.Errorf("an unreadable key gave %v", r.Verdict)
	}
	w.remove(filepath.Join("objects", side[:2], side[2:]))
	if r := w.verify(w.options()); r.Verdict != Unknown {
		t.Errorf("without a head: verdict %v, findings %v", r.Verdict, codes(r))
	}
}

func TestShallowClone(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	clone := filepath.Join(t.TempDir(), "shallow")
	if out, err := exec.Command("git", "clone", "--quiet", "--bare", "--depth=1", "file://"+w.dir, clone).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	o := w.options()
	o.Dir, o.Range = clone, w.tip+"~0.."+w.tip
	o.Range = parse(w.object(w.tip)).parents[0] + ".." + w.tip
	if r, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "in this clone") && !errors.Is(err, gitdir.ErrMissing) && !strings.Contains(err.Error(), "names no commit") {
		t.Errorf("got %v, %v", r.Verdict, err)
	}
}

func TestThreat72AttestationsOfHostileSize(t *testing.T) {
	w := newTown(t)
	sha := w.land(landing{path: "prod/api.nomad", text: "two\n"})
	w.attest(sha, strings.Repeat("x", attest.MaxSize+1))
	if got, want := codes(w.verify(w.options())), []string{at(sha, attest.Unreadable)}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
