package attest

import (
	"time"

	"github.com/sallyport/sallyport/pull"
)

// BreakGlass says that it landed past the gates: who agreed to that and why, and which gates and obstacles had stood in
// the way, by their codes. What they had said is in the ledger, since notes may be read where its sentences may not.
type BreakGlass struct {
	People  []Breaker `json:"people"`
	Expires time.Time `json:"expires"`
	Lifted  []Lifted  `json:"lifted"`
}

// Breaker is one of those who broke the glass.
type Breaker struct {
	Account pull.Account `json:"account"`
	Role    string       `json:"role"`
	Reason  string       `json:"reason"`
	At      time.Time    `json:"at"`
}

// Lifted is one thing that would have held the landing back.
type Lifted struct {
	Code string `json:"code"`
	Said string `json:"said,omitempty"` // the leading code of the gate, where it was one
}
