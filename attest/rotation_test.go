package attest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAKeyNamesItsSuccessor(t *testing.T) {
	old, next := newSigner(t), newSigner(t)
	envelope, err := SealRotation(old, next, noon)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenRotation(envelope, ringOf(t, old))
	if err != nil || r.Old != old.Fingerprint() || r.New != next.Fingerprint() || r.Public != string(next.PublicKey()) || !r.At.Equal(noon) {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestSuccessorsThatAreNotBelieved(t *testing.T) {
	old, next, other := newSigner(t), newSigner(t), newSigner(t)
	good, err := SealRotation(old, next, noon)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(change func(*rotationStatement)) []byte {
		sealed, err := Open(good, ringOf(t, old))
		if err != nil {
			t.Fatal(err)
		}
		var s rotationStatement
		if err := json.Unmarshal(sealed.Text, &s); err != nil {
			t.Fatal(err)
		}
		change(&s)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		envelope, err := Seal(text, old, noon)
		if err != nil {
			t.Fatal(err)
		}
		return envelope
	}
	for name, c := range map[string]struct {
		envelope []byte
		why      string
	}{
		"another key's signature": {[]byte(strings.Replace(string(good), old.Fingerprint(), next.Fingerprint(), 1)), "does not hold"},
		"speaks for another key":  {signed(func(s *rotationStatement) { s.Predicate.Old = other.Fingerprint() }), "speaks for key"},
		"names another key":       {signed(func(s *rotationStatement) { s.Predicate.New = other.Fingerprint() }), "not the one that it names"},
		"holds another key":       {signed(func(s *rotationStatement) { s.Predicate.Public = string(other.PublicKey()) }), "not the one that it names"},
		"another subject":         {signed(func(s *rotationStatement) { s.Subject[0].Name = "x" }), "not the one that it names"},
		"another statement":       {signed(func(s *rotationStatement) { s.PredicateType = PredicateType }), "statement of type"},
	} {
		if _, err := OpenRotation(c.envelope, ringOf(t, old)); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: got %v, want %q", name, err, c.why)
		}
	}
}
