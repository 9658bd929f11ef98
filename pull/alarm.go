package pull

import "time"

// The kinds of alarm.
const (
	AlarmForeign = "foreign_landing" // a gated branch moved without the gate
	AlarmBreach  = "breach"          // what landed is not what was agreed to
	AlarmFraud   = "fraud"           // somebody reported a Duo push as fraudulent
	AlarmGlass   = "break_glass"     // somebody broke the glass, or something landed past the gates because of that
)

// Alarm is something that people must hear of whether they look or not.
type Alarm struct {
	ID     int64   `json:"id"`
	Kind   string  `json:"kind"`
	Repo   int64   `json:"repo"`
	Branch string  `json:"branch"`
	Number int     `json:"number,omitempty"`
	SHA    string  `json:"sha,omitempty"`
	By     Account `json:"by"`
	// Mark tells this occurrence from every other of its kind on its branch, so that none is raised twice.
	Mark string    `json:"mark"`
	Text string    `json:"text"` // what happened, in a sentence for people
	URL  string    `json:"url,omitempty"`
	At   time.Time `json:"at"`
}

// Moved says that a branch was pushed to.
type Moved struct {
	Repo    int64  `json:"repo"`
	Branch  string `json:"branch"`
	Before  string `json:"before,omitempty"` // empty where the branch is new
	SHA     string `json:"sha"`
	Default bool   `json:"default,omitempty"` // it is the repository's default branch
}

// BranchTip is a branch as GitHub shows it now.
type BranchTip struct {
	Name    string
	SHA     string // its tip; empty where there is no such branch
	Default bool
	Heads   int    // open pull requests that come from it
	Policy  Source // at the tip
	Before  Source // at the commit that was asked about besides
	Lost    bool   // GitHub no longer shows that commit
}

// Arrival is how a commit may have come into a branch.
type Arrival struct {
	SHA     string
	Parents []string
	Pulls   []int // merged pull requests that GitHub says became this very commit
}

// LandedAs is what the books say of a commit that a pull request became.
type LandedAs struct {
	Number int
	Under  string // the commit that the landing stands on
}
