package ledger

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// bot makes a signing key as a bot has one.
func bot(t testing.TB) *signature.Signer {
	t.Helper()
	e, err := openpgp.NewEntity("Bot", "", "bot@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA512})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&b, "PGP PRIVATE KEY BLOCK", nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.SerializePrivate(w, nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := signature.LoadSigner(b.Bytes(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verifierOf(t testing.TB, bots ...*signature.Signer) note.Verifier {
	t.Helper()
	var keys [][]byte
	for _, b := range bots {
		keys = append(keys, b.PublicKey())
	}
	v, err := NewVerifier(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func row(id int64) pull.Entry {
	return pull.Entry{ID: id, Kind: "verdict", Repo: 7, Pull: 3, At: time.Unix(1700000000, 123456000).UTC(),
		Body: map[string]any{"state": "open", "n": id, "html": "<&>"}}
}

// planted is a tree over so many rows, with everything it stored.
func planted(t *testing.T, size int64) (edge Edge, stored []tlog.Hash) {
	t.Helper()
	for id := int64(1); id <= size; id++ {
		leaf, err := LeafHash(row(id))
		if err != nil {
			t.Fatal(err)
		}
		next, added, err := edge.Append([]tlog.Hash{leaf})
		if err != nil {
			t.Fatal(err)
		}
		edge, stored = next, append(stored, added...)
	}
	return edge, stored
}

func reader(stored []tlog.Hash) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
}

func TestLeafIsCanonical(t *testing.T) {
	leaf, err := Leaf(row(1))
	if err != nil {
		t.Fatal(err)
	}
	want := "sallyport ledger row\nid 1\nkind \"verdict\"\nrepo 7\npull 3\nat 2023-11-14T22:13:20.123456Z\nbody sha256:" +
		Digest([]byte(`{"html":"\u003c\u0026\u003e","n":1,"state":"open"}`)) + "\n"
	if string(leaf) != want {
		t.Errorf("leaf:\n%s\nwant:\n%s", leaf, want)
	}
	text, err := json.MarshalIndent(row(1), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var travelled struct {
		pull.Entry
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(text, &travelled); err != nil {
		t.Fatal(err)
	}
	travelled.Entry.Body = travelled.Body
	if again, err := Leaf(travelled.Entry); err != nil || !bytes.Equal(again, leaf) {
		t.Errorf("after a journey as indented JSON: %v\n%s", err, again)
	}
}

func TestEveryFieldOfARowIsInItsLeaf(t *testing.T) {
	leaf, err := Leaf(row(1))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*pull.Entry){
		"id": func(e *pull.Entry) { e.ID = 2 }, "kind": func(e *pull.Entry) { e.Kind = "landed" },
		"repo": func(e *pull.Entry) { e.Repo = 8 }, "pull": func(e *pull.Entry) { e.Pull = 4 },
		"at":                     func(e *pull.Entry) { e.At = e.At.Add(time.Microsecond) },
		"body":                   func(e *pull.Entry) { e.Body = json.RawMessage(`{}`) },
		"kind that holds a line": func(e *pull.Entry) { e.Kind = "verdict\nrepo 7" },
	} {
		e := row(1)
		change(&e)
		if got, err := Leaf(e); err != nil || bytes.Equal(got, leaf) {
			t.Errorf("%s changed, the leaf did not (%v)", name, err)
		}
	}
}

func TestAPrunedRowKeepsItsLeaf(t *testing.T) {
	whole, err := Leaf(row(1))
	if err != nil {
		t.Fatal(err)
	}
	e := row(1)
	if e.Pruned, err = BodyDigest(e); err != nil {
		t.Fatal(err)
	}
	e.Body = nil
	if pruned, err := Leaf(e); err != nil || !bytes.Equal(pruned, whole) {
		t.Errorf("pruned: %v\n%s\nwant\n%s", err, pruned, whole)
	}
	for _, digest := range []string{"x", strings.Repeat("A", 64), strings.Repeat("0", 62)} {
		if _, err := Leaf(pull.Entry{Pruned: digest}); err == nil {
			t.Errorf("%q was taken for a digest", digest)
		}
	}
}

func TestAppendingAtOnceAndOneByOneGrowOneTree(t *testing.T) {
	for size := int64(0); size <= 70; size++ {
		one, stored := planted(t, size)
		var leaves []tlog.Hash
		for id := int64(1); id <= size; id++ {
			leaf, _ := LeafHash(row(id))
			leaves = append(leaves, leaf)
		}
		cut := size / 3
		first, a, err := Edge{}.Append(leaves[:cut])
		if err != nil {
			t.Fatal(err)
		}
		all, b, err := first.Append(leaves[cut:])
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(append(a, b...)) != fmt.Sprint(stored) || fmt.Sprint(all) != fmt.Sprint(one) {
			t.Errorf("size %d: the trees differ", size)
		}
		root, err := all.Root()
		if want, _ := tlog.TreeHash(size, reader(stored)); err != nil || root != want {
			t.Errorf("size %d: root %s (%v), want %s", size, root, err, want)
		}
		if n, ok := SizeOf(int64(len(stored))); n != size || !ok {
			t.Errorf("size of %d hashes: %d %v, want %d", len(stored), n, ok, size)
		}
	}
	if _, ok := SizeOf(2); ok {
		t.Error("no tree has stored 2 hashes")
	}
}

// prove makes the proof of a row in a tree of 20, by that bot's key.
func prove(t *testing.T, id int64, by *signature.Signer) ([]byte, Proof) {
	t.Helper()
	edge, stored := planted(t, 20)
	root, err := edge.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := Checkpoint{Origin: "sallyport/test", Size: 20, Root: root}.Sign(NewSigner(by))
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := tlog.ProveRecord(20, id-1, reader(stored))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := Leaf(row(id))
	if err != nil {
		t.Fatal(err)
	}
	return leaf, Proof{Index: id - 1, Size: 20, Hashes: hashes, Checkpoint: text}
}

func TestInclusion(t *testing.T) {
	mine, other := bot(t), bot(t)
	leaf, p := prove(t, 13, mine)
	if err := VerifyInclusion(leaf, p, verifierOf(t, mine)); err != nil {
		t.Fatal(err)
	}
	if err := VerifyInclusion(leaf, p, verifierOf(t, other, mine)); err != nil {
		t.Errorf("an old key among several: %v", err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var travelled Proof
	if err := json.Unmarshal(text, &travelled); err != nil {
		t.Fatal(err)
	}
	if err := VerifyInclusion(leaf, travelled, verifierOf(t, mine)); err != nil {
		t.Errorf("after a journey as JSON: %v", err)
	}
	bare := Checkpoint{Origin: "sallyport/test", Size: 20}
	for name, bad := range map[string]struct {
		change func(*Proof)
		want   string
	}{
		"another row's place":    {func(p *Proof) { p.Index = 12 - 1 }, "not in the ledger"},
		"a place behind the end": {func(p *Proof) { p.Index = 20 }, "cannot be in a ledger"},
		"a hash changed":         {func(p *Proof) { p.Hashes[0][0] ^= 1 }, "not in the ledger"},
		"a hash left out":        {func(p *Proof) { p.Hashes = p.Hashes[1:] }, "not in the ledger"},
		"another size":           {func(p *Proof) { p.Size = 21 }, "its checkpoint for one of 20"},
		"an unsigned checkpoint": {func(p *Proof) { p.Checkpoint = bare.Text() }, ErrUnsigned.Error()},
		"a changed checkpoint":   {func(p *Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n20\n", "\n19\n", 1); p.Size = 19 }, "verifying a checkpoint"},
		"another bot's": {func(p *Proof) {
			_, q := prove(t, 13, other)
			p.Checkpoint = q.Checkpoint
		}, "verifying a checkpoint"},
	} {
		_, q := prove(t, 13, mine)
		bad.change(&q)
		if err := VerifyInclusion(leaf, q, verifierOf(t, mine)); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: got %v, want %q", name, err, bad.want)
		}
	}
	if err := VerifyInclusion(leaf, p, nil); err == nil {
		t.Error("a proof was believed without a key")
	}
}

// A key of the ring must not pass for another: the line names one, and that one must have signed.
func TestASignatureCountsForTheKeyThatItsLineNames(t *testing.T) {
	mine, other := bot(t), bot(t)
	_, p := prove(t, 1, mine)
	renamed := NewSigner(other)
	line := renamed.Name()
	forged := strings.Replace(p.Checkpoint, NewSigner(mine).Name(), line, 1)
	if _, err := Open(forged, verifierOf(t, mine, other)); err == nil {
		t.Error("a signature was counted for a key that did not make it")
	}
}

// A line may name a key and carry another one's short hash, or the other way round. Neither finds a key.
func TestALineMustNameItsKeyByNameAndHash(t *testing.T) {
	mine, other := bot(t), bot(t)
	v := verifierOf(t, mine, other).(note.Verifiers)
	a, b := NewSigner(mine), NewSigner(other)
	if _, err := v.Verifier(a.Name(), a.KeyHash()); err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]struct {
		name string
		hash uint32
	}{"another's hash": {a.Name(), b.KeyHash()}, "another's name": {b.Name(), a.KeyHash()}} {
		var unknown *note.UnknownVerifierError
		if _, err := v.Verifier(line.name, line.hash); !errors.As(err, &unknown) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// The forger signs under the name and the hash of a key that is not theirs.
	signed, err := note.Sign(&note.Note{Text: Checkpoint{Origin: "sallyport/test", Size: 1}.Text()}, impostor{b, a})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(string(signed), verifierOf(t, mine, other)); err == nil {
		t.Error("a signature by one key was counted for another, whose name and hash its line bears")
	}
}

// impostor signs with one key in another's name.
type impostor struct{ own, other note.Signer }

func (i impostor) Name() string                    { return i.other.Name() }
func (i impostor) KeyHash() uint32                 { return i.other.KeyHash() }
func (i impostor) Sign(msg []byte) ([]byte, error) { return i.own.Sign(msg) }

func TestConsistency(t *testing.T) {
	edge, stored := planted(t, 20)
	root, _ := edge.Root()
	old, _ := planted(t, 13)
	oldRoot, _ := old.Root()
	newer, older := Checkpoint{"o", 20, root}, Checkpoint{"o", 13, oldRoot}
	proof, err := tlog.ProveTree(20, 13, reader(stored))
	if err != nil {
		t.Fatal(err)
	}
	if err := newer.Extends(older, proof); err != nil {
		t.Fatal(err)
	}
	if err := newer.Extends(Checkpoint{Origin: "o"}, nil); err != nil {
		t.Errorf("the empty ledger: %v", err)
	}
	for name, bad := range map[string]struct {
		newer, older Checkpoint
		want         string
	}{
		"rolled back":    {older, newer, "has 13 rows and had 20"},
		"rewritten":      {newer, Checkpoint{"o", 13, root}, "not what they were"},
		"another ledger": {newer, Checkpoint{"p", 13, oldRoot}, "different ledgers"},
	} {
		if err := bad.newer.Extends(bad.older, proof); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: got %v, want %q", name, err, bad.want)
		}
	}
}

func TestCheckpointText(t *testing.T) {
	edge, _ := planted(t, 3)
	root, _ := edge.Root()
	c := Checkpoint{"sallyport/test", 3, root}
	if got, err := Parse(c.Text()); err != nil || got != c {
		t.Errorf("got %+v, %v; want %+v", got, err, c)
	}
	for _, bad := range []string{"", "o\n3\n", "o\n-1\n" + root.String() + "\n", "o\n03\n" + root.String() + "\n", "o\n3\nAAAA\n", "\n3\n" + root.String() + "\n"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q was taken for a checkpoint", bad)
		}
	}
}
