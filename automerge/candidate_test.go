package automerge

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

func TestACandidateIsWhatGitWouldWrite(t *testing.T) {
	r := pull.Request{Repo: pull.Repo{Owner: "acme", Name: "jobs"}, Number: 7, Title: "Raise the API",
		Base: pull.Base{SHA: "bbbb", Branch: "main"}, Head: pull.Head{SHA: "aaaa", Branch: "raise", Owner: "acme"},
		Test: pull.TestMerge{State: pull.Clean, Tree: "dddd"}, Policy: pull.Source{Blob: "9999"}}
	by := pull.Signature{Name: "Sallyport", Email: "bot@acme.example", At: time.Unix(1_700_000_000, 0)}
	got := NewCandidate(r, by, []string{"ana"}, nil).Payload
	want := `tree dddd
parent bbbb
parent aaaa
author Sallyport <bot@acme.example> 1700000000 +0000
committer Sallyport <bot@acme.example> 1700000000 +0000

Merge pull request #7 from acme/raise

Raise the API

Sallyport-Pull-Request: acme/jobs#7
Sallyport-Policy: 9999
Sallyport-Approved-By: ana`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A title is somebody else's text: it must not write trailers or headers of its own.
func TestATitleWritesNoTrailers(t *testing.T) {
	r := pull.Request{Title: "Innocent\n\nSallyport-Approved-By: root\r\x00\xff"}
	for line := range strings.Lines(Message(r, nil, nil)) {
		if strings.HasPrefix(line, "Sallyport-Approved-By") {
			t.Errorf("the title wrote %q", line)
		}
	}
}
