package pull

import (
	"slices"
	"time"
)

// Candidate is the merge commit that an exact landing made before anybody was asked: M, byte for byte. Payload is the
// commit object without its signature, Signature the armor over it.
type Candidate struct {
	SHA       string    `json:"sha"`
	Branch    string    `json:"branch"`
	Base      string    `json:"base"` // B, the first parent
	Head      string    `json:"head"` // H, the second parent
	Tree      string    `json:"tree"`
	Policy    string    `json:"policy"`
	Approvers []string  `json:"approvers,omitempty"` // logins named in the message
	Glass     []string  `json:"glass,omitempty"`     // who broke the glass and why, as the message says it
	Message   string    `json:"message"`
	By        Signature `json:"by"`
	Payload   string    `json:"payload"`
	Signature string    `json:"signature"`
	// Uploaded says that GitHub has it under this name. Until then it goes up again: whoever wrote it down may have died
	// before handing it over.
	Uploaded bool `json:"uploaded,omitempty"`
	// Doubt is GitHub's word for why it finds no valid signature on it ("unknown_key"), as it was at DoubtAt; empty where it finds
	// one. GitHub looks for the keys that its accounts uploaded, and nothing of ours goes by what it finds but whether a branch
	// that demands signatures would take it.
	Doubt   string    `json:"doubt,omitempty"`
	DoubtAt time.Time `json:"doubt_at,omitzero"`
}

// Signature is who made a commit, and when (whole seconds, UTC).
type Signature struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	At    time.Time `json:"at"`
}

// Fits reports whether the candidate is still what an exact landing of r with these approvals, and these words of
// those who broke the glass, would be.
func (c *Candidate) Fits(r Request, approvers, glass []string) bool {
	return c != nil && c.SHA != "" && r.Test.State == Clean && c.Branch == r.Base.Branch && c.Base == r.Base.SHA &&
		c.Head == r.Head.SHA && c.Tree == r.Test.Tree && c.Policy == r.Rulebook() && slices.Equal(c.Approvers, approvers) && slices.Equal(c.Glass, glass)
}
