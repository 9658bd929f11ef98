package pull

import (
	"fmt"
	"io"
)

// Passcode is a one-time code that must never be seen: however it is printed or encoded, only its presence shows.
type Passcode string

// Reveal is the code itself, for Duo alone.
func (p Passcode) Reveal() string { return string(p) }

func (p Passcode) String() string {
	if p == "" {
		return ""
	}
	return "[passcode]"
}

// Format hides the code from every verb.
func (p Passcode) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// MarshalText hides the code from JSON and from logs.
func (p Passcode) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Wish is a person's own wish to acknowledge the landing that they were shown.
type Wish struct {
	Repo     Repo
	Number   int
	Login    string // who acknowledges
	ID       int64  // their account's number, where it is known
	Factor   Factor
	Passcode Passcode
	Merge    string // M, as they saw it
	Request  string // names this wish, so that it is followed once
}

// Refusal is a no to a person, with its reason.
type Refusal struct{ Reason Reason }

func (r *Refusal) Error() string { return r.Reason.Code + ": " + r.Reason.Message }
