package attest

import (
	"errors"
	"strings"
	"testing"
)

// FuzzOpen feeds notes that anybody could have pushed: none may be believed that the bot's key did not seal.
func FuzzOpen(f *testing.F) {
	signer := newSigner(f)
	ring := ringOf(f, signer)
	text, err := Encode(landing)
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := Seal(text, signer, noon)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte(strings.Replace(string(sealed), `"sig":"`, `"sig":"AA`, 1)))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":""}]}`))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30","signatures":[{},{}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, envelope []byte) {
		got, err := Open(envelope, ring)
		var fault *Fault
		switch {
		case err != nil && (!errors.As(err, &fault) || fault.Code == "" || fault.Message == ""):
			t.Errorf("%q is refused without a code: %v", envelope, err)
		case err == nil && string(got.Text) != string(text):
			t.Errorf("%q is believed to say %q", envelope, got.Text)
		}
	})
}

// FuzzDecode reads statements; what is read must be what would be written.
func FuzzDecode(f *testing.F) {
	text, err := Encode(landing)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"gitCommit":"x"}}],"predicateType":"x","predicate":{}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Decode(text)
		if err != nil {
			return
		}
		again, err := Encode(l)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", text, err)
		}
		if _, err := Decode(again); err != nil {
			t.Fatalf("%q was read and written as %q, which is refused: %v", text, again, err)
		}
	})
}
