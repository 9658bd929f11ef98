package pull

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// BatchState is how far a batch has come. The zero value lets nothing happen.
type BatchState string

// The states of a batch. It begins as forming and ends as landed, dissolved or red.
const (
	BatchForming   BatchState = "forming"   // written down, and being handed to GitHub
	BatchTesting   BatchState = "testing"   // CI runs on its head
	BatchAsking    BatchState = "asking"    // its people are asked, and its gates awaited
	BatchLanding   BatchState = "landing"   // its landing was begun, with an outcome that is not in the books
	BatchLanded    BatchState = "landed"    // all of it
	BatchDissolved BatchState = "dissolved" // something moved, or somebody said no
	BatchRed       BatchState = "red"       // CI failed on its head, or never ran
)

// Open reports whether the batch may still land and its landing has not begun.
func (s BatchState) Open() bool { return s == BatchForming || s == BatchTesting || s == BatchAsking }

// Batch is several pull requests that land by one movement of the branch, each by a merge commit of its own on top of the
// one before. Its head is what people are shown: the last of these commits, which contains all others.
type Batch struct {
	ID      int64         `json:"id"`
	Repo    int64         `json:"repo"`
	Branch  string        `json:"branch"`
	Leader  int           `json:"leader"` // the pull request that holds the branch's turn, and acts for all
	Epoch   int64         `json:"epoch"`  // of that turn
	Base    string        `json:"base"`   // B, on which all of it stands
	Head    string        `json:"head"`   // the last member's merge commit
	Bound   int           `json:"bound"`  // how many it could have held
	Members []BatchMember `json:"members"`
	LeftOut []LeftOut     `json:"left_out,omitempty"`
	State   BatchState    `json:"state"`
	Tested  string        `json:"tested,omitempty"` // the branch on which CI runs; empty where it is not tested together
	Why     *Reason       `json:"why,omitempty"`    // why it was dissolved
	At      time.Time     `json:"at"`
	EndedAt time.Time     `json:"ended_at,omitzero"`
}

// BatchMember is one pull request of a batch, with its merge commit.
type BatchMember struct {
	Number    int       `json:"number"`
	Title     string    `json:"title"`
	Candidate Candidate `json:"candidate"`
}

// LeftOut is a pull request that was ready and could not be part of a batch.
type LeftOut struct {
	Number  int    `json:"number"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Place is where a pull request stands in the batch, counted from 0; -1 where it is no part of it.
func (b *Batch) Place(number int) int {
	if b == nil {
		return -1
	}
	return slices.IndexFunc(b.Members, func(m BatchMember) bool { return m.Number == number })
}

// Under is the commit on which the member at that place stands.
func (b *Batch) Under(place int) string {
	if place == 0 {
		return b.Base
	}
	return b.Members[place-1].Candidate.SHA
}

// Staging is the branch on which CI runs, as it is while it stands there.
func (b *Batch) Staging() SideBranch {
	return SideBranch{Repo: b.Repo, Name: b.Tested, Branch: b.Branch, Leader: b.Leader, Epoch: b.Epoch, SHA: b.Head}
}

// Numbers are those of its pull requests, in the order in which they land.
func (b *Batch) Numbers() []int {
	numbers := make([]int, len(b.Members))
	for i, m := range b.Members {
		numbers[i] = m.Number
	}
	return numbers
}

// Listed are its pull requests for people: "#3, #5 and #8".
func (b *Batch) Listed() string { return listed(b.Numbers()) }

func listed(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = fmt.Sprintf("#%d", n)
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// Shows reports whether a snapshot is still what the member at that place was made from; why names what moved.
func (b *Batch) Shows(place int, r Request) (why string, ok bool) {
	c := b.Members[place].Candidate
	switch {
	case r.State != Open:
		return "is no longer open", false
	case r.Base.Branch != b.Branch:
		return "goes into another branch", false
	case r.Head.SHA != c.Head:
		return "has another head", false
	case r.Base.SHA != b.Base:
		return "stands on another base: " + b.Branch + " moved", false
	case r.Rulebook() != c.Policy:
		return "is judged by another policy", false
	}
	return "", true
}

// Covered is one pull request that a person's answer about a batch speaks of.
type Covered struct {
	Binding Binding `json:"binding"`
	Account Account `json:"account"`
	Role    string  `json:"role"`
}

// For is the prompt as the pull request sees it. A prompt about a batch speaks of each of its pull requests for which the
// person was asked; false where it does not speak of this one.
func (c Confirmation) For(k Key) (Confirmation, bool) {
	if c.Binding.Key() == k {
		return c, true
	}
	for _, other := range c.Covers {
		if other.Binding.Key() == k {
			c.Binding, c.Account, c.Role = other.Binding, other.Account, other.Role
			return c, true
		}
	}
	return c, false
}

// Keys are the pull requests that the prompt speaks of.
func (c Confirmation) Keys() []Key {
	keys := []Key{c.Binding.Key()}
	for _, other := range c.Covers {
		if k := other.Binding.Key(); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// Shown is the commit that a person is shown: the batch's head where it lands in a batch, else M.
func (b Binding) Shown() string {
	if b.Batch != "" {
		return b.Batch
	}
	return b.Merge
}
