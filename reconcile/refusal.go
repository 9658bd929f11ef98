package reconcile

import (
	"errors"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const (
	// retries is how often a landing that GitHub's rules refuse is tried again: GitHub needs moments to see a check that
	// it was just given.
	retries = 2
	// stubborn is how often GitHub may give a passing reason for refusing one and the same landing before a person is told.
	stubborn = 6
)

// outage are refusals that say nothing of the landing itself: GitHub was not reached, or wants to be left alone.
var outage = map[string]bool{"github-unreachable": true, "github-rate-limit": true, "github-error": true}

// again decides what a refusal calls for. An empty code is another try after the delay, from a fresh look at the world,
// where whatever moved is taken in; a code is for a person.
func again(cause error, tries int) (code string, after time.Duration) {
	var f *pull.Failure
	if !errors.As(cause, &f) {
		return "", time.Second
	}
	after = max(f.After, time.Second)
	patient := max(f.After, min(time.Second<<min(tries, 6), time.Minute))
	settling := f.Code == "protected" || f.Code == "not-mergeable"
	switch {
	case f.Class == pull.Transient && (outage[f.Code] || tries < stubborn):
		return "", patient
	case f.Class == pull.Permanent && settling && tries < retries:
		return "", time.Second << tries
	}
	return f.Code, after
}
