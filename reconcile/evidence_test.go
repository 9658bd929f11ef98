package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
)

// Threat 58: a name of git's can be made twice. What is written down before a landing says who agreed to which bytes.
func TestThreat58ALandingIsWrittenDownWithItsGrounds(t *testing.T) {
	w := world()
	w.Request.Floor = pull.Source{Path: "floor.yml", Blob: sha("8"), Text: "version: 1\nrules: [{name: all, paths: [\"**\"], require: {}}]\n"}
	w.Floor = new(rules).floor(w.Request)
	d := judge(w)
	allowed := pull.Confirmation{ID: 1, Binding: d.Binding, Person: "Dev", Account: dev, DuoUser: "dev.eloper", Role: "author",
		State: pull.PromptAllowed, Txid: "tx", AskedAt: noon, EndedAt: noon.Add(time.Minute)}
	w.Confirmations = []pull.Confirmation{allowed}
	d = judge(w)
	intent, err := d.intent()
	if err != nil {
		t.Fatal(err)
	}
	var got attest.Landing
	if err := json.Unmarshal([]byte(intent.Evidence), &got); err != nil {
		t.Fatal(err)
	}
	want := attest.Landing{
		Merge: d.Binding.Merge, Base: sha("b"), Head: sha("a"), Tree: sha("d"), Branch: "main",
		Approvals: []attest.Approval{{Review: 1, Account: ana, Role: "admin", Commit: sha("a")}},
		Confirmations: []attest.Confirmation{{Person: "Dev", Account: dev, DuoUser: "dev.eloper", Role: "author", Txid: "tx",
			Factor: pull.FactorPush, Shown: d.Binding, Asked: noon, Allowed: noon.Add(time.Minute)}},
		Signatures: []attest.Signature{{Commit: sha("a"), Code: "signature-missing"}},
		Checks:     []attest.Check{{Name: "ci", App: ciApp, ID: 4}},
	}
	part := attest.Landing{Merge: got.Merge, Base: got.Base, Head: got.Head, Tree: got.Tree, Branch: got.Branch,
		Approvals: got.Approvals, Confirmations: got.Confirmations, Signatures: got.Signatures, Checks: got.Checks}
	if diff := cmp.Diff(want, part); diff != "" {
		t.Errorf("grounds (-want +got):\n%s", diff)
	}
	d.Confirmations[0].Factor = pull.FactorPhone
	if c := d.confirmed(); len(c) != 1 || c[0].Factor != pull.FactorPhone {
		t.Errorf("a phone call is described as %+v", c)
	}
	if p := got.Policy; p.Path != ".sallyport.yml" || p.Blob != sha("9") || p.SHA256 == "" || p.Floor.Path != "floor.yml" || p.Floor.Blob != sha("8") ||
		p.Floor.SHA256 == "" || p.Remote != (attest.File{}) {
		t.Errorf("policy: %+v", p)
	}
}

func TestThreat58TheBytesThatLandAreNamedBySHA256(t *testing.T) {
	for _, method := range []string{pull.MethodExact, pull.MethodMerge, pull.MethodSquash} {
		t.Run(method, func(t *testing.T) {
			a := newArena(t, method)
			a.settle(t)
			if a.code() != "landed" {
				t.Fatalf("got %q", a.code())
			}
			raw := a.raw(t, a.books.last.LandedSHA)
			sum := sha256.Sum256(raw)
			if got, want := a.books.intents[0].CommitSHA256, hex.EncodeToString(sum[:]); got != want {
				t.Errorf("got %q, want %s", got, want)
			}
		})
	}
}

// raw asks git itself for the bytes of a commit.
func (a *arena) raw(t *testing.T, sha string) []byte {
	t.Helper()
	raw, err := exec.Command("git", "-C", a.repo.Dir(), "cat-file", "commit", sha).Output()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
