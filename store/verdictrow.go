package store

import (
	"cmp"
	"slices"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// verdictEntry is the body of a ledger entry "verdict": what was judged, and how.
type verdictEntry struct {
	State    string         `json:"state"`
	Next     string         `json:"next"`
	Head     string         `json:"head"`
	Branch   string         `json:"branch"`
	Base     string         `json:"base"`
	Merge    string         `json:"merge"`
	Policy   string         `json:"policy"`
	Landed   string         `json:"landed,omitempty"`
	Verdicts []pull.Verdict `json:"verdicts"`
	// The rest of what was judged, so that the decision can be shown later as it was.
	Title      string        `json:"title,omitempty"`
	Author     pull.Account  `json:"author"`
	PolicyPath string        `json:"policy_path,omitempty"`
	Content    string        `json:"content,omitempty"`
	Reviews    []pull.Review `json:"reviews,omitempty"`
	// Inputs is what else the judges read.
	Inputs pull.Request `json:"inputs"`
}

func verdictsOf(r pull.Record) verdictEntry {
	q := r.Request
	return verdictEntry{State: r.State, Next: r.Next, Head: q.Head.SHA, Branch: q.Base.Branch, Base: q.Base.SHA,
		Merge: cmp.Or(r.MergeSHA, q.Test.SHA), Policy: q.Rulebook(), Landed: r.LandedSHA, Verdicts: r.Verdicts,
		Title: q.Title, Author: q.Author, PolicyPath: q.Policy.Path, Content: q.Content, Reviews: wordless(q.Reviews), Inputs: inputsOf(q)}
}

// wordless leaves out what people wrote in their reviews: who said what of which commit is all that counts.
func wordless(reviews []pull.Review) []pull.Review {
	out := slices.Clone(reviews)
	for i := range out {
		out[i].Body = ""
	}
	return out
}

// digested says of each comment that it had these very words, and not which.
func digested(comments []pull.Comment) []pull.Comment {
	out := slices.Clone(comments)
	for i, c := range out {
		out[i].Body = "sha256:" + ledger.Digest([]byte(c.Body))
	}
	return out
}

// inputsOf keeps what judges decide by and drops what the row says beside it, what its digests and names stand for, and
// what only people read. Texts of files are named by their blobs, the landing diff by Content.
func inputsOf(q pull.Request) pull.Request {
	q.Title, q.Body, q.URL, q.NodeID, q.Reviews, q.Content = "", "", "", "", nil, ""
	q.Files, q.Standing.Candidates = nil, nil
	for _, source := range []*pull.Source{&q.Policy, &q.Proposed, &q.Remote, &q.Landing, &q.Floor, &q.Codeowners} {
		source.Text = ""
	}
	q.Besides = slices.Clone(q.Besides)
	for i := range q.Besides {
		q.Besides[i].Text = ""
	}
	q.Comments, q.Remarks = digested(q.Comments), digested(q.Remarks)
	q.Commits = slices.Clone(q.Commits)
	for i := range q.Commits {
		c := &q.Commits[i] // the SHA names the rest
		c.Message, c.Payload, c.Signature, c.Files = "", "", "", nil
	}
	return q
}
