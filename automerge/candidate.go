package automerge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// NewCandidate writes the merge commit that an exact landing of r would put on the branch: the tree of GitHub's own
// test merge on the parents B and H, in that order. It still lacks signature and name.
func NewCandidate(r pull.Request, by pull.Signature, approvers, glass []string) pull.Candidate {
	c := pull.Candidate{Branch: r.Base.Branch, Base: r.Base.SHA, Head: r.Head.SHA, Tree: r.Test.Tree, Policy: r.Rulebook(),
		Approvers: approvers, Glass: glass, By: by, Message: Message(r, approvers, glass)}
	who := fmt.Sprintf("%s <%s> %d +0000", by.Name, by.Email, by.At.Unix())
	c.Payload = fmt.Sprintf("tree %s\nparent %s\nparent %s\nauthor %s\ncommitter %s\n\n%s", c.Tree, c.Base, c.Head, who, who, c.Message)
	return c
}

// Message is a landing's commit message: what a person looks for first, then trailers for machines. It does not end
// in a newline, for GitHub keeps it as it is given.
func Message(r pull.Request, approvers, glass []string) string {
	lines := []string{fmt.Sprintf("Merge pull request #%d from %s/%s", r.Number, r.Head.Owner, r.Head.Branch), "", oneLine(r.Title), ""}
	return strings.Join(slices.Concat(lines, trailers(r, approvers), GlassTrailers(glass)), "\n")
}

// trailers say to machines what landed, by which policy and with whose approval.
func trailers(r pull.Request, approvers []string) []string {
	lines := []string{"Sallyport-Pull-Request: " + r.Ref(), "Sallyport-Policy: " + r.Rulebook()}
	for _, login := range approvers {
		lines = append(lines, "Sallyport-Approved-By: "+login)
	}
	return lines
}

// GlassTrailer begins the lines of a landing's message that say who broke the glass.
const GlassTrailer = "Sallyport-Break-Glass"

// GlassTrailers say in a landing's message who broke the glass, and why.
func GlassTrailers(glass []string) []string {
	lines := make([]string, len(glass))
	for i, line := range glass {
		lines[i] = GlassTrailer + ": " + line
	}
	return lines
}

// oneLine keeps a title, which is somebody else's text, from looking like a trailer or a header.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}
