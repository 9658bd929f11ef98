package server

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// The states of what is signed about a landing.
const (
	attestationDone    = "attested"
	attestationPending = "pending"
	attestationNone    = "none"
)

// attestation is how far the signed proof of a landing has come, and why it is no further.
type attestation struct {
	State string `json:"state"`
	Why   string `json:"why"`
	// Notes is the commit of the notes that holds it.
	Notes string `json:"notes,omitempty"`
	Tries int    `json:"tries,omitempty"`
}

// attestationOf tells of what is on the branch; nil for anything else, which needs no proof yet.
func attestationOf(rec pull.Record, secrets []string) *attestation {
	a := rec.Attestation
	switch {
	case rec.State == "foreign" && a == nil:
		return &attestation{State: attestationNone, Why: "It came to the branch past the gate, so there is nothing to attest."}
	case rec.State != "landed":
		return nil
	case a == nil:
		return &attestation{State: attestationNone, Why: "The books name no signed statement about it: that takes the bot's signing key, and a policy whose gates it passed. `sallyport verify` tells for certain."}
	case !a.Pending():
		return &attestation{State: attestationDone, Notes: a.Notes, Tries: a.Tries,
			Why: "A signed statement about it is in the repository's notes; `sallyport verify` judges it again offline."}
	case a.Detail == "":
		return &attestation{State: attestationPending, Tries: a.Tries, Why: "Its signed statement is about to be pushed to the repository's notes."}
	}
	return &attestation{State: attestationPending, Tries: a.Tries, Why: fmt.Sprintf("Its signed statement is not in the repository's notes yet, and is tried again by itself (%s so far): %s",
		times(a.Tries), redact(a.Detail, secrets))}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Tone is how the page shows it.
func (a attestation) Tone() string {
	switch a.State {
	case attestationDone:
		return "pass"
	case attestationPending:
		return "wait"
	}
	return "plain"
}
