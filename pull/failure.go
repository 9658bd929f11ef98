package pull

import (
	"errors"
	"time"
)

// Class says what an error calls for.
type Class int

// The classes. Unknown is the zero value: look before acting again.
const (
	Unknown   Class = iota // it may have happened
	Transient              // it did not happen; retry
	Permanent              // it did not happen and will not; tell a human
)

// Failure is an error with its class. After, when known, is how long the other side asked to be left alone.
type Failure struct {
	Class Class
	Code  string // stable, for reasons: "github-rate-limit", "duo-unreachable", …
	After time.Duration
	Err   error
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// ClassOf is the class of the first Failure in err's chain; errors without one are Unknown.
func ClassOf(err error) Class {
	var f *Failure
	if errors.As(err, &f) {
		return f.Class
	}
	return Unknown
}

// Delay is how long err asks to wait, or 0.
func Delay(err error) time.Duration {
	var f *Failure
	if errors.As(err, &f) {
		return f.After
	}
	return 0
}
