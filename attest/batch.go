package attest

// Batch is what a landing was part of: several pull requests that landed by one movement of the branch. People were shown its
// head.
type Batch struct {
	Head     string        `json:"head"`     // the last member's merge commit
	Base     string        `json:"base"`     // on which all of it stands
	Position int           `json:"position"` // this landing's, counted from 1
	Members  []BatchMember `json:"members"`  // in the order in which they landed
}

// BatchMember is one landing of a batch.
type BatchMember struct {
	PullRequest int    `json:"pullRequest"`
	Merge       string `json:"merge"`
}
