package pull

import "time"

// Listed is an open pull request as a listing shows it: enough to know it exists and what it is about to change.
type Listed struct {
	Number int
	Head   string // head SHA
	Branch string // target branch
}

// Listing is a repository's open pull requests, and whether anything judges them: a policy on the default branch, one
// that the owner shares, or a floor that may stand in for one. A pull request into another branch may be gated although
// the default branch is not.
type Listing struct {
	Open  []Listed
	Gated bool
	Floor Source
	// Tips are where the default branch and the target branches are.
	Tips map[string]string
}

// FailedDelivery is a webhook that GitHub recorded as not taken. ID is one attempt; GUID is the delivery itself.
type FailedDelivery struct {
	ID     int64
	GUID   string
	Event  string
	Status int
	At     time.Time
}

// OpenRepo is a repository and how many of its pull requests are open and judged.
type OpenRepo struct {
	Repo Repo
	Open int
}
