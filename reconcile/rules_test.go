package reconcile

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func TestAPolicyIsParsedOnce(t *testing.T) {
	book, parsed := new(rules), 0
	read := func(source pull.Source) {
		book.read(source, func() rulebook { parsed++; return rulebook{} })
	}
	one := pull.Source{Path: ".sallyport.yml", Blob: sha("1"), Text: policyText}
	read(one)
	read(one)
	if parsed != 1 {
		t.Errorf("one text was parsed %d times", parsed)
	}
	for _, change := range []func(*pull.Source){func(s *pull.Source) { s.Text += "\n" }, func(s *pull.Source) { s.Path = ".policy.yml" }} {
		other, before := one, parsed
		change(&other)
		if read(other); parsed != before+1 {
			t.Error("another text, or file, was taken for the one that is known")
		}
	}
}
