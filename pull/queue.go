package pull

import "time"

// Queued is a pull request's place in GitHub's merge queue. Its group is the commit that lands: the pull request on top of
// whatever is ahead of it.
type Queued struct {
	Position int     `json:"position"`
	By       Account `json:"by"` // who put it there
	// Base and Head are the group's: what it stands on, and M. Both are empty while GitHub has not built it.
	Base string `json:"base,omitempty"`
	Head string `json:"head,omitempty"`
	// Ahead are the pull requests that land before this one, which its group contains; Behind those whose groups contain it.
	Ahead  []Member `json:"ahead,omitempty"`
	Behind []int    `json:"behind,omitempty"`
	// Checks are those on the group's head.
	Checks []Check `json:"checks,omitempty"`
	// Since is when this group was first seen: how long its checks have had to start.
	Since time.Time `json:"since"`
}

// Member is another pull request in the queue, with the head of its group.
type Member struct {
	Number int    `json:"number"`
	Head   string `json:"head,omitempty"`
}

// Built reports whether there is a group to judge.
func (q *Queued) Built() bool { return q != nil && q.Head != "" }

// Removal is how GitHub's merge queue last let go of a pull request.
type Removal struct {
	Reason string    `json:"reason,omitempty"` // in GitHub's words: manual, ci_failure, ci_timeout, merge_conflict
	At     time.Time `json:"at"`
}

// Enqueuing is what became of putting one head into GitHub's merge queue.
type Enqueuing struct {
	Head  string    `json:"head"`
	At    time.Time `json:"at"` // when it was last tried
	Tries int       `json:"tries"`
	// Entered says that it was seen in the queue, Left when we took it out again; zero while we did not.
	Entered bool      `json:"entered,omitempty"`
	Left    time.Time `json:"left,omitzero"`
	// Code and Detail are why GitHub would not take it.
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}
