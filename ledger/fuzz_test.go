package ledger

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// FuzzCheckpoint reads signed notes that anybody could have written: only the one that was signed may be believed, and
// what is read without belief must be what would be written.
func FuzzCheckpoint(f *testing.F) {
	signer := bot(f)
	v := verifierOf(f, signer)
	genuine := Checkpoint{Origin: "sallyport ledger 1", Size: 3, Root: tlog.Hash{1, 2, 3}}
	signed, err := genuine.Sign(NewSigner(signer))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(genuine.Text())
	f.Add(strings.Replace(signed, "\n3\n", "\n4\n", 1))
	f.Add("o\n-1\n" + genuine.Root.String() + "\n")
	f.Add("o\n03\n" + genuine.Root.String() + "\n\n— x AAAA\n")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := Open(text, v); err == nil && got != genuine {
			t.Errorf("%q is believed to say %+v", text, got)
		}
		got, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(got.Text()); err != nil || again != got {
			t.Errorf("%q was read as %+v, and that as %+v (%v)", text, got, again, err)
		}
	})
}
