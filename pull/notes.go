package pull

import (
	"encoding/json"
	"time"
)

// Notes is where the history of a repository's attestations stands. The zero Notes is none yet.
type Notes struct {
	Commit  string // the tip
	Tree    string
	Message string // of the tip's commit, whose first line names what it attests
}

// NoteCommit is a commit of attestations on top of the earlier ones, signed like everything that we write.
type NoteCommit struct {
	Tree      string
	Parent    string // "" for the first one
	Message   string
	By        Signature
	Signature string // armored
}

// RefMove moves one ref from one commit to another. Before is forty zeros where the ref does not exist yet.
type RefMove struct {
	Ref    string
	Before string
	After  string
}

// NoCommit stands for a ref that does not exist.
const NoCommit = "0000000000000000000000000000000000000000"

// Attestation is what is to be signed and pushed about a landing. It is written down with the landing, so that a crash
// forgets neither.
type Attestation struct {
	Statement json.RawMessage `json:"statement,omitempty"` // the predicate without the ledger's part; gone once it is pushed
	Commit    string          `json:"commit"`              // what landed
	Row       int64           `json:"row"`                 // the ledger's row about it
	Notes     string          `json:"notes,omitempty"`     // the commit of notes that holds it; "" while it is pending
	Tries     int             `json:"tries,omitempty"`
	Detail    string          `json:"detail,omitempty"` // why it is still pending
	At        time.Time       `json:"at"`
}

// Pending reports whether the attestation is still to be pushed.
func (a *Attestation) Pending() bool { return a != nil && a.Notes == "" }
